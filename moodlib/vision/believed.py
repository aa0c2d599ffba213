"""Which of a cascade's hits are faces: the emotion network is asked, and where it is not sure the cascade once more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moodlib.vision.cascades import FRONT, Cascades, Grey, Hit, Look, around, overlap, shared, without_duplicates
from moodlib.vision.crop import crop_face
from moodlib.vision.looks import TILT

FaceCheck = Callable[[NDArray[np.uint8]], NDArray[np.floating[Any]]]
"""Grey pictures, uint8 (n, 48, 48), to how likely each is a face, (n,) in [0, 1]; see `EmotionClassifier`."""

SURE: Final = 8
"""Votes of the frontal cascade from which a hit is most likely a face."""
ENOUGH: Final = 1.5
"""What has to speak for a hit of few votes: the network's log-odds and what closer looks add to them."""
SURE_ENOUGH: Final = 0.0
"""The same for a hit of many votes: cascade and network are seldom wrong about the same thing."""
HOPELESS: Final = -3.0
"""Log-odds below which no closer look is worth its time."""
STILL_THERE: Final = 1.0
"""Log-odds from which a face that no cascade sees for a moment is still where it was."""

CLOSE_TILTS: Final = (0.0, TILT, -TILT, TILT / 2, -TILT / 2, 1.5 * TILT, -1.5 * TILT)
"""Degrees at which a doubtful hit is looked at more closely. A face is seen at several of them, if only by few votes;
what is none has more votes, if any, at a single one."""
CLOSE_SHARE: Final = 0.2
"""What a closer look adds for each doubling of its votes. Network and votes together tell faces from other hits better
than either of them."""
CLOSE_FACE: Final = 60
CLOSE_GROW: Final = 0.4
CLOSE_STEP: Final = 1.1
SAME: Final = 0.3
"""Overlap from which two hits are of the same face."""
MOST_DOUBTS: Final = 4
"""Hits of few votes that the network is asked about after one search, those with most: a busy wallpaper must not hold
up the video."""


def sure(hit: Hit) -> bool:
    """Whether so many windows agree on a hit that it is most likely a face."""
    return hit.look.cascade == FRONT and hit.votes >= SURE


def beyond(hits: Iterable[Hit], known: Iterable[Hit], most: int = MOST_DOUBTS) -> list[Hit]:
    """The hits that are not about a known face, those with most votes first; of few votes at most so many.

    One that lies half over a known face is that face, or its chin or collar.
    """
    faces = [hit.box for hit in known]
    new = [
        hit
        for hit in without_duplicates(hits)
        if all(shared(hit.box, face) <= 0.5 * min(hit.box.area, face.area) for face in faces)
    ]
    new.sort(key=lambda hit: (not sure(hit), -hit.votes))
    return new[: most + sum(map(sure, new))]


def believed(check: FaceCheck, cascades: Cascades, grey: Grey, hits: list[Hit]) -> list[Hit]:
    """Those of the hits that are faces, with the log-odds that they are.

    Args:
        check: What says how likely a picture is a face.
        cascades: For the closer looks.
        grey: The frame.
        hits: In pixels of the frame; the network is asked about all in one call.
    """
    asked = [replace(hit, odds=odds) for hit, odds in zip(hits, log_odds(check, grey, hits), strict=True)]
    return [
        hit
        for hit in asked
        if hit.odds >= HOPELESS and _closer(cascades, grey, hit, (SURE_ENOUGH if sure(hit) else ENOUGH) - hit.odds)
    ]


def log_odds(check: FaceCheck, grey: Grey, hits: list[Hit]) -> list[float]:
    """How likely each hit is a face by the network: log(p / (1 - p))."""
    if not hits:
        return []
    said = check(np.stack([crop_face(grey, hit.box, tilt=hit.look.tilt) for hit in hits]))
    likely = np.clip(said.astype(float), 1e-6, 1.0 - 1e-6)
    return [float(odds) for odds in np.log(likely / (1.0 - likely))]


def _closer(cascades: Cascades, grey: Grey, hit: Hit, missing: float) -> bool:
    """Whether closer looks by the frontal cascade add what is missing."""
    if missing <= 0.0:
        return True
    view, size = around(grey, hit, CLOSE_GROW, CLOSE_FACE)
    smallest, largest = max(20, int(0.7 * size)), int(1.4 * size) + 1
    for tilt in dict.fromkeys((hit.look.tilt, *CLOSE_TILTS)):
        seen = cascades.hits(view, Look(FRONT, tilt), CLOSE_STEP, 1, smallest, largest)
        votes = max((other.votes for other in seen if overlap(other.box, hit.box) > SAME), default=0)
        missing -= CLOSE_SHARE * math.log2(1 + votes)
        if missing <= 0.0:
            return True
    return False
