"""A second look at hits that may be no face: close by, by the frontal cascade, with the head tilted and not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from moodlib.vision.cascades import (
    FRONT,
    PROFILE,
    Cascades,
    Grey,
    Hit,
    Look,
    View,
    clip,
    overlap,
    part,
    shared,
    without_duplicates,
)
from moodlib.vision.looks import TILT

SURE: Final = 8
"""Votes of the frontal cascade from which a hit needs no closer look."""
CLOSE_TILTS: Final = (0.0, TILT, -TILT, TILT / 2, -TILT / 2, 1.5 * TILT, -1.5 * TILT)
"""Degrees at which a doubtful hit is looked at again."""
CLOSE_ENOUGH: Final = 5.5
"""What the closer looks together have to say of a face: the sum over them of log2(1 + votes).

A face is seen at several tilts, if only by few votes; what is none has more votes, if any, at a single one.
"""
PROFILE_VOTES: Final = 3
"""Votes with which a profile stands, which the frontal cascade need not know. False ones had 2 at most."""
CLOSE_FACE: Final = 60
CLOSE_GROW: Final = 0.4
CLOSE_STEP: Final = 1.1
MOST_DOUBTS: Final = 4
"""Hits of one search that are looked at again, those with most votes: a busy wallpaper must not hold up the video."""
SAME: Final = 0.3
"""Overlap from which two hits are of the same face."""


def sure(hit: Hit) -> bool:
    """Whether a hit needs no closer look."""
    return hit.look.cascade == FRONT and hit.votes >= SURE


def doubts(hits: Iterable[Hit], known: Iterable[Hit] = (), most: int = MOST_DOUBTS) -> list[Hit]:
    """The hits that need a closer look, the likeliest first, at most so many.

    One that lies half over a surer hit or over a known face is its chin or collar, and is left out.
    """
    faces = [hit.box for hit in known]
    left = [
        hit
        for hit in without_duplicates(hits)
        if not sure(hit) and all(shared(hit.box, face) <= 0.5 * min(hit.box.area, face.area) for face in faces)
    ]
    return sorted(left, key=lambda hit: -hit.votes)[:most]


def checked(cascades: Cascades, grey: Grey, hits: Iterable[Hit]) -> list[Hit]:
    """Those of the hits that are faces after a closer look, as that look sees them."""
    return [better for hit in hits if (better := closer(cascades, grey, hit)) is not None]


def closer(cascades: Cascades, grey: Grey, hit: Hit) -> Hit | None:
    """The same face as the frontal cascade sees it close by; None when it does not."""
    view, size = around(grey, hit, CLOSE_GROW, CLOSE_FACE)
    best, said = hit, 0.0
    smallest, largest = max(20, int(0.7 * size)), int(1.4 * size) + 1
    for tilt in dict.fromkeys((hit.look.tilt, *CLOSE_TILTS)):
        seen = cascades.hits(view, Look(FRONT, tilt), CLOSE_STEP, 1, smallest, largest)
        same = [other for other in seen if overlap(other.box, hit.box) > SAME]
        if same:
            most = max(same, key=lambda other: other.votes)
            best = most if best is hit or most.votes > best.votes else best
            said += math.log2(1 + most.votes)
        if said >= CLOSE_ENOUGH:
            return best
    return hit if hit.look.cascade == PROFILE and hit.votes >= PROFILE_VOTES else None


def around(grey: Grey, hit: Hit, grow: float, side: int) -> tuple[View, float]:
    """What surrounds a box, reduced until the box is `side` pixels wide, and how wide it is then."""
    height, width = grey.shape[:2]
    box, more = hit.box, grow * hit.box.w
    region = clip(box.x - more, box.y - more, box.x + box.w + more, box.y + box.h + more, height, width)
    scale = min(1.0, side / box.w)
    # A box lies inside the frame, so that there is always a region.
    return part(grey, region or box, scale), box.w * scale
