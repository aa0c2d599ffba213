from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from moodlib.errors import InputError
from moodlib.mood.target import target_of_emotion
from moodlib.music import shelf as shelves
from moodlib.music.ranker import Ranker
from moodlib.music.shelf import Shelf
from moodlib.music.taste import NO_TASTE
from moodlib.music.weights import Weights

SAD = target_of_emotion("sad")


@pytest.fixture
def shelf(four: pd.DataFrame, ranker: Ranker) -> Shelf:
    return Shelf(lambda: four, lambda: ranker)


@pytest.fixture
def more(some_songs: pd.DataFrame) -> pd.DataFrame:
    return some_songs.head(40)


def test_without_added_songs_it_is_the_catalogue_itself(shelf: Shelf, four: pd.DataFrame) -> None:
    assert shelf.songs is four
    assert list(shelf.library["source"].unique()) == [shelves.OURS]


def test_added_songs_are_ranked_as_if_they_had_been_there_from_the_start(
    shelf: Shelf, four: pd.DataFrame, more: pd.DataFrame, ranker: Ranker
) -> None:
    assert shelf.add(more, "a file") == 40
    mine = ranker.rank(shelf.songs, SAD, NO_TASTE, Weights())
    plain = ranker.rank(pd.concat([four, more], ignore_index=True), SAD, NO_TASTE, Weights())
    assert list(mine["track_id"]) == list(plain["track_id"])
    np.testing.assert_allclose(mine["score"], plain["score"], atol=1e-6)


def test_the_library_says_what_every_song_feels_like_and_where_it_came_from(shelf: Shelf, more: pd.DataFrame) -> None:
    shelf.add(more, "a file")
    library = shelf.library
    assert len(library) == 44
    assert library["felt_valence"].between(-1, 1).all()
    assert library["felt_arousal"].between(-1, 1).all()
    assert list(library["source"].iloc[[0, -1]]) == [shelves.OURS, "a file"]


def test_a_song_without_features_is_listed_and_not_ranked(shelf: Shelf) -> None:
    shelf.add(pd.DataFrame({"track_id": ["own-1"], "title": ["Unheard"], "year": [1999]}), "a file")
    assert len(shelf.songs) == 4
    last = shelf.library.iloc[-1]
    assert (last["title"], last["year"], last["artist"]) == ("Unheard", 1999, "")
    assert np.isnan(last["felt_valence"])


def test_features_that_come_later_take_the_empty_songs_place(shelf: Shelf, more: pd.DataFrame) -> None:
    assert shelf.add(more[["track_id", "title", "artist"]], "a list") == 40
    assert shelf.add(more, "a file") == 0
    assert len(shelf.songs) == 44
    # And a bare list that comes after them takes nothing away.
    assert shelf.add(more[["track_id", "title"]], "a list") == 0
    assert len(shelf.songs) == len(shelf.library) == 44


def test_a_song_of_the_catalogue_is_mine_too_and_stays_as_it_is_there(shelf: Shelf, four: pd.DataFrame) -> None:
    assert shelf.add(four.assign(title="Another"), "a file") == 4
    assert list(shelf.songs["title"]) == list(four["title"])
    assert len(shelf.library) == 4
    assert set(shelf.mine["title"]) == {"Another"}


def test_my_songs_alone_are_ranked_as_they_are(shelf: Shelf, more: pd.DataFrame, ranker: Ranker) -> None:
    shelf.add(more, "a file")
    mine = ranker.rank(shelf.mine, SAD, NO_TASTE, Weights())
    plain = ranker.rank(more, SAD, NO_TASTE, Weights())
    assert list(mine["track_id"]) == list(plain["track_id"])


def test_adding_one_by_one_is_adding_all_at_once(four: pd.DataFrame, more: pd.DataFrame, ranker: Ranker) -> None:
    at_once, one_by_one = (Shelf(lambda: four, lambda: ranker) for _ in range(2))
    at_once.add(more, "a file")
    for start in range(0, 40, 7):
        one_by_one.add(more.iloc[start : start + 7], "a file")
    pd.testing.assert_frame_equal(at_once.library, one_by_one.library)


def test_forgetting_a_source_leaves_the_others(shelf: Shelf, more: pd.DataFrame) -> None:
    shelf.add(more.head(10), "one")
    shelf.add(more.tail(10), "two")
    before = shelf.version
    assert shelf.forget("one") == 10
    assert shelf.version == before + 1
    assert list(shelf.library["track_id"].tail(10)) == list(more["track_id"].tail(10))
    assert shelf.forget("one") == 0


def test_too_many_songs_or_one_without_an_id_add_nothing(
    shelf: Shelf, more: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="without an id"):
        shelf.add(pd.DataFrame({"track_id": ["a", " "]}), "a file")
    monkeypatch.setattr(shelves, "MAX_ADDED", 39)
    with pytest.raises(InputError, match="at most 39"):
        shelf.add(more, "a file")
    assert len(shelf.library) == 4
    assert shelf.version == 0
