"""The face as the network sees it, cut out of a frame."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.vision.reading import Box

SIDE: Final = 48
"""Height and width in pixels of the face that the network sees."""

MARGIN: Final = 0.0
"""Share of the box's side added on each side before the crop.

The detector's box is as wide as a FER-2013 face, so that none is needed. Right by FER-2013's label / by FER+'s
majority, on the 782 of 1,000 PublicTest faces that the detector finds: -0.15 63 / 78 %, -0.05 66 / 86 %, 0 66 / 86 %,
0.05 64 / 87 %, 0.1 65 / 86 %, 0.2 61 / 84 %, 0.3 53 / 78 %; cut out exactly 68 / 88 %. From -0.05 to 0.1 the
differences are within chance (standard error 1.7 points). More of it in benchmarks/results/margin.json;
python benchmarks/margin.py --data FILE --limit 1000
"""


def crop_face(grey: NDArray[np.uint8], box: Box, margin: float = MARGIN, tilt: float = 0.0) -> NDArray[np.uint8]:
    """Cut a face out of a frame as the network wants it: square, upright, 48 pixels wide.

    A square around the box's centre, as wide as the box's longer side and `margin` of it more on each side. Where it
    reaches over the frame the border's pixels are repeated: a black band would look like hair.

    Args:
        grey: The frame, shape (h, w).
        box: Where the face is.
        margin: Share of the side, > -0.5.
        tilt: Degrees by which the head is tilted, counter-clockwise positive; it is turned back upright.

    Returns:
        uint8, shape (48, 48).
    """
    height, width = grey.shape[:2]
    side = max(1, round(max(box.w, box.h) * (1 + 2 * margin)))
    # A square that is to be turned needs its corners from around it.
    wide = side if tilt == 0.0 else math.ceil(side * math.sqrt(2))
    left, top = round(box.x + (box.w - wide) / 2), round(box.y + (box.h - wide) / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + wide), min(height, top + wide)
    cut = grey[y0:y1, x0:x1]
    over = (y0 - top, top + wide - y1, x0 - left, left + wide - x1)
    if any(over):
        cut = cv2.copyMakeBorder(cut, *over, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    if tilt:
        middle = (wide - 1) / 2
        turn = cv2.getRotationMatrix2D((middle, middle), -tilt, 1.0)
        turn[:, 2] += np.full(2, (side - wide) / 2)
        cut = cv2.warpAffine(cut, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    return cv2.resize(cut, (SIDE, SIDE), interpolation=how)  # type: ignore[return-value]
