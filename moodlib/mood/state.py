"""What the tracker says the mood is."""

from __future__ import annotations

from dataclasses import dataclass

from moodlib.emotions import Probabilities


@dataclass(frozen=True, slots=True)
class MoodState:
    """The mood at one moment. Never made up: without a face there is none.

    Attributes:
        at: Monotonic seconds.
        known: A face has been seen for long enough (`warm_up`) and not been away for too long.
        paused: No face for so long that the mood has ended; `known` is then False.
        fading: No face right now, but the last mood still stands, with falling confidence.
        emotion: Name of the most probable smoothed emotion; None when not known.
        stable: Name of the emotion that has held long enough to choose songs by; None before there was one. While
            paused it keeps its last value, so that the songs do not jump when the listener looks away.
        confidence: Probability of `emotion`, times the fade; in [0, 1]; 0 when not known.
        probabilities: float32, shape (7,), smoothed; uniform when not known.
        valence: In [-1, 1]; 0 when not known.
        arousal: In [-1, 1]; 0 when not known.
        faces: How many faces the last frame held.
    """

    at: float
    known: bool
    paused: bool
    fading: bool
    emotion: str | None
    stable: str | None
    confidence: float
    probabilities: Probabilities
    valence: float
    arousal: float
    faces: int
