"""Made-up rooms with FER-2013 faces in them, for the recall study (faces.py).

A FER-2013 picture is a tight crop of 48 x 48 pixels without a head around it, and a crop pasted as a square is not what
a camera sees. So each is enlarged, its border goes on outwards and blurs away, an upright ellipse a little wider and
half as high again as the crop is cut out of that with feathered edges, and it sits on a plain neck and shoulders in
the room. What the study says is thus about the face itself; hair and ears are not in the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from moodlib.vision.reading import Box

Grey = NDArray[np.uint8]

SIZE: Final = (640, 480)
"""Width and height of every scene."""

# Pictures without a face; `camera` shows a man, `chelsea` a cat, which stays: a cat must not set the mood.
PICTURES: Final = (
    *("brick", "cell", "chelsea", "clock", "coffee", "coins", "grass", "gravel", "horse", "hubble_deep_field"),
    *("immunohistochemistry", "moon", "page", "retina", "rocket", "text"),
)

NOISE: Final = 4.0
"""Standard deviation of the made-up camera's noise, in grey levels."""


class Condition(NamedTuple):
    """What makes a face hard to find.

    Attributes:
        sides: Smallest and largest side of the enlarged crop, in pixels.
        tilts: Smallest and largest turn of the head to either side, in degrees.
        lights: Smallest and largest factor on the brightness.
        covered: Share of the crop's side that a bar covers, from a random side; 0 for none.
    """

    sides: tuple[int, int] = (90, 220)
    tilts: tuple[float, float] = (0.0, 8.0)
    lights: tuple[float, float] = (0.8, 1.0)
    covered: float = 0.0


CONDITIONS: Final = {
    "upright": Condition(),
    "tilted": Condition(tilts=(10.0, 30.0)),
    "small": Condition(sides=(44, 72)),
    "dim": Condition(lights=(0.15, 0.4)),
    "covered": Condition(covered=0.2),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One made-up picture.

    Attributes:
        grey: Shape (480, 640).
        truth: The square of the FER-2013 crop, upright around its middle; None in a room without anybody.
        tilt: Degrees by which the head is turned, counter-clockwise positive.
    """

    grey: Grey
    truth: Box | None
    tilt: float


@cache
def _picture(name: str) -> Grey:
    picture = np.asarray(getattr(skimage.data, name)())
    if picture.ndim == 3:
        picture = cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY)
    return np.asarray(picture, dtype=np.uint8)


def _photograph(rng: np.random.Generator) -> Grey:
    """A part of one of the pictures, turned at random and enlarged over the whole frame."""
    picture = _picture(PICTURES[int(rng.integers(len(PICTURES)))])
    if rng.random() < 0.5:
        picture = np.asarray(picture[:, ::-1], dtype=np.uint8)
    height, width = picture.shape
    scale = max(SIZE[0] / width, SIZE[1] / height) * rng.uniform(1.0, 1.6)
    large = cv2.resize(picture, (int(width * scale) + 1, int(height * scale) + 1), interpolation=cv2.INTER_CUBIC)
    y, x = (int(rng.integers(large.shape[axis] - SIZE[1 - axis] + 1)) for axis in (0, 1))
    return np.asarray(large[y : y + SIZE[1], x : x + SIZE[0]], dtype=np.uint8)


def _made(rng: np.random.Generator) -> Grey:
    """A wall with a gradient of light, stains, frames, shelves and lamps."""
    width, height = SIZE
    ramp = np.add.outer(np.linspace(0, rng.uniform(-60, 60), height), np.linspace(0, rng.uniform(-60, 60), width))
    wall = rng.uniform(70, 190) + ramp
    for cells, strength in ((6, 12.0), (24, 7.0), (96, 4.0)):
        coarse = rng.normal(0.0, strength, (cells * 3 // 4, cells)).astype(np.float32)
        wall += cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
    room = np.clip(wall, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        x, y = int(rng.integers(-60, width)), int(rng.integers(-60, height))
        w, h = (int(side) for side in rng.integers(40, 220, 2))
        shade, edge = (int(value) for value in rng.integers(10, 245, 2))
        what = rng.random()
        if what < 0.45:
            cv2.rectangle(room, (x, y), (x + w, y + h), shade, -1)
            cv2.rectangle(room, (x, y), (x + w, y + h), edge, int(rng.integers(2, 9)))
        elif what < 0.75:
            step = int(rng.integers(8, 26))
            for book in range(x, x + w, step):
                tall = y + int(rng.integers(0, 30))
                cv2.rectangle(room, (book, tall), (book + step - 2, y + h), int(rng.integers(10, 245)), -1)
        else:
            cv2.ellipse(room, (x, y), (w // 2, h // 2), float(rng.uniform(0, 180)), 0, 360, shade, -1)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), rng.uniform(0.6, 2.0)), dtype=np.uint8)


def room(rng: np.random.Generator) -> Grey:
    """A background of 640 x 480 without a face: half of them made, half of them photographs."""
    return _made(rng) if rng.random() < 0.5 else _photograph(rng)


def _head(face: Grey, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The enlarged face with its border going on, and how much of each pixel is head; both (2 side, 2 side)."""
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    pad = side // 2
    wide = cv2.copyMakeBorder(large, pad, side - pad, pad, side - pad, cv2.BORDER_REPLICATE)
    head = cv2.GaussianBlur(wide, (0, 0), side / 10)
    head[pad : pad + side, pad : pad + side] = large
    mask = np.zeros(head.shape, np.float32)
    middle = (pad + side // 2, pad + side // 2 - round(0.04 * side))
    cv2.ellipse(mask, middle, (round(0.58 * side), round(0.76 * side)), 0.0, 0, 360, 1.0, -1)
    feathered = cv2.GaussianBlur(mask, (0, 0), 0.05 * side)
    return head.astype(np.float32), np.asarray(feathered, dtype=np.float32)


def _shoulders(room: Grey, x: float, y: float, side: int, skin: float, rng: np.random.Generator) -> None:
    """A neck of the face's shade on shoulders of any shade, below a head whose middle is at (x, y); in place."""
    neck = ((round(x), round(y + 0.7 * side)), (round(0.6 * side), round(0.7 * side)), 0.0)
    body = (round(x), round(y + 2.1 * side))
    cv2.ellipse(room, body, (round(1.25 * side), round(1.05 * side)), 0.0, 0, 360, int(rng.integers(15, 240)), -1)
    cv2.ellipse(room, neck, round(0.8 * skin), -1)


def scene(face: Grey, condition: Condition, rng: np.random.Generator) -> Scene:
    """A room with one person in it.

    Args:
        face: A FER-2013 picture, shape (48, 48).
        condition: What makes it hard.
        rng: Where and how.
    """
    side = int(rng.integers(condition.sides[0], condition.sides[1] + 1))
    tilt = float(rng.uniform(*condition.tilts) * rng.choice((-1, 1)))
    width, height = SIZE
    margin = round(0.8 * side)
    x, y = float(rng.integers(margin, width - margin)), float(rng.integers(margin, height - margin))
    picture = room(rng)
    _shoulders(picture, x, y, side, float(face.mean()), rng)
    head, mask = _head(face, side)
    if condition.covered:
        _cover(head, side, condition.covered, rng)
    place = cv2.getRotationMatrix2D((side // 2 + side / 2, side // 2 + side / 2), tilt, 1.0)
    place[:, 2] += np.array((x - (side // 2 + side / 2), y - (side // 2 + side / 2)))
    on = np.asarray(cv2.warpAffine(mask, place, SIZE), dtype=np.float32)
    placed = cv2.warpAffine(head, place, SIZE)
    mixed = picture * (1.0 - on) + placed * on
    truth = Box(round(x - side / 2), round(y - side / 2), side, side)
    return Scene(_shot(mixed * rng.uniform(*condition.lights), rng), truth, tilt)


def empty(condition: Condition, rng: np.random.Generator) -> Scene:
    """A room without anybody."""
    return Scene(_shot(room(rng) * rng.uniform(*condition.lights), rng), None, 0.0)


def again(scene: Scene, rng: np.random.Generator) -> Grey:
    """The next frame of a still scene: the same with other noise on it."""
    return _shot(scene.grey.astype(np.float32), rng, NOISE / 2)


def _cover(head: NDArray[np.float32], side: int, share: float, rng: np.random.Generator) -> None:
    """Lay a plain bar over one side of the face (a hand, a mask, a lamp post, a hat); in place."""
    pad, deep = side // 2, round(share * side)
    shade = float(rng.uniform(20, 235))
    bars = {
        "below": np.s_[pad + side - deep :, :],
        "above": np.s_[: pad + deep, :],
        "left": np.s_[:, : pad + deep],
        "right": np.s_[:, pad + side - deep :],
    }
    head[bars[str(rng.choice(list(bars)))]] = shade


def _shot(light: NDArray[np.floating], rng: np.random.Generator, noise: float = NOISE) -> Grey:
    return np.clip(light + rng.normal(0.0, noise, light.shape), 0, 255).astype(np.uint8)
