"""How varied lists are: distance within a list, share of the catalogue that ever shows, change from day to day."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.mood.target import MOODS, STRATEGIES, target_for, target_of_emotion
from moodlib.music import playlist, shown
from moodlib.music.presets import Setting
from moodlib.music.taste import NO_TASTE, sound
from moodlib.music.titles import artist_key, core_title
from moodlib.music.weights import Weights

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

Floats = NDArray[np.floating]
_ASKED: Final = tuple(mood for mood in MOODS if mood != "relaxed")
_WAYS: Final = tuple(name for name in STRATEGIES if name != "journey")
TOLERANCES: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Of the shuffle, in units of the score, that are compared; 0 is no shuffle."""
# No tolerance brings a song from below this place into a list.
_DEEP: Final = 3_000
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
    board = _Board(songs)
    still, daily = _shown(ranker, songs, False, 0), [_shown(ranker, songs, True, day) for day in range(days)]
    everything = pd.concat([still, *daily])
    return {
        "songs": len(songs),
        "days": days,
        "intra_list_distance_by_chance": board.by_chance(),
        "without_shuffle": board.figures(still),
        "with_shuffle": board.figures(pd.concat(daily)),
        "kept_from_day_to_day": _kept(daily),
        "repeated_artists": _repeated(everything, "artist", artist_key),
        "repeated_titles": _repeated(everything, "title", core_title),
        "tolerance": playlist.NEAR,
        "tolerances": tolerances(ranker, songs, days),
    }


def tolerances(ranker: Ranker, songs: pd.DataFrame, days: int) -> list[dict[str, float]]:
    """What the shuffle wins and costs by how far apart the scores may be that it swaps.

    Args:
        ranker: As for `measure`.
        songs: As for `measure`.
        days: As for `measure`.

    Returns:
        For each of `TOLERANCES` the share of the catalogue that shows within `days` days, the mean fit, what it is
        below that of no shuffle, and the share of a list that is there again on the next day.
    """
    board = _Board(songs)
    rankings = {}
    for mood, strategy in product(_ASKED, _WAYS):
        start = target_of_emotion(mood)
        ranked = ranker.rank(songs, target_for(strategy, start.valence, start.arousal), NO_TASTE, Weights())
        rankings[f"{mood} {strategy}"] = (shown.deal_of(strategy, start), ranked.head(_DEEP))
    rows: list[dict[str, float]] = []
    for near in TOLERANCES:
        daily = []
        for day in range(days):
            seed = shown.seed_of(_FIRST_DAY + day, 0, 0)
            lists = [
                playlist.pick(playlist.shuffled(ranked, seed, deal, near)).assign(list=name)
                for name, (deal, ranked) in rankings.items()
            ]
            daily.append(pd.concat(lists).assign(day=day))
        figures = board.figures(pd.concat(daily))
        lost = rows[0]["fit"] - figures["fit"] if rows else 0.0
        rows.append(
            {"tolerance": near, "coverage": figures["coverage"], "fit": figures["fit"], "fit_lost": lost}
            | {"kept_from_day_to_day": _kept(daily)}
        )
    return rows


class _Board:
    """Reads figures off lists."""

    def __init__(self, songs: pd.DataFrame) -> None:
        self._places = pd.DataFrame(sound(songs), index=songs["track_id"].to_numpy())
        self._usual = float(songs["popularity"].median())

    def by_chance(self) -> float:
        rng = np.random.default_rng(0)
        places = self._places.to_numpy()
        draws = (places[rng.choice(len(places), 10, replace=False)] for _ in range(200))
        return float(np.mean([intra_list_distance(each) for each in draws]))

    def figures(self, lists: pd.DataFrame) -> dict[str, float]:
        each = lists.groupby(["day", "list"])
        distances = each["track_id"].apply(lambda ids: intra_list_distance(self._places.loc[ids].to_numpy()))
        return {
            "lists": int(each.ngroups),
            "intra_list_distance": float(distances.mean()),
            "coverage": lists["track_id"].nunique() / len(self._places),
            "long_tail": float((lists["popularity"] < self._usual).mean()),
            "fit": float(each["fit"].mean().mean()),
        }


def _shown(ranker: Ranker, songs: pd.DataFrame, fresh: bool, day: int) -> pd.DataFrame:
    """All lists of a day as they are shown, with `day` and `list`; without the shuffle the day is -1."""
    seed = shown.seed_of(_FIRST_DAY + day, 0, 0)
    lists = []
    for mood, strategy in product(_ASKED, _WAYS):
        setting = Setting(strategy=strategy, fresh=fresh)
        chosen = shown.choose(ranker, songs, setting, target_of_emotion(mood), NO_TASTE, seed)
        lists.append(chosen.songs.assign(list=f"{mood} {strategy}"))
    return pd.concat(lists).assign(day=day if fresh else -1)


def _kept(daily: list[pd.DataFrame]) -> float:
    """Share of a day's songs that are in the same list on the next day."""
    shares = [
        today[["list", "track_id"]].merge(tomorrow[["list", "track_id"]]).shape[0] / len(today)
        for today, tomorrow in pairwise(daily)
    ]
    return float(np.mean(shares))


def _repeated(lists: pd.DataFrame, column: str, key: Callable[[str], str]) -> int:
    """How many songs of a list repeat an earlier one's artist or title."""
    return int(lists.assign(key=lists[column].map(key)).duplicated(["day", "list", "key"]).sum())
