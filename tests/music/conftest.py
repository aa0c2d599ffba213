"""Tiny tables of songs whose right order is known, and the committed models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moodlib.music import catalogue
from moodlib.music.ranker import Ranker


def songs_of(*rows: dict[str, object]) -> pd.DataFrame:
    """Songs in the catalogue's schema; what a row does not say is that of an average song."""
    average = {
        "year": 2015,
        "genre": "pop",
        "subgenre": "dance pop",
        "popularity": 50,
        "danceability": 0.65,
        "energy": 0.65,
        "key": 5,
        "loudness": -7.0,
        "mode": 1,
        "speechiness": 0.06,
        "acousticness": 0.2,
        "instrumentalness": 0.0,
        "liveness": 0.15,
        "valence": 0.5,
        "tempo": 120.0,
        "duration_ms": 220_000,
    }
    table = [
        {"track_id": f"{n:022d}", "title": f"Title {chr(65 + n) * 5}", "artist": f"Artist {n}", **average, **row}
        for n, row in enumerate(rows)
    ]
    return pd.DataFrame(table)[list(catalogue.COLUMNS)]


BALLAD = {"energy": 0.15, "valence": 0.12, "acousticness": 0.9, "loudness": -13.0, "danceability": 0.35, "tempo": 75.0}
PARTY = {"energy": 0.85, "valence": 0.95, "acousticness": 0.05, "loudness": -4.5, "danceability": 0.8, "tempo": 125.0}
METAL = {
    "energy": 0.97,
    "valence": 0.25,
    "acousticness": 0.001,
    "loudness": -3.5,
    "danceability": 0.4,
    "speechiness": 0.12,
}
LOFI = {
    "energy": 0.3,
    "valence": 0.45,
    "acousticness": 0.8,
    "instrumentalness": 0.9,
    "loudness": -14.0,
    "duration_ms": 130_000,
}


@pytest.fixture
def four() -> pd.DataFrame:
    """A sad ballad, a party song, a metal song and an instrumental lo-fi piece, in this order."""
    return songs_of(BALLAD, PARTY, METAL, LOFI)


@pytest.fixture
def make_songs():
    return songs_of


@pytest.fixture(scope="session")
def ranker() -> Ranker:
    return Ranker.load()


@pytest.fixture(scope="session")
def shipped() -> pd.DataFrame:
    return catalogue.load()


@pytest.fixture(scope="session")
def some_songs(shipped: pd.DataFrame) -> pd.DataFrame:
    rows = np.random.default_rng(0).choice(len(shipped), 300, replace=False)
    return shipped.iloc[rows].reset_index(drop=True)


@pytest.fixture(scope="session")
def music_data(data_dir: Path) -> Path:
    """The folder with the training tables; tests that need it are skipped where it is not."""
    return data_dir / "music"
