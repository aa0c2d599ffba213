from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import explain
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import Weights

PART_SAID = {
    "sounds like": "part_taste",
    "many people": "part_popularity",
    "new to you": "part_novelty",
    "lively as": "part_energy",
    "quiet as": "part_energy",
    "acoustic as": "part_acousticness",
    "electronic as": "part_acousticness",
}
SOUND_SAID = {
    "acoustic and": ("acousticness", 0.6, 1),
    "energetic": ("energy", 0.75, 1),
    "bright": ("valence", 0.65, 1),
    "danceable": ("danceability", 0.75, 1),
    "without vocals": ("instrumentalness", 0.5, 1),
    "quiet and": ("energy", 0.4, -1),
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
    sentence = explain.reason(row, target, taste)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert ("most likely" in sentence) == (row["fit"] >= 0.5)
    assert ("not a clear match" in sentence.lower()) == (row["fit"] < 0.3)
    for words, part in PART_SAID.items():
        if words in sentence:
            assert row[part] > 0
            others = [row[other] for other in set(PART_SAID.values())]
            assert row[part] == max(others)
    for word, (feature, bound, sign) in SOUND_SAID.items():
        if word in sentence.lower().split("listeners")[0].split("not a clear")[0]:
            assert row[feature] * sign >= bound * sign
    if "liked" in sentence:
        assert taste.liked
    if "new to you" in sentence:
        assert row["track_id"] not in taste.liked


def test_the_mood_is_called_by_its_name():
    for mood in ("happy", "angry", "sad", "calm"):
        assert explain.mood_words(target_of_emotion(mood)) == mood


def test_a_known_sentence(ranker, four):
    target = target_of_emotion("sad")
    row = ranker.rank(four, target, NO_TASTE, Weights()).iloc[0]
    assert explain.reason(row, target, NO_TASTE) == "Acoustic and quiet, and listeners would most likely call it sad."


@pytest.mark.parametrize(("count", "words"), [(1, "the song that you liked"), (2, "songs among the 2 you liked")])
def test_a_liked_neighbour_is_named(ranker, shipped, count, words):
    target = target_of_emotion("happy")
    plain = ranker.rank(shipped, target, NO_TASTE, Weights())
    taste = Taste(tuple(plain["track_id"][:count]))
    ranked = ranker.rank(shipped, target, taste, Weights())
    top = ranked.loc[ranked["part_taste"].idxmax()]
    assert words in explain.reason(top, target, taste)
