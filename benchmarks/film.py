"""Films of made-up listeners: the astronaut's head, moving, growing, turning and dimming before a photograph.

`skimage.data.astronaut()` is in the public domain (NASA), so that anyone can repeat what is measured on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from moodlib.vision.reading import Box

RATE: Final = 30.0
"""Frames a second of the made-up camera."""
FACE: Final = Box(177, 67, 96, 96)
"""Where the face is in `skimage.data.astronaut()`."""
HEAD: Final = Box(120, 0, 210, 210)
"""The part of that picture that is set into the films: head and collar."""
TURN: Final = 15.0
"""Most that the head is tilted to either side, in degrees."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame.

    Attributes:
        frame: BGR, shape (h, w, 3).
        truth: Where the faces are, upright squares around their middles.
    """

    frame: NDArray[np.uint8]
    truth: tuple[Box, ...]


def film(size: tuple[int, int], people: int, count: int, seed: int = 0) -> Iterator[Shot]:
    """Frames in which the faces are never still.

    Args:
        size: Width and height.
        people: How many faces, side by side, >= 0.
        count: How many frames.
        seed: Of the camera's noise.
    """
    rng = np.random.default_rng(seed)
    width, height = size
    astronaut = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    head = astronaut[HEAD.y : HEAD.y + HEAD.h, HEAD.x : HEAD.x + HEAD.w].astype(np.float32)
    mask = np.zeros(head.shape[:2], np.float32)
    middle = (FACE.x + FACE.w // 2 - HEAD.x, FACE.y + FACE.h // 2 - HEAD.y)
    cv2.ellipse(mask, middle, (68, 90), 0.0, 0, 360, 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 5.0), dtype=np.float32)
    coffee = cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2BGR)
    room = cv2.GaussianBlur(cv2.resize(coffee, size), (0, 0), 3).astype(np.float32)
    # A face is a quarter of the frame's height, less where several share its width.
    usual = min(0.3 * height, 0.55 * width / max(1, people)) / FACE.w
    for number in range(count):
        at = number / RATE
        mixed, truth = room.copy(), []
        for person in range(people):
            phase = 1.7 * person
            scale = usual * (1.0 + 0.2 * np.sin(0.9 * at + phase))
            x = width * (person + 0.5) / people + 0.12 * width / people * np.sin(1.3 * at + phase)
            y = height * (0.48 + 0.06 * np.cos(2.1 * at + phase))
            place = cv2.getRotationMatrix2D(middle, TURN * np.sin(0.7 * at + phase), scale)
            place[:, 2] += (x - middle[0], y - middle[1])
            on = cv2.warpAffine(mask, place, size)[..., None]
            mixed += (cv2.warpAffine(head, place, size) - mixed) * on
            side = round(FACE.w * scale)
            truth.append(Box(round(x - side / 2), round(y - side / 2), side, side))
        light = 0.7 + 0.3 * np.cos(1.1 * at)
        noisy = mixed * light + rng.normal(0.0, 4.0, (height, width, 1)).astype(np.float32)
        yield Shot(np.clip(noisy, 0, 255).astype(np.uint8), tuple(truth))
