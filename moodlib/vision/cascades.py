"""Haar cascades on views of a frame: reduced, turned or mirrored parts of it that know the way back.

Viola and Jones 2001 (CVPR 1:511); Lienhart et al. 2003 (DAGM 2781:297). The cascades are those that come with OpenCV.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.vision.reading import Box, Found

Grey = NDArray[np.uint8]

FRONT: Final = "haarcascade_frontalface_alt2.xml"
SECOND: Final = "haarcascade_frontalface_default.xml"
PROFILE: Final = "haarcascade_profileface.xml"
"""Knows left profiles only; a mirror shows it the right ones."""

DARK: Final = 55.0
"""Mean grey level below which a view is brightened. OpenCV's cascades drop windows of little contrast unseen."""
BRIGHT: Final = 110.0
"""Mean grey level that brightening aims at."""
MOST_GAIN: Final = 8.0


class Look(NamedTuple):
    """How a face is looked at.

    Attributes:
        cascade: File name of the cascade.
        tilt: Degrees by which the head is tilted, counter-clockwise in the picture positive.
        mirror: Whether the view is mirrored first.
    """

    cascade: str = FRONT
    tilt: float = 0.0
    mirror: bool = False


UPRIGHT: Final = Look()


@dataclass(frozen=True, slots=True)
class Hit:
    """A face as a cascade sees it.

    Attributes:
        box: In pixels of the frame, inside it; upright, also where the view was turned.
        votes: Overlapping windows that agree on it, > 0.
        look: How it was seen.
        odds: Log-odds that it is a face, by the network; 0 where that was not asked.
    """

    box: Box
    votes: int
    look: Look = UPRIGHT
    odds: float = 0.0

    @property
    def weight(self) -> float:
        """What speaks for it, to be compared with others over the same face: votes in doublings, and log-odds."""
        return math.log2(1 + self.votes) + self.odds

    @property
    def found(self) -> Found:
        """What the outside wants to know of it."""
        return Found(self.box, self.look.tilt)


@dataclass(frozen=True, slots=True)
class View:
    """A part of a frame as a cascade is to see it.

    Attributes:
        grey: Shape (h, w).
        back: Affine map from its coordinates to the frame's, shape (2, 3); whole numbers are the corners of pixels.
        scale: Its pixels for one of the frame.
        frame: Height and width of the frame.
    """

    grey: Grey
    back: NDArray[np.float64]
    scale: float
    frame: tuple[int, int]


def part(grey: Grey, region: Box, scale: float) -> View:
    """A rectangle of the frame, which lies inside it, reduced or enlarged, and brightened where it is dark."""
    cut = grey[region.y : region.y + region.h, region.x : region.x + region.w]
    # Every fourth pixel tells as much about the light as all of them.
    light = float(cut[::4, ::4].mean())
    if light < DARK:
        gain = min(MOST_GAIN, BRIGHT / max(light, 1.0))
        # Before it is reduced, for that rounds to whole grey levels.
        cut = np.asarray(cv2.convertScaleAbs(cut, alpha=gain), dtype=np.uint8)
    back = np.array([[1 / scale, 0.0, region.x], [0.0, 1 / scale, region.y]])
    return View(_resized(cut, scale), back, scale, (grey.shape[0], grey.shape[1]))


def whole(grey: Grey, scale: float) -> View:
    """The frame, reduced or enlarged, and brightened where it is dark."""
    return part(grey, Box(0, 0, grey.shape[1], grey.shape[0]), scale)


def bordered(view: View, width: int) -> View:
    """The view with its edges going on for `width` pixels on each side."""
    grey = cv2.copyMakeBorder(view.grey, width, width, width, width, cv2.BORDER_REPLICATE)
    inwards = np.array([[1.0, 0.0, -width], [0.0, 1.0, -width]])
    return View(np.asarray(grey, dtype=np.uint8), _after(view.back, inwards), view.scale, view.frame)


def turned(view: View, tilt: float, higher: float = 1.0) -> View:
    """The view turned so that a head tilted by `tilt` degrees counter-clockwise stands upright.

    Args:
        view: An upright one.
        tilt: Degrees.
        higher: Height of the result for that of the view; more than 1 keeps corners that turning would cut off.
    """
    height, width = view.grey.shape
    size = (width, round(height * higher))
    # OpenCV counts from the middle of the first pixel, `back` from its corner.
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -tilt, 1.0)
    turn[1, 2] += (size[1] - height) / 2
    upright = cv2.warpAffine(view.grey, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    turn[:, 2] += 0.5 - turn[:, :2].sum(axis=1) / 2
    back = _after(view.back, np.asarray(cv2.invertAffineTransform(turn), dtype=np.float64))
    return View(np.asarray(upright, dtype=np.uint8), back, view.scale, view.frame)


def mirrored(view: View) -> View:
    """The view as a mirror shows it."""
    flip = np.array([[-1.0, 0.0, view.grey.shape[1]], [0.0, 1.0, 0.0]])
    flipped = np.ascontiguousarray(view.grey[:, ::-1])
    return View(flipped, _after(view.back, flip), view.scale, view.frame)


class Cascades:
    """OpenCV's cascades, each read when it is first asked for. Not shared between threads."""

    def __init__(self) -> None:
        self._read: dict[str, cv2.CascadeClassifier] = {}

    def hits(
        self, view: View, look: Look, step: float, neighbours: int, smallest: int, largest: int, higher: float = 1.0
    ) -> list[Hit]:
        """The faces of a view.

        Args:
            view: Where to look; upright and not mirrored.
            look: How.
            step: Ratio between two sizes that are tried, > 1.
            neighbours: Overlapping windows that make a face.
            smallest: Side in pixels of the view.
            largest: Side in pixels of the view.
            higher: As of `turned`, for a tilted look.

        Returns:
            What is found, in pixels of the frame; of a tilted look the boxes stand upright around the same middle.
        """
        if look.tilt:
            view = turned(view, look.tilt, higher)
        if look.mirror:
            view = mirrored(view)
        boxes, votes = self._cascade(look.cascade).detectMultiScale2(
            view.grey,
            scaleFactor=step,
            minNeighbors=neighbours,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
        )
        hits = []
        for (x, y, w, h), vote in zip(boxes, votes, strict=True):
            x0, y0 = view.back @ (x + w / 2, y + h / 2, 1.0)
            wide, high = w / view.scale, h / view.scale
            box = clip(x0 - wide / 2, y0 - high / 2, x0 + wide / 2, y0 + high / 2, *view.frame)
            # Beyond the frame there is only what its border was drawn out to.
            if box is not None and 0 <= x0 < view.frame[1] and 0 <= y0 < view.frame[0]:
                hits.append(Hit(box, int(vote), look))
        return hits

    def _cascade(self, name: str) -> cv2.CascadeClassifier:
        if name not in self._read:
            # The stub of OpenCV's wheel does not know `cv2.data`.
            self._read[name] = cv2.CascadeClassifier(cv2.data.haarcascades + name)  # type: ignore[attr-defined]
        return self._read[name]


def around(grey: Grey, hit: Hit, grow: float, side: int) -> tuple[View, float]:
    """What surrounds a box, reduced until the box is `side` pixels wide, and how wide it is then."""
    height, width = grey.shape[:2]
    box, more = hit.box, grow * hit.box.w
    region = clip(box.x - more, box.y - more, box.x + box.w + more, box.y + box.h + more, height, width)
    scale = min(1.0, side / box.w)
    # A box lies inside the frame, so that there is always a region.
    return part(grey, region or box, scale), box.w * scale


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    both = shared(a, b)
    return both / (a.area + b.area - both) if both else 0.0


def shared(a: Box, b: Box) -> int:
    """Square pixels that two boxes have in common."""
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return wide * high if wide > 0 and high > 0 else 0


def clip(left: float, top: float, right: float, bottom: float, height: int, width: int) -> Box | None:
    """Whole pixels inside a frame; None when nothing is left."""
    x0, y0 = round(left), round(top)
    # Not round(right): a square stays a square.
    x1, y1 = min(width, x0 + round(right - left)), min(height, y0 + round(bottom - top))
    x, y = max(0, x0), max(0, y0)
    w, h = x1 - x, y1 - y
    return Box(x, y, w, h) if w > 0 and h > 0 else None


def without_duplicates(hits: Iterable[Hit]) -> list[Hit]:
    """One hit a face, largest first.

    The cascade groups hits of like size, so that a chin or a collar can still stand as a second box over the same
    face. Of two boxes where one has half of the smaller one's area in common, the one that more speaks for stays: by
    votes and the network together it fits better than by the network alone.
    """
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.weight, -hit.box.area, hit.box)):
        if all(shared(hit.box, other.box) <= 0.5 * min(hit.box.area, other.box.area) for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: (-hit.box.area, hit.box))


def _after(second: NDArray[np.float64], first: NDArray[np.floating]) -> NDArray[np.float64]:
    """The affine map that does `first` and then `second`."""
    return np.asarray(second @ np.vstack([first, (0.0, 0.0, 1.0)]), dtype=np.float64)


def _resized(grey: Grey, scale: float) -> Grey:
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=how)  # type: ignore[return-value]
