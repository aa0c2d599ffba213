from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import contributions, explain, features
from moodlib.music.ranker import margin
from moodlib.music.taste import NO_TASTE, Taste, sound
from moodlib.music.weights import Weights

PART_SAID = {
    "goes with": "part_taste",
    "sounds like": "part_taste",
    "you liked it": "part_taste",
    "many people": "part_popularity",
    "new to you": "part_novelty",
    "lively as": "part_energy",
    "quiet as": "part_energy",
    "acoustic as": "part_acousticness",
    "electronic as": "part_acousticness",
}
SOUND_SAID = {
    "acoustic": ("acousticness", 0.6, 1),
    "energetic": ("energy", 0.75, 1),
    "bright": ("valence", 0.65, 1),
    "danceable": ("danceability", 0.75, 1),
    "without vocals": ("instrumentalness", 0.5, 1),
    "quiet": ("energy", 0.4, -1),
    "dark": ("valence", 0.3, -1),
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    valence=st.floats(-1, 1),
    arousal=st.floats(-1, 1),
    place=st.integers(0, 299),
    likes=st.integers(0, 3),
    novelty=st.sampled_from([0.0, 0.5]),
    energy=st.sampled_from([-0.5, 0.0, 0.5]),
)
def test_the_sentence_says_nothing_that_is_not_so(ranker, some_songs, valence, arousal, place, likes, novelty, energy):
    taste = Taste(tuple(some_songs["track_id"][:likes]))
    target = Target(valence, arousal)
    ranked = ranker.rank(some_songs, target, taste, Weights(novelty=novelty, energy=energy))
    row = ranked.iloc[place]
    sentence = explain.reasons(ranker, ranked.iloc[[place]], [target], taste, some_songs)[0]
    heard = contributions.of(ranker, ranked.iloc[[place]], [target])
    adds = dict(zip(contributions.HEARD, heard.felt[0], strict=True))
    # A title may say anything.
    sentence = re.sub("“.*”", "“”", sentence)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert ("most likely" in sentence) == (row["fit"] >= 0.5)
    middle = re.search(r"between (\w+) and (\w+), like", sentence)
    assert ("only a few" in sentence.lower()) == (row["fit"] < 0.3 and middle is None)
    if middle is not None:
        share = pd.Series(features.membership(np.array([[valence, arousal]]))[0], features.QUADRANTS)
        assert share.max() < 0.5
        assert share.nlargest(2).tolist() == share[list(middle.groups())].tolist()
        assert np.hypot(row["felt_valence"] - valence, row["felt_arousal"] - arousal) <= 0.2
    for words, part in PART_SAID.items():
        if words in sentence:
            assert row[part] > 0
            others = [row[other] for other in set(PART_SAID.values())]
            assert row[part] == max(others)
    said = []
    for word, (feature, bound, sign) in SOUND_SAID.items():
        if " songs are" in sentence and word in re.findall(r"[\w ]+?(?= and |$)", sentence.lower().split(", as ")[0]):
            assert row[feature] * sign >= bound * sign
            assert adds[feature] >= 0.2, "it speaks for the mood"
            said.append(feature)
    assert bool(said) == (" songs are" in sentence)
    assert len(said) <= 2
    if "liked" in sentence:
        assert taste.liked
    if "you liked it" in sentence:
        assert row["track_id"] in taste.liked
    if "new to you" in sentence:
        assert row["track_id"] not in taste.liked


def test_the_mood_is_called_by_its_name():
    for mood in ("happy", "angry", "sad", "calm"):
        assert explain.mood_words(target_of_emotion(mood)) == mood


def test_a_song_at_a_target_between_moods_is_said_to_be_there():
    assert explain.between(target_of_emotion("sad")) is None
    between = Target(-0.02, -0.2)
    assert explain.between(between) == ("sad", "calm")
    row = {
        "track_id": "a", "fit": 0.25, "felt_valence": 0.05, "felt_arousal": -0.1, "energy": 0.5, "acousticness": 0.5,
        "valence": 0.5, "danceability": 0.5, "instrumentalness": 0.0,
        **{f"part_{name}": 0.0 for name in ("taste", "popularity", "novelty", "energy", "acousticness")},
    }  # fmt: skip
    nothing = dict.fromkeys(contributions.HEARD, 0.0)
    assert (
        explain.reason(row, between, NO_TASTE, nothing)
        == "Listeners would feel it between sad and calm, like the mood asked for."
    )
    assert "Only a few" in explain.reason(row | {"felt_valence": 0.9}, between, NO_TASTE, nothing)


def test_a_known_sentence(ranker, four):
    target = target_of_emotion("sad")
    row = ranker.rank(four, target, NO_TASTE, Weights()).iloc[0]
    why = explain.reasons(ranker, row.to_frame().T.infer_objects(), [target], NO_TASTE)[0]
    sound = "(acoustic|dark|quiet) and (acoustic|dark|quiet)"
    assert re.fullmatch(f"{sound}, as sad songs are, and listeners would most likely call it sad.", why, re.IGNORECASE)


@pytest.mark.parametrize(("count", "words"), [(1, "the song that you liked"), (2, "songs among the 2 you liked")])
def test_what_was_liked_is_said(ranker, shipped, count, words):
    target = target_of_emotion("happy")
    plain = ranker.rank(shipped, target, NO_TASTE, Weights())
    taste = Taste(tuple(plain["track_id"][:count]))
    ranked = ranker.rank(shipped, target, taste, Weights())
    own = ranked[ranked["track_id"].isin(taste.liked)].head(1)
    assert "you liked it" in explain.reasons(ranker, own, [target], taste)[0]
    ranked = ranked[~ranked["track_id"].isin(taste.liked)]
    top = ranked.loc[[ranked["part_taste"].idxmax()]]
    assert words in explain.reasons(ranker, top, [target], taste)[0]


def test_the_liked_song_that_is_named_is_the_nearest_and_near(ranker, shipped):
    target = target_of_emotion("happy")
    taste = Taste(liked=tuple(shipped["track_id"][:40]), seeds=tuple(shipped["track_id"][40:60]))
    ranked = ranker.rank(shipped, target, taste, Weights(taste=2.0)).head(60)
    sentences = explain.reasons(ranker, ranked, [target] * len(ranked), taste, shipped)
    said = shipped[shipped["track_id"].isin((*taste.liked, *taste.seeds))]
    named = 0
    for (_, row), sentence in zip(ranked.iterrows(), sentences, strict=True):
        distance = pd.Series(
            np.linalg.norm(sound(said) - sound(row.to_frame().T.infer_objects()), axis=1), index=said.index
        )
        distance[said["track_id"] == row["track_id"]] = np.inf
        near = said.loc[distance.idxmin()]
        if "sounds like" in sentence:
            named += 1
            assert f"“{near['title']}”" in sentence
            assert ("which you liked" in sentence) == (near["track_id"] in taste.liked)
            assert distance.min() < 1.02
        elif "goes with" in sentence:
            assert distance.min() > 1.0
    assert named > 5


# Contributions.


def test_contributions_add_up_to_what_the_models_say(ranker, some_songs):
    target = Target(-0.6, -0.4)
    heard = contributions.of(ranker, some_songs, [target] * len(some_songs))
    matrix = features.song_matrix(some_songs)
    quadrants = ranker.felt.quadrants(matrix)
    rows = features.query_matrix(matrix, quadrants, target)
    total = heard.order.sum(axis=1) + heard.prior + heard.order_base
    assert np.allclose(total, margin(ranker.booster, rows), atol=1e-4)
    odds = np.log(quadrants)
    sad = features.QUADRANTS.index("sad")
    more = odds[:, sad] - np.delete(odds, sad, axis=1).mean(axis=1)
    assert np.allclose(heard.felt.sum(axis=1) + heard.felt_base, more, atol=1e-3)


def test_the_full_tables_hold_the_parts_and_the_features(ranker, four):
    target = target_of_emotion("sad")
    row = ranker.rank(four, target, NO_TASTE, Weights()).iloc[0]
    parts, sounds = contributions.table(ranker, row, target)
    assert parts["value"].sum() == pytest.approx(row["score"], abs=0.005)
    assert sounds["value"].is_monotonic_decreasing
    assert sounds.set_index("what").loc["acoustic sound", "value"] > 0.2


def test_no_songs_have_no_reasons(ranker, four):
    assert explain.reasons(ranker, four.head(0), [], NO_TASTE) == []
