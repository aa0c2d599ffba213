from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlib.emotions import EMOTIONS
from moodlib.errors import InputError
from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import features
from moodlib.music.filters import Filters
from moodlib.music.ranker import PARTS
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import MOOD_ONLY, WEIGHTS, Weights

coordinates = st.floats(-1, 1, allow_nan=False)
targets = st.builds(Target, coordinates, coordinates)
a_few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def weightings(draw):
    values = {w.name: draw(st.floats(w.low, w.high).map(lambda x: round(x, 3))) for w in WEIGHTS}
    return Weights(**values) if any(values.values()) else Weights()


@pytest.mark.parametrize(("mood", "first"), [("sad", 0), ("happy", 1), ("angry", 2), ("calm", 3), ("relaxed", 3)])
def test_the_song_that_everybody_would_name_comes_first(ranker, four, mood, first):
    ranked = ranker.rank(four, target_of_emotion(mood), NO_TASTE, MOOD_ONLY)
    assert ranked["track_id"][0] == four["track_id"][first]
    assert ranked["fit"][0] > 0.5


def test_felt_valence_and_arousal_lie_where_they_should(ranker, four):
    felt = ranker.rank(four, Target(0, 0), NO_TASTE, MOOD_ONLY).set_index("track_id").loc[four["track_id"]]
    ballad, party, metal, lofi = felt[["felt_valence", "felt_arousal"]].to_numpy()
    assert ballad[0] < 0 < party[0]
    assert metal[0] < 0
    assert min(party[1], metal[1]) > 0 > max(ballad[1], lofi[1])


def test_what_each_feature_says_adds_up_to_what_a_song_feels_like(ranker, some_songs):
    matrix = features.song_matrix(some_songs.head(50))
    told = ranker.felt.contributions(matrix)
    assert told.shape == (50, 4, len(features.FELT) + 1)
    logs = np.log(ranker.felt.quadrants(matrix))
    odds = told.sum(axis=2)
    assert np.allclose(odds - odds.mean(axis=1, keepdims=True), logs - logs.mean(axis=1, keepdims=True), atol=1e-3)


@a_few
@given(target=targets, weights=weightings(), liked=st.sets(st.integers(0, 299), max_size=5))
def test_parts_add_up_and_the_ranking_is_a_permutation(ranker, some_songs, target, weights, liked):
    taste = Taste(liked=tuple(some_songs["track_id"].iloc[sorted(liked)]))
    ranked = ranker.rank(some_songs, target, taste, weights)
    assert np.allclose(ranked[list(PARTS)].sum(axis=1), ranked["score"])
    assert sorted(ranked["track_id"]) == sorted(some_songs["track_id"])
    assert ranked["rank"].tolist() == list(range(1, len(ranked) + 1))
    assert (np.diff(ranked["score"]) <= 1e-9).all()
    assert ranked["fit"].between(0, 1).all()
    assert ranked[["felt_valence", "felt_arousal"]].abs().max().max() <= 1 + 1e-6


@a_few
@given(target=targets, weights=weightings(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(ranker, some_songs, target, weights, seed):
    shuffled = some_songs.sample(frac=1, random_state=seed)
    one = ranker.rank(some_songs, target, NO_TASTE, weights)
    other = ranker.rank(shuffled, target, NO_TASTE, weights)
    pd.testing.assert_frame_equal(one, other)


def test_the_same_question_has_the_same_answer_and_songs_stay_as_they_are(ranker, some_songs):
    before = some_songs.copy()
    taste = NO_TASTE.like(some_songs["track_id"][3]).skip(some_songs["track_id"][7])
    one = ranker.rank(some_songs, Target(0.3, 0.3), taste, Weights())
    pd.testing.assert_frame_equal(one, ranker.rank(some_songs, Target(0.3, 0.3), taste, Weights()))
    pd.testing.assert_frame_equal(before, some_songs)


def test_a_ranking_can_be_ranked_again(ranker, some_songs):
    first = ranker.rank(some_songs, Target(0.9, 0.3), NO_TASTE, Weights())
    again = ranker.rank(first, Target(-0.7, -0.4), NO_TASTE, Weights())
    pd.testing.assert_frame_equal(again, ranker.rank(some_songs, Target(-0.7, -0.4), NO_TASTE, Weights()))


def test_missing_values_and_unknown_names_do_no_harm(ranker, four):
    bare = four.drop(columns=["artist", "title", "popularity", "key", "mode"]).assign(duration_ms=np.nan)
    ranked = ranker.rank(bare, target_of_emotion("happy"), NO_TASTE, Weights())
    assert np.isfinite(ranked["score"]).all()
    assert ranked["track_id"][0] == four["track_id"][1]


@pytest.mark.parametrize("emotion", [e.name for e in EMOTIONS])
def test_each_emotion_asks_for_songs_of_its_own_place(ranker, shipped, emotion):
    target = target_of_emotion(emotion)
    top = ranker.rank(shipped, target, NO_TASTE, MOOD_ONLY).head(50)
    if abs(target.valence) > 0.2:
        assert np.sign(top["felt_valence"].mean()) == np.sign(target.valence)
    if abs(target.arousal) > 0.2:
        assert np.sign(top["felt_arousal"].mean()) == np.sign(target.arousal)


# Weights.


@pytest.mark.parametrize(
    ("name", "column", "sign"),
    [
        ("popularity", "popularity", 1),
        ("energy", "energy", 1),
        ("acousticness", "acousticness", 1),
        ("novelty", "popularity", -1),
    ],
)
def test_a_weight_moves_the_list_in_its_direction(ranker, some_songs, name, column, sign):
    zero = {w.name: 0.0 for w in WEIGHTS}
    ranked = ranker.rank(some_songs, Target(0, 0), NO_TASTE, Weights(**(zero | {name: 1.0})))
    assert (np.diff(ranked[column].to_numpy(dtype=float) * sign) <= 1e-9).all()


def test_variety_moves_later_songs_of_an_artist_down(ranker, make_songs):
    songs = make_songs(
        {"artist": "A", "popularity": 90}, {"artist": "A", "popularity": 80}, {"artist": "B", "popularity": 70}
    )
    zero = {w.name: 0.0 for w in WEIGHTS} | {"popularity": 1.0}
    ids = songs["track_id"].tolist()
    assert ranker.rank(songs, Target(0, 0), NO_TASTE, Weights(**zero))["track_id"].tolist() == ids
    varied = ranker.rank(songs, Target(0, 0), NO_TASTE, Weights(**(zero | {"variety": 1.0})))
    assert varied["track_id"].tolist() == [ids[0], ids[2], ids[1]]


def test_weights_that_say_nothing_or_too_much_are_refused():
    with pytest.raises(InputError, match="All weights are zero"):
        Weights(**{w.name: 0.0 for w in WEIGHTS})
    for bad in (5.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="Mood fit"):
            Weights(mood_fit=bad)


def test_each_knob_is_a_field_with_its_default_and_a_part():
    assert [w.name for w in WEIGHTS] == list(Weights.__dataclass_fields__)
    for weight in WEIGHTS:
        assert weight.low <= weight.default <= weight.high
        assert getattr(Weights(), weight.name) == weight.default
        assert f"part_{weight.name}" in PARTS


# Taste.


def test_likes_pull_similar_songs_up_and_skips_push_them_down(ranker, shipped):
    target = target_of_emotion("happy")
    plain = ranker.rank(shipped, target, NO_TASTE, Weights()).set_index("track_id")["rank"]
    liked_id = plain.index[200]
    liked = ranker.rank(shipped, target, NO_TASTE.like(liked_id), Weights()).set_index("track_id")
    skipped = ranker.rank(shipped, target, NO_TASTE.skip(liked_id), Weights()).set_index("track_id")
    near = liked["part_taste"].drop(liked_id).nlargest(20).index
    assert (liked.loc[near, "rank"] < plain[near]).mean() > 0.9
    assert (skipped.loc[near, "rank"] > plain[near]).mean() > 0.9
    assert skipped["part_taste"].idxmin() == liked_id


def test_one_like_moves_the_list_and_ten_move_it_more(ranker, shipped):
    target = target_of_emotion("happy")
    plain = ranker.rank(shipped, target, NO_TASTE, Weights())
    top = set(plain["track_id"][:10])
    acoustic = plain[plain["acousticness"] > 0.7]["track_id"].tolist()
    one, ten = Taste(tuple(acoustic[:1])), Taste(tuple(acoustic[:10]))
    moved = [len(top - set(ranker.rank(shipped, target, t, Weights())["track_id"][:10])) for t in (one, ten)]
    assert 1 <= moved[0] <= moved[1]
    assert moved[1] >= 3


def test_a_word_on_a_song_can_be_changed_and_taken_back():
    taste = NO_TASTE.like("a").like("b").skip("a")
    assert taste == Taste(("b",), ("a",))
    assert taste.like("a") == Taste(("b", "a"), ())
    assert taste.like("b").like("b") == taste
    assert taste.without("a").without("b").without("c") == NO_TASTE


def test_each_song_has_one_word_and_each_click_can_be_undone():
    taste = NO_TASTE.like("a").seed("a").block("The Band")
    assert taste == Taste(seeds=("a",), blocked=("The Band",))
    assert taste.skip("a") == Taste(skipped=("a",), blocked=("The Band",))
    assert taste.without("a").unblock("The Band") == NO_TASTE
    assert NO_TASTE.block("  ").silent
    assert not taste.silent


def test_more_like_this_moves_similar_songs_further_than_a_like(ranker, shipped):
    wanted = shipped["track_id"][17]
    parts = [
        ranker.rank(shipped, Target(0, 0), taste, Weights()).set_index("track_id")["part_taste"]
        for taste in (NO_TASTE.like(wanted), NO_TASTE.seed(wanted))
    ]
    near = parts[0].nlargest(20).index
    assert (parts[1][near] > parts[0][near]).all()


@a_few
@given(target=targets, weights=weightings())
def test_songs_of_a_blocked_artist_come_last_whatever_the_weights(ranker, some_songs, target, weights):
    taste = NO_TASTE.like(some_songs["track_id"][0]).block(some_songs["artist"][0].upper())
    ranked = ranker.rank(some_songs, target, taste, weights)
    blocked = ranked["artist"] == some_songs["artist"][0]
    assert blocked.any()
    assert blocked.tolist() == sorted(blocked.tolist())
    assert np.allclose(ranked[list(PARTS)].sum(axis=1), ranked["score"])


def test_unknown_songs_in_a_taste_say_nothing(ranker, some_songs):
    taste = Taste(("unknown",), ("gone",))
    one = ranker.rank(some_songs, Target(0, 0), taste, Weights())
    pd.testing.assert_frame_equal(one, ranker.rank(some_songs, Target(0, 0), NO_TASTE, Weights()))


# Filters.


def test_filters_keep_what_is_within(make_songs):
    songs = make_songs({"year": 1970, "tempo": 90.0}, {"year": 1999, "tempo": 120.0}, {"year": 2019, "tempo": 170.0})
    ids = songs["track_id"].tolist()
    assert Filters().apply(songs) is songs
    assert Filters(year_from=1999).apply(songs)["track_id"].tolist() == ids[1:]
    assert Filters(year_to=1999, tempo_from=100).apply(songs)["track_id"].tolist() == ids[1:2]


def test_filters_that_leave_nothing_say_which_to_loosen(make_songs):
    songs = make_songs({"year": 1970, "tempo": 90.0}, {"year": 1999, "tempo": 120.0}, {"year": 1998, "tempo": 125.0})
    with pytest.raises(InputError, match="No song has a year from 2050 to any; loosen the year filter"):
        Filters(year_from=2050).apply(songs)
    with pytest.raises(InputError, match="loosen the tempo first"):
        Filters(year_from=1990, tempo_to=100).apply(songs)


# Large tables.


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=targets, weights=weightings(), likes=st.sets(st.integers(0, 6000), max_size=4), skip=st.integers(0, 6000))
def test_candidates_first_gives_the_list_that_ranking_everything_gives(ranker, shipped, target, weights, likes, skip):
    taste = Taste(tuple(shipped["track_id"].iloc[sorted(likes - {skip})]), (shipped["track_id"].iloc[skip],))
    whole = ranker.rank(shipped, target, taste, weights)
    short = ranker.top(shipped, target, taste, weights, candidates=700)
    assert list(short.columns) == list(whole.columns)
    assert 700 <= len(short) < len(shipped)
    assert np.allclose(short[list(PARTS)].sum(axis=1), short["score"])
    # Twenty songs by another way may be others of the same worth; their scores may not be worse.
    assert short["score"][:20].sum() >= whole["score"][:20].sum() - 0.05 * abs(whole["score"][:20]).sum()


def test_a_small_table_is_ranked_whole_and_blocked_artists_are_no_candidates(ranker, some_songs, shipped):
    pd.testing.assert_frame_equal(
        ranker.top(some_songs, Target(0.2, 0.2), NO_TASTE, Weights()),
        ranker.rank(some_songs, Target(0.2, 0.2), NO_TASTE, Weights()),
    )
    best = ranker.rank(shipped, Target(0.9, 0.3), NO_TASTE, Weights())["artist"][0]
    short = ranker.top(shipped, Target(0.9, 0.3), NO_TASTE.block(best), Weights(), candidates=500)
    assert best not in set(short["artist"])
