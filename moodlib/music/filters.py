"""Bounds that songs must keep, whatever their score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from moodlib.errors import InputError


@dataclass(frozen=True, slots=True)
class Filters:
    """Ranges that the listener wants songs from; None leaves an end open.

    Attributes:
        year_from: First year.
        year_to: Last year.
        tempo_from: Slowest tempo in beats a minute.
        tempo_to: Fastest tempo in beats a minute.
    """

    year_from: int | None = None
    year_to: int | None = None
    tempo_from: float | None = None
    tempo_to: float | None = None

    def apply(self, songs: pd.DataFrame) -> pd.DataFrame:
        """The songs within the ranges, in the same order. The same object comes back when no range is set.

        Args:
            songs: With columns `year` and `tempo`.

        Raises:
            InputError: No song is left; says which filter to loosen.
        """
        ranges = {
            "year": (self.year_from, self.year_to),
            "tempo": (self.tempo_from, self.tempo_to),
        }
        kept = {
            name: _within(songs[name].to_numpy(dtype=float), low, high)
            for name, (low, high) in ranges.items()
            if low is not None or high is not None
        }
        if not kept:
            return songs
        left = np.logical_and.reduce(list(kept.values()))
        if not left.any():
            raise InputError(_what_to_loosen(kept, ranges))
        chosen: pd.DataFrame = songs[left]
        return chosen


OPEN: Final = Filters()
"""No bounds."""


def _within(values: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))


def _what_to_loosen(kept: dict[str, np.ndarray], ranges: dict[str, tuple[float | None, float | None]]) -> str:
    """Names the filter that leaves least; when each alone leaves songs, any one may be loosened."""
    name = min(kept, key=lambda key: int(kept[key].sum()))
    low, high = ranges[name]
    words = f"{'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"
    alone = int(kept[name].sum())
    if alone:
        return f"These filters together leave no song; loosen the {name} first ({words} alone leaves {alone:,} songs)."
    return f"No song has a {name} from {words}; loosen the {name} filter."
