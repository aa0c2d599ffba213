"""What finds the songs around others: the same songs as looking at every one of them."""

from __future__ import annotations

import numpy as np
import pytest

from moodlib.music.prepared import Prepared


@pytest.fixture(scope="module")
def prepared(ranker, some_songs):
    crowded = some_songs.assign(artist=[f"Artist {n % 30}" if n % 3 else "" for n in range(len(some_songs))])
    return Prepared(crowded, ranker.felt)


def test_songs_of_some_artists_are_all_theirs_and_no_others(prepared):
    numbers = prepared.artist[[0, 4, 7, 4]]
    found = prepared.of_artists(numbers)
    assert sorted(found) == np.flatnonzero(np.isin(prepared.artist, numbers)).tolist()
    assert len(prepared.of_artists(prepared.artist[[0]])) == 1, "a song without an artist's name is alone"


def test_songs_around_some_places_come_once_each_and_hold_the_songs_themselves(prepared):
    rows = [3, 50, 3]
    found = prepared.cells.around(prepared.sound[rows]).tolist()
    assert len(found) == len(set(found))
    assert set(rows) <= set(found)
    alone = [prepared.cells.around(prepared.sound[[row]]).tolist() for row in (3, 50)]
    assert set(found) == {row for each in alone for row in each}
