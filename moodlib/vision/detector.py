"""Where the faces are: OpenCV's Haar cascade on a small picture, near the last faces first.

Viola and Jones 2001 (CVPR 1:511); the cascade is OpenCV's `alt2` (Lienhart et al. 2003, DAGM 2781:297).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.vision.reading import Box

CASCADE: Final = "haarcascade_frontalface_alt2.xml"

SMALLEST_FRAME: Final = 24
"""A picture with a shorter side than this, in pixels, holds no face that 48 x 48 pixels could be made of."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """How a stream of frames is searched.

    Attributes:
        side: Shorter side, in pixels, of the picture that a full search looks at; larger frames are reduced to it, so
            that a wide frame loses no small faces.
        smallest: Smallest face of a full search, in pixels of that picture.
        step: Ratio between two sizes that a full search tries, > 1.
        neighbours: How many overlapping hits make a face in a full search.
        full_every: Seconds between full searches while faces are being followed: how late a second face may be seen.
        idle_every: Seconds between full searches while there is no face.
        near_face: Size in pixels to which a followed face is reduced before it is looked for. At 48 the box grows by a
            tenth within eight frames of following; at 60 it stays as a full search has it.
        near_grow: How far around the last box a followed face is looked for, in box widths on each side.
        near_step: As `step`, near the last box; finer, for it costs little there and steadies the box.
        near_neighbours: As `neighbours`, near the last box; lower, for a face was there a moment ago.
        most: Most faces that are reported, the largest ones.
    """

    side: int = 240
    smallest: int = 20
    step: float = 1.15
    neighbours: int = 3
    full_every: float = 1.0
    idle_every: float = 0.1
    near_face: int = 60
    near_grow: float = 0.35
    near_step: float = 1.1
    near_neighbours: int = 3
    most: int = 8


WIDEST: Final = 3
"""Most that a reduced frame is longer than it is high; a still wider one is reduced further."""

STILL_SIDE: Final = 800
STILL_LEAST: Final = 320
STILL_STEP: Final = 1.08
STILL_NEIGHBOURS: Final = 4
STILL_SMALLEST: Final = 30
# A face that fills the picture is only found when there is something around it; a quarter of the picture on each side
# is what the cascade's window needs.
STILL_BORDER: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Hit:
    box: Box
    votes: int


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    shared = _shared(a, b)
    return shared / (a.area + b.area - shared) if shared else 0.0


def _shared(a: Box, b: Box) -> int:
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return wide * high if wide > 0 and high > 0 else 0


def _clip(left: float, top: float, right: float, bottom: float, width: int, height: int) -> Box | None:
    """Whole pixels inside the frame; None when nothing is left."""
    x0, y0 = round(left), round(top)
    # Not round(right): a square stays a square.
    x1, y1 = min(width, x0 + round(right - left)), min(height, y0 + round(bottom - top))
    x, y = max(0, x0), max(0, y0)
    w, h = x1 - x, y1 - y
    return Box(x, y, w, h) if w > 0 and h > 0 else None


def _without_duplicates(hits: Iterable[_Hit]) -> list[Box]:
    """One box a face, largest first.

    The cascade groups hits of like size, so that a chin or a collar can still stand as a second box over the same
    face. Of two boxes where one has half of the smaller one's area in common, the one with more votes stays.
    """
    kept: list[Box] = []
    for hit in sorted(hits, key=lambda hit: (-hit.votes, -hit.box.area, hit.box)):
        if all(_shared(hit.box, box) <= 0.5 * min(hit.box.area, box.area) for box in kept):
            kept.append(hit.box)
    return sorted(kept, key=lambda box: (-box.area, box))


class HaarDetector:
    """Finds the faces of one stream of frames.

    It remembers the last boxes and looks there first, which costs a tenth of a full search; a full search follows when
    one of them is lost, and every `full_every` seconds for faces that came in. One instance a session: it is not
    shared between threads.

    Example:
        >>> detector = HaarDetector()
        >>> detector.detect(np.zeros((480, 640), np.uint8), at=0.0)
        []
    """

    def __init__(self, config: DetectorConfig | None = None) -> None:
        self._config = config or DetectorConfig()
        # The stub of OpenCV's wheel does not know `cv2.data`.
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + CASCADE)  # type: ignore[attr-defined]
        self.reset()

    def reset(self) -> None:
        """Forget the last faces: the next frame is searched whole."""
        self._last: list[Box] = []
        self._shape: tuple[int, int] = (0, 0)
        self._searched_at: float | None = None

    def detect(self, grey: NDArray[np.uint8], at: float) -> list[Box]:
        """The faces of the next frame of the stream.

        Args:
            grey: Shape (h, w). The size may change from frame to frame; then the last faces are forgotten.
            at: Seconds. A step back in time is answered with a full search.

        Returns:
            Boxes in pixels of the frame, inside it, largest first, at most `most`. Empty when there is no face, and
            for at most `idle_every` seconds after a frame in which there was none.
        """
        height, width = grey.shape[:2]
        if grey.shape[:2] != self._shape:
            self.reset()
            self._shape = (height, width)
        if min(height, width) < SMALLEST_FRAME:
            return []
        since = at - self._searched_at if self._searched_at is not None else None
        if not self._last and since is not None and 0.0 < since < self._config.idle_every:
            return []
        hits = [hit for box in self._last if (hit := self._near(grey, box)) is not None]
        lost = len(_without_duplicates(hits)) < len(self._last)
        if not self._last or lost or since is None or not 0.0 <= since < self._config.full_every:
            hits += self._full(grey)
            self._searched_at = at
        self._last = _without_duplicates(hits)[: self._config.most]
        return list(self._last)

    def search(self, grey: NDArray[np.uint8]) -> list[Box]:
        """The faces of a still picture: slower and more thorough, without memory of any frame before.

        Args:
            grey: Shape (h, w).

        Returns:
            Boxes in pixels of the picture, inside it, largest first.
        """
        height, width = grey.shape[:2]
        if min(height, width) < SMALLEST_FRAME:
            return []
        scale = min(STILL_SIDE / max(height, width), max(1.0, STILL_LEAST / max(height, width)))
        small = _resized(grey, scale)
        border = round(STILL_BORDER * min(small.shape))
        framed = np.asarray(
            cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE), dtype=np.uint8
        )
        hits = self._cascade_hits(
            framed, STILL_STEP, STILL_NEIGHBOURS, STILL_SMALLEST, max(framed.shape), (-border, -border), scale, grey
        )
        return _without_duplicates(hits)

    def _full(self, grey: NDArray[np.uint8]) -> list[_Hit]:
        config = self._config
        scale = min(1.0, config.side / min(grey.shape), WIDEST * config.side / max(grey.shape))
        small = _resized(grey, scale)
        return self._cascade_hits(
            small, config.step, config.neighbours, config.smallest, min(small.shape), (0, 0), scale, grey
        )

    def _near(self, grey: NDArray[np.uint8], last: Box) -> _Hit | None:
        """The face that was at `last` a moment ago, or None."""
        config = self._config
        height, width = grey.shape[:2]
        grow = config.near_grow * last.w
        region = _clip(last.x - grow, last.y - grow, last.x + last.w + grow, last.y + last.h + grow, width, height)
        if region is None:
            return None
        scale = min(1.0, config.near_face / last.w)
        small = _resized(grey[region.y : region.y + region.h, region.x : region.x + region.w], scale)
        size = last.w * scale
        hits = self._cascade_hits(
            small,
            config.near_step,
            config.near_neighbours,
            max(20, int(0.78 * size)),
            int(1.3 * size) + 1,
            (region.x * scale, region.y * scale),
            scale,
            grey,
        )
        best = max(hits, key=lambda hit: (overlap(hit.box, last), hit.votes), default=None)
        return best if best is not None and overlap(best.box, last) > 0.2 else None

    def _cascade_hits(
        self,
        small: NDArray[np.uint8],
        step: float,
        neighbours: int,
        smallest: int,
        largest: int,
        origin: tuple[float, float],
        scale: float,
        grey: NDArray[np.uint8],
    ) -> list[_Hit]:
        """Run the cascade and bring its boxes back to the frame.

        Args:
            small: The picture to search, a part of `grey` times `scale`.
            step: Ratio between two sizes that are tried.
            neighbours: Overlapping hits that make a face.
            smallest: In pixels of `small`.
            largest: In pixels of `small`.
            origin: Left and top of `small`, in pixels of `grey` times `scale`.
            scale: Pixels of `small` for one of `grey`.
            grey: The frame.
        """
        boxes, votes = self._cascade.detectMultiScale2(
            small,
            scaleFactor=step,
            minNeighbors=neighbours,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
        )
        height, width = grey.shape[:2]
        hits = []
        for (x, y, w, h), vote in zip(boxes, votes, strict=True):
            left, top = (x + origin[0]) / scale, (y + origin[1]) / scale
            box = _clip(left, top, left + w / scale, top + h / scale, width, height)
            if box is not None:
                hits.append(_Hit(box, int(vote)))
        return hits


def _resized(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=how)  # type: ignore[return-value]
