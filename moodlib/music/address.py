"""A setting as the keys and values of an address, so that a link brings it back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.mood.target import MOODS, STRATEGIES
from moodlib.music.filters import Filters
from moodlib.music.presets import DEFAULT, ERA, LENGTHS, MINUTES, PER_ARTIST, TEMPO, Setting
from moodlib.music.weights import WEIGHTS, Weight, Weights

OTHER: Final = "b_"
"""Before the keys of the setting that the first one is compared with."""
_SEEDS: Final = (0, 10**15)
_NOT_SAID: Final = "-"
_RANGES: Final = {"years": ERA, "tempo": TEMPO}


@dataclass(frozen=True, slots=True)
class Link:
    """What an address says.

    Attributes:
        setting: The setting.
        other: The one it is compared with, if any.
        mood: The mood that was picked by hand, if any.
        seed: Of the shuffle, if any.
    """

    setting: Setting = DEFAULT
    other: Setting | None = None
    mood: str | None = None
    seed: int | None = None


def write(link: Link) -> dict[str, str]:
    """Keys and values of an address. Everything is written down, so that the link outlives a change of defaults."""
    said = {} if link.mood is None else {"mood": link.mood}
    said |= _written(link.setting)
    if link.other is not None:
        said |= {OTHER + key: value for key, value in _written(link.other).items()}
    return said if link.seed is None else said | {"seed": str(link.seed)}


def read(said: Mapping[str, str]) -> tuple[Link, list[str]]:
    """What an address says, as far as it makes sense.

    Args:
        said: Keys and values of the address.

    Returns:
        The link, with the default for whatever is missing or makes no sense, and one sentence for each such value.
    """
    problems = [
        f'The address names "{key[:40]}", which is no setting of this page; it was left out.'
        for key in said
        if key.removeprefix(OTHER) not in KEYS and key not in ("mood", "seed")
    ]
    mine = {key: value for key, value in said.items() if not key.startswith(OTHER)}
    theirs = {key.removeprefix(OTHER): value for key, value in said.items() if key.startswith(OTHER)}
    mood = _take(mine, "mood", _one_of(NAMES), None, "one of the seven emotions", problems)
    seed = _take(mine, "seed", _whole(_SEEDS), None, "a whole number", problems)
    other = _read(theirs, problems, OTHER) if theirs else None
    return Link(_read(mine, problems), other, mood, seed), problems


def _written(setting: Setting) -> dict[str, str]:
    filters = setting.filters
    return {
        "strategy": setting.strategy,
        "to": setting.to,
        "songs": str(setting.length),
        "minutes": _NOT_SAID if setting.minutes is None else str(setting.minutes),
        **{weight.name: _number(getattr(setting.weights, weight.name)) for weight in WEIGHTS},
        "years": _span(filters.year_from, filters.year_to),
        "tempo": _span(filters.tempo_from, filters.tempo_to),
        "per_artist": str(setting.per_artist),
        "fresh": str(int(setting.fresh)),
    }


def _number(value: float) -> str:
    # The shortest text that gives the same number back, without the ".0" of a whole one.
    return repr(float(value)).removesuffix(".0")


def _span(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else f'{low:g}'}-{'' if high is None else f'{high:g}'}"


KEYS: Final[tuple[str, ...]] = tuple(_written(DEFAULT))
"""The keys of one setting, in the order in which they are written."""


def _read(said: Mapping[str, str], problems: list[str], before: str = "") -> Setting:
    def take(key: str, convert: Callable[[str], Any], default: Any, wanted: str) -> Any:
        return _take(said, key, convert, default, wanted, problems, before)

    years = take("years", _between(ERA), (None, None), f"two years such as {ERA[0]}-{ERA[1]}")
    tempos = take("tempo", _between(TEMPO), (None, None), f"two tempos such as {TEMPO[0]}-{TEMPO[1]}")
    return Setting(
        strategy=take("strategy", _one_of(STRATEGIES), DEFAULT.strategy, f"one of {', '.join(STRATEGIES)}"),
        to=take("to", _one_of(MOODS), DEFAULT.to, f"one of {', '.join(MOODS)}"),
        length=take("songs", _whole(LENGTHS), DEFAULT.length, f"a whole number from {LENGTHS[0]} to {LENGTHS[1]}"),
        minutes=take("minutes", _minutes, DEFAULT.minutes, f"a whole number from {MINUTES[0]} to {MINUTES[1]}"),
        weights=_weights(take, problems),
        filters=Filters(
            None if years[0] is None else int(years[0]), None if years[1] is None else int(years[1]), *tempos
        ),
        per_artist=take(
            "per_artist",
            _whole(PER_ARTIST),
            DEFAULT.per_artist,
            f"a whole number from {PER_ARTIST[0]} to {PER_ARTIST[1]}",
        ),
        fresh=bool(take("fresh", _whole((0, 1)), int(DEFAULT.fresh), "0 or 1")),
    )


def _weights(take: Callable[..., Any], problems: list[str]) -> Weights:
    values = {
        w.name: take(w.name, _within(w), w.default, f"a number from {w.low:g} to {w.high:g}") for w in WEIGHTS
    }  # fmt: skip
    try:
        return Weights(**values)
    except InputError as error:
        problems.append(f"{error} The defaults stand in for the weights of the address.")
        return Weights()


def _take(
    said: Mapping[str, str],
    key: str,
    convert: Callable[[str], Any],
    default: Any,
    wanted: str,
    problems: list[str],
    before: str = "",
) -> Any:
    """The value of a key; the default, and a sentence when it is there and makes no sense."""
    if key not in said:
        return default
    try:
        return convert(said[key].strip())
    except ValueError:
        problems.append(
            f'The address says {before}{key}="{said[key][:40]}"; {wanted} was expected, so the default stands.'
        )
        return default


def _one_of(names: Any) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return convert


def _whole(ends: tuple[int, int]) -> Callable[[str], int]:
    def convert(text: str) -> int:
        # int() would also take "1_0" and digits of other scripts.
        if not (text.isascii() and text.isdigit()) or not ends[0] <= int(text[:20]) <= ends[1]:
            raise ValueError(text)
        return int(text)

    return convert


def _minutes(text: str) -> int | None:
    return None if text == _NOT_SAID else _whole(MINUTES)(text)


def _within(weight: Weight) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not weight.low <= value <= weight.high:
            raise ValueError(text)
        return value

    return convert


def _between(ends: tuple[int, int]) -> Callable[[str], tuple[float | None, float | None]]:
    def convert(text: str) -> tuple[float | None, float | None]:
        first, dash, last = text.partition("-")
        whole = _whole(ends)
        low, high = (whole(part) if part else None for part in (first, last))
        if not dash or (low is not None and high is not None and low > high):
            raise ValueError(text)
        return low, high

    return convert
