"""Draws what was read onto the frame: a frame around each face and a tag with its emotion."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.emotions import BY_NAME
from moodlib.vision.reading import Face, FrameReading

Colour = tuple[int, int, int]
"""Blue, green, red, each 0 to 255."""

FONT: Final = cv2.FONT_HERSHEY_DUPLEX
INK: Final[Colour] = (24, 20, 18)
PAPER: Final[Colour] = (255, 255, 255)
DESIGN_HEIGHT: Final = 480
"""Frame height in pixels for which the sizes below are given; they grow and shrink with the frame."""


def draw(frame: NDArray[np.uint8], reading: FrameReading) -> None:
    """Draw the faces of a reading, in place.

    The listener, the largest face, has a full line and a tag with the percentage; the others a thin line and a name
    alone. All of it is clipped at the frame's border.

    Args:
        frame: BGR, shape (h, w, 3), of the size that was read; changed in place.
        reading: What `Pipeline.process` said about it.
    """
    scale = max(0.5, min(frame.shape[:2]) / DESIGN_HEIGHT)
    # Backwards, so that the listener's tag lies on top.
    for face in reversed(reading.faces):
        _draw_face(frame, face, scale, listener=face is reading.faces[0])


def colour_of(name: str) -> Colour:
    """An emotion's colour as OpenCV wants it."""
    red, green, blue = (int(BY_NAME[name].colour[i : i + 2], 16) for i in (1, 3, 5))
    return blue, green, red


def _ink_on(colour: Colour) -> Colour:
    """Dark or white, whichever reads better: contrast as in WCAG 2.1, relative luminance."""
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    luminance = 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]
    return PAPER if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.055 else INK


def _draw_face(frame: NDArray[np.uint8], face: Face, scale: float, *, listener: bool) -> None:
    colour = colour_of(face.emotion)
    line = max(1, round((2.0 if listener else 1.2) * scale))
    _rounded(frame, face.box, round(min(face.box.w, face.box.h) * 0.12), colour, line)

    percent = f" {face.probabilities.max():.0%}" if listener else ""
    _tag(frame, face, f"{face.emotion}{percent}", colour, scale * (1.0 if listener else 0.8))


def _rounded(frame: NDArray[np.uint8], box: tuple[int, int, int, int], radius: int, colour: Colour, line: int) -> None:
    """A rectangle with round corners; filled when `line` is negative."""
    x, y, w, h = box
    right, bottom = x + w - 1, y + h - 1
    r = max(0, min(radius, (w - 1) // 2, (h - 1) // 2))
    if line < 0:
        cv2.rectangle(frame, (x + r, y), (right - r, bottom), colour, -1)
        cv2.rectangle(frame, (x, y + r), (right, bottom - r), colour, -1)
    else:
        for start, end in (
            ((x + r, y), (right - r, y)),
            ((x + r, bottom), (right - r, bottom)),
            ((x, y + r), (x, bottom - r)),
            ((right, y + r), (right, bottom - r)),
        ):
            cv2.line(frame, start, end, colour, line, cv2.LINE_AA)
    corners = ((x + r, y + r, 180), (right - r, y + r, 270), (right - r, bottom - r, 0), (x + r, bottom - r, 90))
    for cx, cy, turn in corners:
        cv2.ellipse(frame, (cx, cy), (r, r), turn, 0, 90, colour, line, cv2.LINE_AA)


def _tag(frame: NDArray[np.uint8], face: Face, text: str, colour: Colour, scale: float) -> None:
    """A filled tag above the box; inside its top edge where there is no room above."""
    height, width = frame.shape[:2]
    size, stroke = 0.55 * scale, max(1, round(scale))
    (text_w, text_h), _ = cv2.getTextSize(text, FONT, size, stroke)
    pad_x, pad_y, gap = round(8 * scale), round(6 * scale), round(5 * scale)
    w, h = text_w + 2 * pad_x, text_h + 2 * pad_y
    x = max(0, min(face.box.x, width - w))
    y = face.box.y - h - gap
    if y < 0:
        y = min(face.box.y + gap, max(0, height - h))
    _rounded(frame, (x, y, w, h), round(6 * scale), colour, -1)
    cv2.putText(frame, text, (x + pad_x, y + pad_y + text_h), FONT, size, _ink_on(colour), stroke, cv2.LINE_AA)
