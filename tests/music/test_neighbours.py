from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from moodlib.music.neighbours import nearest


@pytest.fixture
def library(make_songs) -> pd.DataFrame:
    songs = make_songs({"energy": 0.5}, {"energy": 0.55}, {"energy": 0.8}, {"energy": 0.05}, {})
    places = [(0.0, 0.0), (0.9, 0.9), (0.1, 0.0), (-0.5, 0.0), (np.nan, np.nan)]
    return songs.assign(felt_valence=[v for v, _ in places], felt_arousal=[a for _, a in places])


def test_near_by_sound_and_near_by_feeling_are_not_the_same(library: pd.DataFrame) -> None:
    first, second, third, fourth, _ = library["track_id"]
    assert list(nearest(library, first, "sound")["track_id"]) == [second, third, fourth]
    assert list(nearest(library, first, "feeling")["track_id"]) == [third, fourth, second]
    assert list(nearest(library, first, limit=1)["track_id"]) == [second]


def test_a_song_without_features_or_one_that_is_not_there_has_no_neighbours(library: pd.DataFrame) -> None:
    assert nearest(library, library["track_id"].iloc[-1]).empty
    assert nearest(library, "nowhere").empty
