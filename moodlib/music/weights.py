"""The knobs of the ranker. Sliders, addresses, command-line options and presets all read this one definition."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

from moodlib.errors import InputError


@dataclass(frozen=True, slots=True)
class Weight:
    """One knob: how much one part of the score counts.

    Attributes:
        name: Field of `Weights`, key in an address, and the end of the part's column (`part_<name>`).
        label: What stands beside the slider.
        low: Smallest value.
        high: Largest value.
        default: Value before the listener touches it.
        help: One sentence on what it does.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    help: str


WEIGHTS: Final[tuple[Weight, ...]] = (
    Weight("mood_fit", "Mood fit", 0.0, 2.0, 1.0, "How much it counts that the song feels like the mood asked for."),
    Weight("taste", "Your taste", 0.0, 2.0, 0.6, "How much it counts that the song goes with the ones you liked."),
    Weight("popularity", "Well known", 0.0, 1.0, 0.1, "Moves songs up that many people play."),
    Weight("novelty", "New to you", 0.0, 1.0, 0.0, "Moves songs up that few people play and that you have not rated."),
    Weight("energy", "Energy", -1.0, 1.0, 0.0, "To the right: livelier songs. To the left: quieter ones."),
    Weight("acousticness", "Acoustic", -1.0, 1.0, 0.0, "To the right: acoustic songs. To the left: electronic ones."),
    Weight("variety", "Artist variety", 0.0, 1.0, 0.1, "Moves an artist's second, third and later songs down."),
)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the score counts; one field per entry of `WEIGHTS`.

    Raises:
        InputError: A value is not a number, outside its knob's range, or all are zero.
    """

    mood_fit: float = WEIGHTS[0].default
    taste: float = WEIGHTS[1].default
    popularity: float = WEIGHTS[2].default
    novelty: float = WEIGHTS[3].default
    energy: float = WEIGHTS[4].default
    acousticness: float = WEIGHTS[5].default
    variety: float = WEIGHTS[6].default

    def __post_init__(self) -> None:
        """Check the values against their knobs."""
        for weight in WEIGHTS:
            value = getattr(self, weight.name)
            if not math.isfinite(value) or not weight.low <= value <= weight.high:
                raise InputError(
                    f'The weight "{weight.label}" is {value:g}; give a number from {weight.low:g} to {weight.high:g}.'
                )
        if all(getattr(self, field.name) == 0 for field in fields(self)):
            raise InputError("All weights are zero, so no song is better than another; raise one of them.")


MOOD_ONLY: Final = Weights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Nothing but the mood: for ranking somebody's own songs and for measuring."""
