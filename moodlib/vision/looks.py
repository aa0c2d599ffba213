"""In which ways a face is looked for, and in what order."""

from __future__ import annotations

from typing import Final, NamedTuple

from moodlib.vision.cascades import FRONT, PROFILE, SECOND, UPRIGHT, Look

TILT: Final = 22.0
"""Degrees of the tilted looks. The cascade finds heads up to about 14 degrees from upright, so that these reach from 8
to 36 on each side."""

LEFT, RIGHT = Look(FRONT, TILT), Look(FRONT, -TILT)
SECOND_LOOKS: Final = (Look(SECOND), Look(SECOND, TILT), Look(SECOND, -TILT))
PROFILES: Final = (Look(PROFILE), Look(PROFILE, mirror=True))

STILL_LOOKS: Final = (LEFT, RIGHT, *SECOND_LOOKS, *PROFILES)
"""What is tried in a still picture after the upright look."""

IDLE_LOOKS: Final = (UPRIGHT, *STILL_LOOKS)
"""What a stream without a face tries."""


class Step(NamedTuple):
    """One search of a stream without a face: a look at the faces of some sizes, for one at all sizes takes too long.

    Attributes:
        look: How.
        small: Whether the small faces are looked for, which takes as long as all the larger ones.
    """

    look: Look
    small: bool = False


IDLE_STEPS: Final = (
    *(Step(UPRIGHT), Step(UPRIGHT, small=True), Step(LEFT), Step(RIGHT), *(Step(look) for look in SECOND_LOOKS)),
    *(Step(UPRIGHT), Step(SECOND_LOOKS[0], small=True), Step(LEFT, small=True), Step(RIGHT, small=True)),
    *(Step(UPRIGHT, small=True), *(Step(look) for look in PROFILES)),
    *(Step(look, small=True) for look in SECOND_LOOKS[1:]),
)
"""Their order, one a frame: whoever comes in is most likely upright and near."""


def beside(look: Look) -> list[Look]:
    """How a face may be seen a moment after it was seen like this."""
    if look.cascade == PROFILE:
        return [UPRIGHT]
    if look.tilt:
        return [UPRIGHT, Look(SECOND if look.cascade == FRONT else FRONT, look.tilt)]
    return [Look(FRONT, TILT), Look(FRONT, -TILT), Look(SECOND if look.cascade == FRONT else FRONT)]
