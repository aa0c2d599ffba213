from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlib.errors import InputError
from moodlib.mood.target import Target
from moodlib.music.playlist import NEAR, noise, pick
from moodlib.music.shown import seed_of
from moodlib.music.taste import NO_TASTE
from moodlib.music.titles import artist_key, core_title
from moodlib.music.weights import Weights


@pytest.fixture(scope="module")
def ranked(ranker, some_songs):
    # Five artists share all songs, so that the rule has something to do.
    crowded = some_songs.assign(artist=[f"Artist {n % 30}" for n in range(len(some_songs))])
    return ranker.rank(crowded, Target(0.5, 0.5), NO_TASTE, Weights())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 60), seed=st.none() | st.integers(0, 99), most=st.integers(1, 3))
def test_no_artist_too_often_and_no_title_twice(ranked, limit, seed, most):
    picked = pick(ranked, limit, seed, most)
    assert len(picked) <= limit
    assert picked["artist"].map(artist_key).value_counts().max() <= most
    assert picked["title"].map(core_title).is_unique
    assert picked["track_id"].is_unique


def test_without_a_seed_the_best_come_in_order(ranked):
    picked = pick(ranked, 10)
    assert picked["rank"].is_monotonic_increasing
    assert picked["rank"][0] == 1
    assert len(picked) == 10


def test_a_seed_changes_the_list_a_little_and_always_alike(ranked):
    assert pick(ranked, 10, seed=1)["track_id"].tolist() == pick(ranked, 10, seed=1)["track_id"].tolist()
    lists = {tuple(pick(ranked, 10, seed=seed)["track_id"]) for seed in range(5)}
    assert len(lists) > 1
    assert all(pick(ranked, 10, seed=seed)["score"].min() > ranked["score"].iloc[150] for seed in range(5))


def test_the_shuffle_turns_evenly_by_day_and_by_press_and_deals_each_mood_its_own():
    ids = np.array([f"{n:022d}" for n in range(4000)])
    numbers = noise(ids, seed_of(739_000, 5, 0), "match")
    assert 0 <= numbers.min() < 0.01 * NEAR
    assert 0.99 * NEAR < numbers.max() < NEAR
    for later in (seed_of(739_001, 5, 0), seed_of(739_000, 5, 1)):
        turned = (noise(ids, later, "match") - numbers) / NEAR % 1.0
        assert turned == pytest.approx(0.618, abs=0.001)
    other = noise(ids, seed_of(739_000, 5, 0), "lift")
    assert abs(np.corrcoef(numbers, other)[0, 1]) < 0.1


def test_near_duplicates_of_a_title_are_left_out(ranker, make_songs):
    songs = make_songs(
        {"title": "Hallelujah", "popularity": 90},
        {"title": "Hallelujah - Live", "popularity": 80},
        {"title": "Halleluja", "popularity": 70},
        {"title": "Something Else", "popularity": 60},
    )
    picked = pick(ranker.rank(songs, Target(0, 0), NO_TASTE, Weights()), 10)
    assert sorted(picked["title"]) == ["Hallelujah", "Something Else"]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_lengths_that_make_no_sense_are_refused(ranked, limit):
    with pytest.raises(InputError, match="1 to 200 songs"):
        pick(ranked, limit)
