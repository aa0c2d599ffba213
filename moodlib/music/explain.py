"""Why a song is in the list: one sentence, made from the models' contributions and the parts of its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from moodlib.mood.target import Target
from moodlib.music import contributions, features
from moodlib.music.taste import Taste

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

# A reason is only given for what is clearly so; between the bounds the sentence keeps silent about it.
_STRONG_FIT: Final = 0.5
_SOME_FIT: Final = 0.3
_NOTABLE_PART: Final = 0.05
# In log odds; 0.2 turns even odds into 55 %.
_TELLING: Final = 0.2
_WELL_KNOWN: Final = 70
_HIGH: Final = {"acousticness": 0.6, "energy": 0.75, "valence": 0.65, "danceability": 0.75, "instrumentalness": 0.5}
_LOW: Final = {"energy": 0.4, "valence": 0.3}
_WORDS_HIGH: Final = {
    "acousticness": "acoustic",
    "energy": "energetic",
    "valence": "bright",
    "danceability": "danceable",
    "instrumentalness": "without vocals",
}
_WORDS_LOW: Final = {"energy": "quiet", "valence": "dark"}


def mood_words(target: Target) -> str:
    """The quadrant that a target lies in, as an adjective: happy, angry, sad or calm."""
    share = features.membership(np.array([[target.valence, target.arousal]]))[0]
    return features.QUADRANTS[int(share.argmax())]


def sound_words(row: pd.Series[Any] | Mapping[Any, Any], heard: Mapping[str, float]) -> list[str]:
    """Up to two words on what in the song's sound speaks most for the mood that was asked for.

    Args:
        row: With the audio features.
        heard: What each feature adds to the log odds that the song feels like that mood (TreeSHAP).

    Returns:
        Words for features that stand out and that speak for the mood, the strongest first; empty when there is none.
    """
    stands_out = {name: word for name, word in _WORDS_HIGH.items() if float(row[name]) >= _HIGH[name]}
    stands_out |= {name: word for name, word in _WORDS_LOW.items() if float(row[name]) <= _LOW[name]}
    telling = [name for name in stands_out if heard[name] >= _TELLING]
    return [stands_out[name] for name in sorted(telling, key=lambda name: -heard[name])][:2]


def reasons(ranker: Ranker, songs: pd.DataFrame, targets: Sequence[Target], taste: Taste) -> list[str]:
    """Why each song, in one sentence made from its contributions and the parts of its score.

    Args:
        ranker: Which ranked the songs.
        songs: A few rows of `Ranker.rank`'s result.
        targets: What each was ranked for.
        taste: The taste that they were ranked with.
    """
    if songs.empty:
        return []
    heard = contributions.of(ranker, songs, list(targets)).felt
    rows = zip(songs.to_dict("records"), targets, heard, strict=True)
    return [
        reason(row, target, taste, dict(zip(contributions.HEARD, map(float, values), strict=True)))
        for row, target, values in rows
    ]


def reason(row: pd.Series[Any] | Mapping[Any, Any], target: Target, taste: Taste, heard: Mapping[str, float]) -> str:
    """Why this song, in one sentence.

    Says what in its sound speaks for the mood (`heard`), how sure the ranker is that it feels like the mood (`fit`),
    and the largest other part of its score when that part raised it.

    Args:
        row: A row of `Ranker.rank`'s result (a Series or a dict).
        target: The target that it was ranked for.
        taste: The taste that it was ranked with.
        heard: What each of `contributions.HEARD` adds to the log odds of the target's quadrant.

    Returns:
        A sentence that ends with a full stop.
    """
    fit = float(row["fit"])
    mood = mood_words(target)
    words = sound_words(row, heard)
    sound = f"{' and '.join(words)}, as {mood} songs are, and " if words else ""
    if fit >= _STRONG_FIT:
        first = f"{sound}listeners would most likely call it {mood}"
    elif fit >= _SOME_FIT:
        first = f"{sound}some listeners would call it {mood}"
    else:
        first = f"{sound}only a few listeners would call it {mood}"
    second = _other(row, taste)
    sentence = f"{first}; {second}" if second else first
    return sentence[0].upper() + sentence[1:] + "."


def _other(row: pd.Series[Any] | Mapping[Any, Any], taste: Taste) -> str:
    """The largest part beside the mood, in words, when it raised the song's score by something that can be noticed."""
    said = {
        "part_taste": _liked(taste),
        "part_popularity": "many people play it" if float(row.get("popularity", 0) or 0) >= _WELL_KNOWN else "",
        "part_novelty": "" if row["track_id"] in {*taste.liked, *taste.skipped} else "it is likely new to you",
        "part_energy": "as lively as you asked for" if float(row["energy"]) >= 0.5 else "as quiet as you asked for",
        "part_acousticness": "as acoustic as you asked for"
        if float(row["acousticness"]) >= 0.5
        else "as electronic as you asked for",
    }
    name = max(said, key=lambda part: float(row[part]))
    return said[name] if float(row[name]) >= _NOTABLE_PART else ""


def _liked(taste: Taste) -> str:
    count = len(taste.liked)
    if not count:
        return ""
    return "it goes with the song that you liked" if count == 1 else f"it goes with songs among the {count} you liked"
