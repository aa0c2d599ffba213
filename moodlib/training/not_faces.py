"""Pictures that a cascade may take for faces and that are none, made from faces and from nothing.

No photographs of rooms are needed, so that whoever trains the network can fit its face check from FER-2013 alone: a
face upside down, in shuffled pieces, as a texture of the same spectrum, two blended into each other, a piece of one,
and drawn clutter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.training.fer2013 import SIDE
from moodlib.vision.crop import crop_face
from moodlib.vision.reading import Box

Face = NDArray[np.uint8]
Maker = Callable[[NDArray[np.uint8], np.random.Generator], Face]
"""Faces, uint8 (n, 48, 48), to choose from in; something of the same size that is none out."""

LARGE: Final = 96
"""Side in pixels to which a face is enlarged before a piece is cut out of it."""
PIECE: Final = 0.25
"""Share of a face's area up to which a piece of it is none."""


def as_seen(picture: NDArray[Any], rng: np.random.Generator) -> Face:
    """The picture as a camera may see it: sometimes in less light, sometimes with noise."""
    light = picture * (rng.uniform(0.12, 1.0) if rng.random() < 0.4 else 1.0)
    if rng.random() < 0.5:
        light = light + rng.normal(0.0, rng.uniform(0.0, 5.0), picture.shape)
    return np.asarray(np.clip(light, 0, 255), dtype=np.uint8)


def _one(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    return np.asarray(faces[int(rng.integers(len(faces)))])


def _quarters(face: Face, rng: np.random.Generator) -> Face:
    return np.ascontiguousarray(np.rot90(face, int(rng.integers(1, 4))))


def _lying(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """A face on its side or upside down: nobody sits so, and what looks like that is no face."""
    return as_seen(_quarters(_one(faces, rng), rng), rng)


def _shuffled(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """A face cut into 4, 9 or 16 squares, each turned, in any order."""
    count = int(rng.integers(2, 5))
    side, face = SIDE // count, _one(faces, rng)
    places = [(y * side, x * side) for y in range(count) for x in range(count)]
    mixed = np.empty((count * side, count * side), np.uint8)
    for (y, x), place in zip(places, rng.permutation(len(places)), strict=True):
        v, u = places[place]
        mixed[y : y + side, x : x + side] = np.rot90(face[v : v + side, u : u + side], int(rng.integers(4)))
    return as_seen(np.asarray(cv2.resize(mixed, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8), rng)


def _texture(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """The spectrum of a face with random phases: as coarse and as bright, without any shape."""
    face = _one(faces, rng)
    phases = np.exp(1j * np.angle(np.fft.fft2(rng.normal(size=face.shape))))
    waves = np.real(np.fft.ifft2(np.abs(np.fft.fft2(face)) * phases))
    return as_seen(np.clip(waves - waves.mean() + face.mean(), 0, 255), rng)


def _blended(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """Two lying faces, one showing through holes of the other."""
    holes = cv2.GaussianBlur((rng.random((SIDE, SIDE)) > 0.5).astype(np.float64), (0, 0), rng.uniform(2, 6))
    share = (holes - holes.min()) / max(float(np.ptp(holes)), 1e-9)
    first, second = (_quarters(_one(faces, rng), rng) for _ in range(2))
    return as_seen(first * share + second * (1 - share), rng)


def _piece(faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """A part of a face, such as an eye or a chin, as large as a whole one."""
    large = np.asarray(cv2.resize(_one(faces, rng), (LARGE, LARGE), interpolation=cv2.INTER_CUBIC), np.uint8)
    side = int(LARGE * rng.uniform(0.25, PIECE**0.5))
    x, y = (int(corner) for corner in rng.integers(0, LARGE - side + 1, 2))
    return crop_face(as_seen(large, rng), Box(x, y, side, side))


def _clutter(_faces: NDArray[np.uint8], rng: np.random.Generator) -> Face:
    """A lit wall with stains, boxes, ovals, lines and rows of books."""
    slope = [np.linspace(0, rng.uniform(-80, 80), SIDE) for _ in range(2)]
    wall = np.add.outer(*slope) + rng.uniform(60, 200)
    for _ in range(int(rng.integers(1, 4))):
        cells = int(rng.integers(2, 16))
        stains = rng.normal(0, rng.uniform(3, 25), (cells, cells))
        wall += cv2.resize(stains, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    drawn = np.clip(wall, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        _draw(drawn, rng)
    soft = cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.3, 2.0))
    return as_seen(np.ascontiguousarray(np.rot90(soft, int(rng.integers(4)))), rng)


def _draw(picture: Face, rng: np.random.Generator) -> None:
    """One thing of clutter; in place."""
    x, y, u, v = (int(value) for value in rng.integers(-10, SIDE + 10, 4))
    shade, thick = int(rng.integers(256)), int(rng.choice((-1, 1, 2, 4, 8)))
    what = int(rng.integers(4))
    if what == 0:
        cv2.rectangle(picture, (x, y), (u, v), shade, thick)
    elif what == 1:
        axes = (1 + abs(u) // 2, 1 + abs(v) // 2)
        cv2.ellipse(picture, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, shade, thick)
    elif what == 2:
        cv2.line(picture, (x, y), (u, v), shade, abs(thick) + 1)
    else:
        step = int(rng.integers(3, 12))
        for book in range(x, SIDE + 10, step):
            bottom = (book, y + int(rng.integers(5, 50)))
            cv2.line(picture, (book, y), bottom, int(rng.integers(256)), int(rng.integers(1, max(2, step - 1))))


KINDS: Final[dict[str, Maker]] = {
    "lying face": _lying,
    "shuffled face": _shuffled,
    "texture": _texture,
    "blended faces": _blended,
    "piece of a face": _piece,
    "clutter": _clutter,
}
"""What is made, by its name."""


def face_as_found(face: Face, rng: np.random.Generator) -> Face:
    """A face as the detector hands it over: any size, not quite in the middle, a little tilted, perhaps part covered.

    Args:
        face: FER-2013's, shape (48, 48).
        rng: Source of all randomness.
    """
    side = int(rng.integers(40, 200))
    large = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
    if rng.random() < 0.25:
        large = np.rot90(large, turns := int(rng.integers(4))).copy()
        large[: round(0.2 * side)] = int(rng.integers(20, 236))
        large = np.rot90(large, -turns)
    wide = rng.uniform(0.8, 1.3) * side
    x, y = side / 2 - wide / 2 + rng.normal(0.0, 0.05, 2) * side
    box = Box(round(x), round(y), round(wide), round(wide))
    return crop_face(as_seen(large, rng), box, tilt=float(rng.normal(0.0, 9.0)))
