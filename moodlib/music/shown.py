"""The list that is shown: what a setting, a mood and a taste make of the songs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from moodlib.mood.target import Target, target_for, target_of_emotion
from moodlib.music import explain, journey, playlist
from moodlib.music.presets import Setting
from moodlib.music.taste import Taste

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

_SESSIONS: Final = 10_000
_SHUFFLES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A list and what it was chosen from.

    Attributes:
        start: Where the listener is.
        target: Where the ranker aimed; for a journey where it ends.
        place: Place of each song of the whole ranking, from 1, by its id; after the shuffle.
        songs: The list: rows of the ranking with `rank` counted from 1 and `moved`, the places gained since the list
            before (a song that was not on it moved from its place in the whole ranking), NaN when there was none; and
            `why`, one sentence.
        left: How many songs the filters left.
    """

    start: Target
    target: Target
    place: pd.Series[int]
    songs: pd.DataFrame
    left: int


def seed_of(day: int, session: int, shuffles: int) -> int:
    """The seed of a shuffle: another one every day, in every session and after every press of the button."""
    return (day * _SESSIONS + session % _SESSIONS) * _SHUFFLES + shuffles % _SHUFFLES


def deal_of(strategy: str, start: Target) -> str:
    """What the shuffle deals its cards for: each mood and strategy for itself."""
    return f"{strategy} {start.valence:.3f} {start.arousal:.3f}"


def choose(
    ranker: Ranker,
    songs: pd.DataFrame,
    setting: Setting,
    start: Target,
    taste: Taste,
    seed: int,
    before: Shown | None = None,
) -> Shown:
    """The list for a listener.

    Args:
        ranker: Orders the songs.
        songs: All there are; keep the object, for the ranker remembers it.
        setting: What was set.
        start: Where the listener is.
        taste: What they like.
        seed: Of the shuffle, when the setting wants one.
        before: The list that `moved` is counted from.

    Raises:
        InputError: The filters leave nothing, or a journey is not possible.
    """
    shuffle = seed if setting.fresh else None
    if setting.strategy == "journey":
        return _journey(ranker, songs, setting, start, taste, shuffle, before)
    target = target_for(setting.strategy, start.valence, start.arousal)
    ranked = setting.filters.apply(ranker.rank(songs, target, taste, setting.weights))
    ranked = ranked[playlist.wanted(ranked, taste)].reset_index(drop=True)
    ranked = playlist.shuffled(ranked, shuffle, deal_of(setting.strategy, start))
    place = pd.Series(np.arange(1, len(ranked) + 1), index=ranked["track_id"].to_numpy())
    picked = playlist.pick(ranked, setting.length, None, setting.per_artist)
    picked = picked.assign(why=explain.reasons(ranker, picked, [target] * len(picked), taste, songs))
    return Shown(start, target, place, _with_moves(picked, before), len(ranked))


def aim(song: Mapping[Any, Any], strategy: str, target: Target) -> Target:
    """What a song of a list was ranked for: the list's target, or on a journey its own step of the way."""
    if strategy != "journey":
        return target
    return Target(float(song["step_valence"]), float(song["step_arousal"]))


def _journey(
    ranker: Ranker,
    songs: pd.DataFrame,
    setting: Setting,
    start: Target,
    taste: Taste,
    seed: int | None,
    before: Shown | None,
) -> Shown:
    end = target_of_emotion(setting.to)
    left = setting.filters.apply(songs)
    count = setting.length if setting.minutes is None else None
    picked = journey.plan(
        ranker, songs, start, end, taste, setting.weights, count, setting.minutes, seed, setting.filters
    )  # fmt: skip
    place = picked.set_index("track_id")["rank"]
    steps = [aim(song, setting.strategy, end) for song in picked.to_dict("records")]
    picked = picked.assign(why=explain.reasons(ranker, picked, steps, taste, songs))
    return Shown(start, end, place, _with_moves(picked, before), len(left))


def _with_moves(picked: pd.DataFrame, before: Shown | None) -> pd.DataFrame:
    now = np.arange(1, len(picked) + 1)
    if before is None:
        return picked.assign(rank=now, moved=np.nan)
    listed = before.songs.set_index("track_id")["rank"]
    # On the list a song's place is its number there; below it, its place in the ranking, never above the list's end.
    then = before.place.clip(lower=len(listed) + 1).reindex(picked["track_id"]).to_numpy(dtype=float)
    known = listed.reindex(picked["track_id"]).to_numpy(dtype=float)
    return picked.assign(rank=now, moved=np.where(np.isnan(known), then, known) - now)
