"""In which ways a face is looked for, and in what order."""

from __future__ import annotations

from typing import Final

from moodlib.vision.cascades import FRONT, PROFILE, SECOND, UPRIGHT, Look

TILT: Final = 22.0
"""Degrees of the tilted looks. The cascade finds heads up to about 14 degrees from upright, so that these reach from 8
to 36 on each side."""

LEFT, RIGHT = Look(FRONT, TILT), Look(FRONT, -TILT)
SECOND_LOOKS: Final = (Look(SECOND), Look(SECOND, TILT), Look(SECOND, -TILT))
PROFILES: Final = (Look(PROFILE), Look(PROFILE, mirror=True))

STILL_LOOKS: Final = ((LEFT, RIGHT), SECOND_LOOKS, PROFILES)
"""What is tried in a still picture, one group after the other, until somebody is found."""

IDLE_LOOKS: Final = (UPRIGHT, LEFT, RIGHT, UPRIGHT, *SECOND_LOOKS, UPRIGHT, *PROFILES)
"""What a stream without a face tries, one a search."""


def beside(look: Look) -> list[Look]:
    """How a face may be seen a moment after it was seen like this."""
    if look.cascade == PROFILE:
        return [UPRIGHT]
    if look.tilt:
        return [UPRIGHT, Look(SECOND if look.cascade == FRONT else FRONT, look.tilt)]
    return [Look(FRONT, TILT), Look(FRONT, -TILT), Look(SECOND if look.cascade == FRONT else FRONT)]
