"""What the camera path says about one frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from moodlib.emotions import NAMES, Probabilities, circumplex


class Box(NamedTuple):
    """A rectangle in full-frame pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    @property
    def area(self) -> int:
        """Width times height in square pixels."""
        return self.w * self.h


class Found(NamedTuple):
    """Where a face is and how the head is held.

    Attributes:
        box: Upright, in full-frame pixels, inside the frame.
        tilt: Degrees by which the head is tilted, counter-clockwise in the picture positive; 0 upright.
    """

    box: Box
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Face:
    """One face of one frame.

    Attributes:
        box: Where it is, in full-frame pixels, inside the frame.
        probabilities: float32, shape (7,), order of `emotions.EMOTIONS`, summing to 1.
        tilt: Degrees by which the head is tilted, counter-clockwise in the picture positive; 0 upright.
    """

    box: Box
    probabilities: Probabilities
    tilt: float = 0.0

    @property
    def emotion(self) -> str:
        """The most probable emotion's name."""
        return NAMES[int(self.probabilities.argmax())]

    @property
    def coordinates(self) -> tuple[float, float]:
        """Valence and arousal in [-1, 1]."""
        return circumplex(self.probabilities)


@dataclass(frozen=True, slots=True)
class FrameReading:
    """Everything that one frame says.

    Attributes:
        at: Monotonic seconds at which the frame was taken.
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        faces: Largest first. Empty when no face was found.
    """

    at: float
    width: int
    height: int
    faces: tuple[Face, ...]

    @property
    def listener(self) -> Face | None:
        """The largest face: whoever is nearest to the camera is whom the music is for."""
        return self.faces[0] if self.faces else None
