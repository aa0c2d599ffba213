"""All that a listener can set, as one value; and named settings to begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from moodlib.errors import InputError
from moodlib.mood.target import MOODS, STRATEGIES
from moodlib.music.filters import Filters
from moodlib.music.weights import Weights

LENGTHS: Final = (5, 30)
"""Fewest and most songs of a list."""
DEFAULT_LENGTH: Final = 10
MINUTES: Final = (10, 90)
"""Shortest and longest journey that the pages offer; at most as many songs as a list can show at once."""
PER_ARTIST: Final = (1, 5)
"""How many songs of one artist a list may hold: one, unless more are asked for."""
ERA: Final = (1950, 2025)
"""Ends of the slider for years; an end stands for everything beyond."""
TEMPO: Final = (40, 220)
"""Ends of the slider for tempo, in beats a minute; likewise."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the list is made by: sliders, presets and the address all read and write this.

    Attributes:
        strategy: A name from `STRATEGIES`.
        to: The mood that a journey leads to, a name from `MOODS`.
        length: How many songs, within `LENGTHS`.
        minutes: How long a journey lasts, within `MINUTES`; None when `length` says it. Other strategies pass over it.
        weights: How much each part of the score counts.
        filters: Years and tempos that are allowed.
        per_artist: How many songs of one artist, within `PER_ARTIST`.
        fresh: Whether songs that fit about equally well change places from day to day.

    Raises:
        InputError: A value is out of its range.
    """

    strategy: str = "match"
    to: str = "happy"
    length: int = DEFAULT_LENGTH
    minutes: int | None = None
    weights: Weights = field(default_factory=Weights)
    filters: Filters = field(default_factory=Filters)
    per_artist: int = 1
    fresh: bool = True

    def __post_init__(self) -> None:
        """Check what no other type checks."""
        if self.strategy not in STRATEGIES:
            raise InputError(f'There is no strategy "{self.strategy}"; choose one of {", ".join(STRATEGIES)}.')
        if self.to not in MOODS:
            raise InputError(f'There is no mood "{self.to}" to go to; choose one of {", ".join(MOODS)}.')
        for what, value, (low, high) in (
            ("songs", self.length, LENGTHS),
            ("songs of one artist", self.per_artist, PER_ARTIST),
        ):
            if not low <= value <= high:
                raise InputError(f"The list can have {low} to {high} {what}, not {value}.")
        if self.minutes is not None and not MINUTES[0] <= self.minutes <= MINUTES[1]:
            raise InputError(f"A journey can last {MINUTES[0]} to {MINUTES[1]} minutes, not {self.minutes}.")


DEFAULT: Final = Setting()


@dataclass(frozen=True, slots=True)
class Preset:
    """A setting with a name.

    Attributes:
        name: What a button says.
        why: One sentence on what it is for.
        setting: What it sets.
    """

    name: str
    why: str
    setting: Setting


PRESETS: Final[tuple[Preset, ...]] = (
    Preset("Balanced", "The mood first, then your taste, with a little weight on well-known songs.", DEFAULT),
    Preset(
        "Discover",
        "Songs that few people play and that you have not rated.",
        Setting(weights=Weights(popularity=0.0, novelty=0.6, variety=0.4)),
    ),
    Preset("Sing along", "Songs that most people know.", Setting(weights=Weights(popularity=0.8))),
    Preset(
        "Campfire",
        "Acoustic and rather quiet.",
        Setting(weights=Weights(energy=-0.3, acousticness=0.7)),
    ),
    Preset(
        "Run",
        "Lively songs between 150 and 185 beats a minute, in step with quick feet.",
        Setting(
            strategy="energise", length=20, weights=Weights(energy=0.5), filters=Filters(tempo_from=150, tempo_to=185)
        ),
    ),
    Preset("Nineties", "Nothing but 1990 to 1999.", Setting(filters=Filters(year_from=1990, year_to=1999))),
    Preset(
        "My taste",
        "What goes with the songs you liked counts twice as much as the mood.",
        Setting(weights=Weights(mood_fit=0.7, taste=1.4, popularity=0.0)),
    ),
    Preset(
        "Slowly up",
        "A journey of twelve songs from where you are to happy.",
        Setting(strategy="journey", to="happy", length=12),
    ),
)
