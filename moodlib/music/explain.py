"""Why a song is in the list: one sentence, made from the parts of its score and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from moodlib.mood.target import Target
from moodlib.music import features
from moodlib.music.taste import Taste

# A reason is only given for what is clearly so; between the bounds the sentence keeps silent about it.
_STRONG_FIT: Final = 0.5
_SOME_FIT: Final = 0.3
_NOTABLE_PART: Final = 0.05
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


def sound_words(row: pd.Series[Any] | Mapping[Any, Any]) -> list[str]:
    """Up to two words on how the song sounds, by its own audio features; empty when nothing stands out."""
    words = [_WORDS_HIGH[name] for name, bound in _HIGH.items() if float(row[name]) >= bound]
    words += [_WORDS_LOW[name] for name, bound in _LOW.items() if float(row[name]) <= bound]
    return words[:2]


def reason(row: pd.Series[Any] | Mapping[Any, Any], target: Target, taste: Taste) -> str:
    """Why this song, in one sentence.

    Says how sure the ranker is that the song feels like the mood (`fit`), how it sounds (its features), and the largest
    other part of its score when that part raised it.

    Args:
        row: A row of `Ranker.rank`'s result (a Series or a dict).
        target: The target that it was ranked for.
        taste: The taste that it was ranked with.

    Returns:
        A sentence that ends with a full stop.
    """
    fit = float(row["fit"])
    mood = mood_words(target)
    words = sound_words(row)
    sound = f"{' and '.join(words)}, and " if words else ""
    if fit >= _STRONG_FIT:
        first = f"{sound}listeners would most likely call it {mood}"
    elif fit >= _SOME_FIT:
        first = f"{sound}some listeners would call it {mood}"
    else:
        first = f"{sound}not a clear match for {mood}"
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
    return (
        "it sounds like the song that you liked" if count == 1 else f"it sounds like songs among the {count} you liked"
    )
