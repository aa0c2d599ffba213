"""What the tests write into a history."""

from __future__ import annotations

from moodlib.history.moment import Event, Mood

ME, OTHER = "a" * 32, "b" * 32
MOODS = [Mood(1000 + n, "happy", 0.9, 0.5, 0.2) for n in range(3)]
EVENTS = [Event(1001, "liked", "4iV5W9uYEdYUVa79Axb7Rh", "Unmistakable title", "Somebody", "happy")]
MANY = [Mood(n, "sad", 0.5, 0.0, 0.0) for n in range(2000)]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now
