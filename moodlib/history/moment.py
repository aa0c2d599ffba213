"""What a history is made of, without the database, which takes half a second to load and is off at first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood of one second.

    Attributes:
        at: Seconds since 1970, UTC, whole.
        emotion: One of the seven.
        confidence: In [0, 1].
        valence: In [-1, 1].
        arousal: In [-1, 1].
    """

    at: int
    emotion: str
    confidence: float
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Event:
    """A song and what was done with it.

    Attributes:
        at: Seconds since 1970, UTC, whole.
        what: "played", "liked" or "skipped".
        track_id: Which song.
        title: Its title.
        artist: Its artist.
        mood: The mood that the list was for; "" when there was none.
    """

    at: int
    what: str
    track_id: str
    title: str
    artist: str
    mood: str
