"""Why a song is in the list: one sentence, made from the models' contributions and the parts of its score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from moodlib.mood.target import Target
from moodlib.music import contributions, features
from moodlib.music.taste import Taste, closeness, sound

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

# A reason is only given for what is clearly so; between the bounds the sentence keeps silent about it.
_STRONG_FIT: Final = 0.5
_SOME_FIT: Final = 0.3
# A target with less than this of each quadrant lies between them, and no song there can be called by one mood. One that
# lies so near to it, on the plane from -1 to 1, is what was asked for all the same.
_CLEAR: Final = 0.5
_AT: Final = 0.2
_NOTABLE_PART: Final = 0.05
# Of closeness in audio space: about one standard deviation apart, over all eight features together.
_ALIKE: Final = 0.6
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


def between(target: Target) -> tuple[str, str] | None:
    """The two quadrants that a target lies between, the stronger first; None when it clearly lies in one."""
    share = features.membership(np.array([[target.valence, target.arousal]]))[0]
    first, second = (int(quadrant) for quadrant in np.argsort(-share, kind="stable")[:2])
    return None if share[first] >= _CLEAR else (features.QUADRANTS[first], features.QUADRANTS[second])


def _lies_at(row: pd.Series[Any] | Mapping[Any, Any], target: Target) -> bool:
    away = math.hypot(float(row["felt_valence"]) - target.valence, float(row["felt_arousal"]) - target.arousal)
    return away <= _AT


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


def reasons(
    ranker: Ranker, songs: pd.DataFrame, targets: Sequence[Target], taste: Taste, library: pd.DataFrame | None = None
) -> list[str]:
    """Why each song, in one sentence made from its contributions and the parts of its score.

    Args:
        ranker: Which ranked the songs.
        songs: A few rows of `Ranker.rank`'s result.
        targets: What each was ranked for.
        taste: The taste that they were ranked with.
        library: Where the liked songs are found, with `title` and the audio features; without it none is named.
    """
    if songs.empty:
        return []
    heard = contributions.of(ranker, songs, list(targets)).felt
    named = like_which(songs, taste, library)
    rows = zip(songs.to_dict("records"), targets, heard, named, strict=True)
    return [
        reason(row, target, taste, dict(zip(contributions.HEARD, map(float, values), strict=True)), name)
        for row, target, values, name in rows
    ]


def like_which(songs: pd.DataFrame, taste: Taste, library: pd.DataFrame | None) -> list[str]:
    """For each song which of the liked and asked-for ones it sounds most like, in words.

    Args:
        songs: With the audio features.
        taste: What was liked.
        library: Where the liked songs are found.

    Returns:
        Half a sentence each; empty where none sounds like it (`_ALIKE`) but the song itself.
    """
    wanted = (*taste.liked, *taste.seeds)
    if library is None or not wanted:
        return [""] * len(songs)
    liked = library[library["track_id"].isin(wanted)]
    if liked.empty:
        return [""] * len(songs)
    near = closeness(sound(songs), sound(liked))
    near[songs["track_id"].to_numpy()[:, None] == liked["track_id"].to_numpy()[None]] = 0.0
    best = near.argmax(axis=1)
    words = [
        f"it sounds like “{title}”, which you {'liked' if track_id in taste.liked else 'wanted more of'}"
        for track_id, title in zip(liked["track_id"], liked["title"], strict=True)
    ]
    return [words[at] if row[at] >= _ALIKE else "" for at, row in zip(best, near, strict=True)]


def reason(
    row: pd.Series[Any] | Mapping[Any, Any], target: Target, taste: Taste, heard: Mapping[str, float], like: str = ""
) -> str:
    """Why this song, in one sentence.

    Says what in its sound speaks for the mood (`heard`), how sure the ranker is that it feels like the mood (`fit`),
    and the largest other part of its score when that part raised it.

    Args:
        row: A row of `Ranker.rank`'s result (a Series or a dict).
        target: The target that it was ranked for.
        taste: The taste that it was ranked with.
        heard: What each of `contributions.HEARD` adds to the log odds of the target's quadrant.
        like: Which liked song it sounds like, in words, if there is one.

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
    elif (moods := between(target)) and _lies_at(row, target):
        first = f"{sound}listeners would feel it between {moods[0]} and {moods[1]}, like the mood asked for"
    else:
        first = f"{sound}only a few listeners would call it {mood}"
    second = _other(row, taste, like)
    sentence = f"{first}; {second}" if second else first
    return sentence[0].upper() + sentence[1:] + "."


def _other(row: pd.Series[Any] | Mapping[Any, Any], taste: Taste, like: str) -> str:
    """The largest part beside the mood, in words, when it raised the song's score by something that can be noticed."""
    said = {
        "part_taste": _liked(row, taste, like),
        "part_popularity": "many people play it" if float(row.get("popularity", 0) or 0) >= _WELL_KNOWN else "",
        "part_novelty": "" if row["track_id"] in {*taste.liked, *taste.skipped} else "it is likely new to you",
        "part_energy": "as lively as you asked for" if float(row["energy"]) >= 0.5 else "as quiet as you asked for",
        "part_acousticness": "as acoustic as you asked for"
        if float(row["acousticness"]) >= 0.5
        else "as electronic as you asked for",
    }
    name = max(said, key=lambda part: float(row[part]))
    return said[name] if float(row[name]) >= _NOTABLE_PART else ""


def _liked(row: pd.Series[Any] | Mapping[Any, Any], taste: Taste, like: str) -> str:
    count = len(taste.liked)
    if row["track_id"] in taste.liked:
        return "you liked it"
    if like or not count:
        return like
    return "it goes with the song that you liked" if count == 1 else f"it goes with songs among the {count} you liked"
