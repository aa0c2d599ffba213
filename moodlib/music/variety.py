"""How varied lists are: distance within a list, share of the catalogue that ever shows, change from day to day."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.mood.target import MOODS, STRATEGIES, target_of_emotion
from moodlib.music import shown
from moodlib.music.presets import Setting
from moodlib.music.taste import NO_TASTE, sound
from moodlib.music.titles import artist_key, core_title

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

Floats = NDArray[np.floating]
_ASKED: Final = tuple(mood for mood in MOODS if mood != "relaxed")
_WAYS: Final = tuple(name for name in STRATEGIES if name != "journey")
# Any day will do; a fixed one makes the figures repeatable.
_FIRST_DAY: Final = 739_000


def intra_list_distance(places: Floats) -> float:
    """Mean distance between the songs of a list in audio space (Ziegler et al. 2005, WWW), in standard deviations.

    Args:
        places: Of `taste.sound`, shape (k, 8); NaN for fewer than two.
    """
    if len(places) < 2:
        return float("nan")
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    return float(away[np.triu_indices(len(places), 1)].mean())


def measure(ranker: Ranker, songs: pd.DataFrame, days: int) -> dict[str, Any]:
    """Figures over the lists of all moods and strategies, with the shuffle on every day and without it.

    Args:
        ranker: Orders the songs.
        songs: The catalogue.
        days: How many days' lists are made, at least 2.
    """
    everything = sound(songs)
    row_of = {track_id: row for row, track_id in enumerate(songs["track_id"])}
    rng = np.random.default_rng(0)
    by_chance = [intra_list_distance(everything[rng.choice(len(songs), 10, replace=False)]) for _ in range(200)]
    popularity = songs["popularity"].to_numpy(dtype=float)

    def figures(lists: list[list[str]], fits: list[float]) -> dict[str, float]:
        rows = [np.array([row_of[i] for i in each]) for each in lists]
        shown_rows = np.concatenate(rows)
        return {
            "lists": len(lists),
            "intra_list_distance": float(np.mean([intra_list_distance(everything[each]) for each in rows])),
            "coverage": len(np.unique(shown_rows)) / len(songs),
            "long_tail": float((popularity[shown_rows] < np.median(popularity)).mean()),
            "fit": float(np.mean(fits)),
        }

    def lists(fresh: bool, day: int) -> tuple[list[list[str]], list[float], int, int]:
        made, fits, artists, titles = [], [], 0, 0
        for mood, strategy in product(_ASKED, _WAYS):
            seed = shown.seed_of(_FIRST_DAY + day, 0, 0)
            setting = Setting(strategy=strategy, fresh=fresh)
            table = shown.choose(ranker, songs, setting, target_of_emotion(mood), NO_TASTE, seed).songs
            made.append(table["track_id"].tolist())
            fits.append(float(table["fit"].mean()))
            artists += int(table["artist"].map(artist_key).duplicated().sum())
            titles += int(table["title"].map(core_title).duplicated().sum())
        return made, fits, artists, titles

    still = lists(False, 0)
    daily = [lists(True, day) for day in range(days)]
    kept = [
        len(set(one) & set(other)) / len(one)
        for today, tomorrow in pairwise(daily)
        for one, other in zip(today[0], tomorrow[0], strict=True)
    ]
    return {
        "songs": len(songs),
        "days": days,
        "intra_list_distance_by_chance": float(np.mean(by_chance)),
        "without_shuffle": figures(still[0], still[1]),
        "with_shuffle": figures([each for day in daily for each in day[0]], [fit for day in daily for fit in day[1]]),
        "kept_from_day_to_day": float(np.mean(kept)),
        "repeated_artists": sum(day[2] for day in (still, *daily)),
        "repeated_titles": sum(day[3] for day in (still, *daily)),
    }
