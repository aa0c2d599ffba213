"""Would people put a song in one playlist with songs that the listener likes? The taste part of the score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from moodlib.music import features, taste
from moodlib.music.felt import load_booster

NAME: Final = "taste.ubj"
LATEST: Final = 40
"""Of a long taste only the latest songs are looked at, so that the time of a ranking is bounded."""
COLUMNS: Final = (
    "nearest",
    "nearness",
    "same artist",
    "years apart",
    *(f"{name} apart" for name in taste.SOUND),
    "tempo apart",
    "songs said",
)

NEARNESS: Final = 0.5
"""How much plain nearness in audio space counts beside the model: ratings in daily life follow it as well as they
follow what is learned from playlists (`evaluate taste`)."""
LEAST: Final = -1.0 - NEARNESS
"""Affinity of a song that was itself skipped: as low as any can be."""
_WIDER: Final = 0.25
_YEARS: Final = 40.0
_MANY: Final = 10
Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """What is compared between songs; arrays over the songs of one table.

    Attributes:
        sound: From `taste.sound`, shape (n, 8).
        artist: Number of the artist, shape (n,).
        year: NaN where unknown, shape (n,).
        octave: Binary logarithm of the tempo, shape (n,).
    """

    sound: features.Matrix
    artist: Rows
    year: features.Matrix
    octave: features.Matrix

    @classmethod
    def of(cls, songs: pd.DataFrame, artist: Rows) -> Heard:
        """From a table with the audio features and, where known, `year`."""
        year = songs["year"].to_numpy(dtype=np.float32) if "year" in songs else np.full(len(songs), np.nan, np.float32)
        octave = np.log2(np.clip(songs["tempo"].to_numpy(dtype=np.float32), 40.0, 250.0))
        return cls(taste.sound(songs), artist, year, octave)


def matrix(heard: Heard, rows: Rows, chosen: Rows) -> features.Matrix:
    """How candidates lie to some chosen songs.

    Args:
        heard: The songs.
        rows: The candidates, shape (n,).
        chosen: At least one song, shape (k,).

    Returns:
        float32, shape (n, len(COLUMNS)).
    """
    near = taste.closeness(heard.sound[rows], heard.sound[chosen]) ** _WIDER
    apart = np.abs(heard.year[rows][:, None] - heard.year[chosen])
    # Where no year is known on one side there is nothing to compare; XGBoost has a branch for that.
    known = np.isfinite(apart)
    count = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    years = np.where(known, np.minimum(apart, _YEARS), 0.0).sum(axis=1) / count
    return np.column_stack(
        [
            near.max(axis=1),
            near.mean(axis=1),
            (heard.artist[rows][:, None] == heard.artist[chosen]).mean(axis=1),
            years,
            np.abs(heard.sound[rows] - heard.sound[chosen].mean(axis=0)),
            np.abs(heard.octave[rows][:, None] - heard.octave[chosen]).mean(axis=1),
            np.full(len(rows), min(len(chosen), _MANY)),
        ]
    ).astype(np.float32)


@dataclass(frozen=True)
class TasteModel:
    """XGBoost classifier on `COLUMNS`, trained on which songs share public playlists.

    Attributes:
        booster: Gives the probability, among songs most of which do not belong.
    """

    booster: xgb.Booster

    @classmethod
    def load(cls, folder: Path) -> TasteModel:
        """The model in a folder.

        Raises:
            InputError: The file is missing or not the one of the manifest.
        """
        return cls(load_booster(folder / NAME))

    def belongs(self, heard: Heard, rows: Rows, chosen: Rows) -> Floats:
        """Probability that each candidate belongs with the latest of the chosen songs; 0 when none is chosen."""
        if not len(chosen) or not len(rows):
            return np.zeros(len(rows))
        return np.asarray(self.booster.inplace_predict(matrix(heard, rows, chosen[-LATEST:])), dtype=float)

    def affinity(self, heard: Heard, rows: Rows, liked: Rows, seeds: Rows, skipped: Rows) -> Floats:
        """How much candidates belong with what is liked rather than with what is skipped.

        Args:
            heard: The songs.
            rows: The candidates, shape (n,).
            liked: What is liked.
            seeds: What more is wanted of: liked, and a second time on its own.
            skipped: What is skipped.

        Returns:
            In [-1.5, 2.5]; 0 without any word; float64, shape (n,).
        """
        wanted = np.concatenate([liked, seeds])[-LATEST:]
        belongs = self.belongs(heard, rows, wanted) + self.belongs(heard, rows, seeds)
        near, far = (taste.closeness(heard.sound[rows], heard.sound[c[-LATEST:]]) for c in (wanted, skipped))
        return belongs - self.belongs(heard, rows, skipped) + NEARNESS * taste.affinity(near, far)
