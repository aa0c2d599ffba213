"""From the mood the listener is in to the mood the music should have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from moodlib.emotions import BY_NAME
from moodlib.errors import InputError


@dataclass(frozen=True, slots=True)
class Target:
    """A place on the circumplex that the songs should be near.

    Attributes:
        valence: In [-1, 1].
        arousal: In [-1, 1].
    """

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        """Refuse a place outside the plane.

        Raises:
            InputError: A coordinate is not a number between -1 and 1.
        """
        for name, value in (("valence", self.valence), ("arousal", self.arousal)):
            if not -1.0 <= value <= 1.0:
                raise InputError(f"{name} is {value:g}; give a number between -1 and 1.")


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to answer a mood with music.

    Attributes:
        name: The word used in the command line and in files.
        label: What a button says.
        why: One sentence for the listener.
    """

    name: str
    label: str
    why: str


# People use music to keep a mood, to work through it, to relax and to revive: Saarikallio and Erkkilä 2007, Psychology
# of Music 35:88. Going there in steps from where the listener is (the iso principle) was tried by Starcke, Mayr and
# von Georgi 2021, Int. J. Environ. Res. Public Health 18:12486.
STRATEGIES: Final[dict[str, Strategy]] = {
    strategy.name: strategy
    for strategy in (
        Strategy("match", "Match my mood", "Songs that feel the way you look, so that the music meets you there."),
        Strategy("lift", "Lift me up", "Songs a clear step happier and a little livelier than you look."),
        Strategy("calm", "Calm me down", "Quieter songs that are at least as pleasant as you look."),
        Strategy("energise", "Energise me", "Livelier songs that are about as happy as you look."),
        Strategy("journey", "Take me along", "Starts where you are and leads, song by song, to where you want to be."),
    )
}

# How far each strategy moves along the axes, which span -1 to 1.
_SHIFTS: Final[dict[str, tuple[float, float]]] = {
    "match": (0.0, 0.0),
    "lift": (0.6, 0.15),
    "calm": (0.2, -0.6),
    "energise": (0.1, 0.6),
}

# A lift ends on the pleasant side and not below the middle in liveliness, however low it starts: 0.6 above "sad" still
# lay among songs that listeners call sad. It stays well short of "happy", which could be felt as mockery.
_LIFT_LEAST: Final = Target(0.3, 0.0)

# Where a journey ends: the word "happy", as in the study, in which sad music first and happy music after it worked.
_JOURNEY_END: Final = Target(BY_NAME["happy"].valence, BY_NAME["happy"].arousal)

# Moods that are no facial expression but that a listener may ask for. "calm" is rated 6.89 and 1.67 on scales from 1 to
# 9 by Warriner et al. 2013 (Behavior Research Methods 45:1191); "energetic" is our own choice: livelier than any of the
# seven emotions and pleasant.
_CALM: Final = Target((6.89 - 5) / 4, (1.67 - 5) / 4)
_OTHER_MOODS: Final[dict[str, Target]] = {
    "calm": _CALM,
    "relaxed": _CALM,
    "energetic": Target(0.5, 0.6),
}

MOODS: Final[tuple[str, ...]] = (*BY_NAME, *_OTHER_MOODS)
"""Every name that `target_of_emotion` knows."""


def target_for(strategy: str, valence: float, arousal: float) -> Target:
    """Where the songs should be for a listener who is at a place on the circumplex.

    Args:
        strategy: A name from `STRATEGIES`.
        valence: Of the listener, in [-1, 1].
        arousal: Of the listener, in [-1, 1].

    Returns:
        The listener's place moved by the strategy and clipped to the plane; for "journey" the place where it ends.

    Raises:
        InputError: There is no such strategy, or the place is outside the plane.
    """
    start = Target(valence, arousal)
    if strategy == "journey":
        return _JOURNEY_END
    if strategy not in _SHIFTS:
        raise InputError(f'There is no strategy "{strategy}"; choose one of {", ".join(STRATEGIES)}.')
    up, livelier = _SHIFTS[strategy]
    moved = Target(_clip(start.valence + up), _clip(start.arousal + livelier))
    if strategy == "lift":
        return Target(max(moved.valence, _LIFT_LEAST.valence), max(moved.arousal, _LIFT_LEAST.arousal))
    return moved


def target_of_emotion(name: str) -> Target:
    """The place of a mood's word on the circumplex.

    Args:
        name: One of the seven emotions, or "calm", "relaxed" or "energetic"; upper or lower case.

    Raises:
        InputError: There is no such mood.
    """
    key = name.strip().lower()
    if key in BY_NAME:
        return Target(BY_NAME[key].valence, BY_NAME[key].arousal)
    if key in _OTHER_MOODS:
        return _OTHER_MOODS[key]
    raise InputError(f'There is no mood "{name}"; choose one of {", ".join(MOODS)}.')


def journey_path(start: Target, end: Target, steps: int) -> list[Target]:
    """Even steps from one place to another, both included: one target a song.

    Args:
        start: Where the listener is.
        end: Where the listener wants to be.
        steps: How many targets, at least 1; a single one is the end.

    Raises:
        InputError: `steps` is below 1.
    """
    if steps < 1:
        raise InputError(f"A journey of {steps} steps is not possible; ask for at least 1.")
    if steps == 1:
        return [end]
    shares = [step / (steps - 1) for step in range(steps)]
    # Weighted this way round, both ends are met exactly.
    return [
        Target(
            _clip((1 - share) * start.valence + share * end.valence),
            _clip((1 - share) * start.arousal + share * end.arousal),
        )
        for share in shares
    ]


def _clip(value: float) -> float:
    return max(-1.0, min(1.0, value))
