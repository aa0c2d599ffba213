"""A journey: songs that begin where the listener is and lead in even steps to where they want to be.

The iso principle of music therapy. Starcke, Mayr and von Georgi 2021 (Int. J. Environ. Res. Public Health 18:12486) saw
positive affect rise when sad music was followed by happy music after an induced sadness.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.errors import InputError
from moodlib.mood.target import Target, journey_path
from moodlib.music.filters import OPEN, Filters
from moodlib.music.playlist import noise, wanted
from moodlib.music.taste import Taste
from moodlib.music.titles import artist_key, core_title
from moodlib.music.weights import Weights

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

ENERGY_BOUND: Final = 0.15
"""How much Spotify's energy, from 0 to 1, may change from one song to the next."""
TEMPO_BOUND: Final = 0.12
"""How much the beat may change from one song to the next, as a share; half and double of a tempo are the same beat."""
SONGS: Final = (2, 50)
MINUTES: Final = (6.0, 180.0)
DEFAULT_SONGS: Final = 12

# Nearer than this, two places are the same mood: about the distance from "disgust" to "fear" is 0.3.
_SAME_PLACE: Final = 0.05
_BEAM: Final = 48
_NEAREST: Final = 300
# Costs are in units of a distance of 0.1 on the plane, squared.
_ONE: Final = 0.1
_PREFERENCE: Final = 2.0
_ROUGH: Final = 0.3
_OTHER_OCTAVE: Final = 2.0
_MINUTE_OFF: Final = 0.5
# A journey by the clock is sought anew at most so often, until it is off by less than so many minutes.
_TRIES: Final = 6
_NEAR_ENOUGH: Final = 1.0

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


def same_place(start: Target, end: Target) -> bool:
    """Whether there is no way to go between two places."""
    return math.hypot(start.valence - end.valence, start.arousal - end.arousal) < _SAME_PLACE


def tempo_change(before: Floats, after: Floats) -> Floats:
    """How far two tempos are apart as beats, as a share of the slower: 0.12 is twelve per cent.

    Tempo is read at half or double the beat in about a third of all songs, so 70 and 140 are the same beat. At most
    `2 ** 0.5 - 1`.
    """
    octaves = np.log2(np.asarray(after, dtype=float) / np.asarray(before, dtype=float))
    return np.asarray(2.0 ** np.abs((octaves + 0.5) % 1.0 - 0.5) - 1.0)


def plan(
    ranker: Ranker,
    songs: pd.DataFrame,
    start: Target,
    end: Target,
    taste: Taste,
    weights: Weights,
    count: int | None = DEFAULT_SONGS,
    minutes: float | None = None,
    seed: int | None = None,
    filters: Filters = OPEN,
) -> pd.DataFrame:
    """The songs of a journey, in the order to play them.

    A beam search over whole sequences: each song should lie near its step of the way and suit the listener; from one to
    the next, energy changes by at most `ENERGY_BOUND` and the beat by at most `TEMPO_BOUND`. Sequences that break a
    bound are never formed. No artist and no title comes twice.

    Args:
        ranker: Says where songs lie on the plane and what else speaks for them.
        songs: To choose from; those without a known tempo, energy or (for `minutes`) length are left out.
        start: Where the listener is.
        end: Where they want to be.
        taste: What they like.
        weights: How much the parts beside the mood count.
        count: How many songs, within `SONGS`; None when `minutes` says it.
        minutes: How long it should last, within `MINUTES`.
        seed: For another way than the best one; the same seed gives the same way.
        filters: Bounds that the songs must keep.

    Returns:
        Rows as of `Ranker.rank`, each ranked for its own step, with `rank` from 1 and: `step_valence` and
        `step_arousal`, where on the way the song was wanted; `energy_change` and `tempo_change` from the song before
        (NaN for the first).

    Raises:
        InputError: Both places are the same, a number is out of range, or no way keeps the bounds.
    """
    if same_place(start, end):
        raise InputError("The journey begins and ends at the same mood; choose another end, or the strategy match.")
    if (count is None) == (minutes is None):
        raise InputError("Say how long the journey is either in songs or in minutes.")
    if count is not None and not SONGS[0] <= count <= SONGS[1]:
        raise InputError(f"A journey has {SONGS[0]} to {SONGS[1]} songs, not {count}.")
    if minutes is not None and not MINUTES[0] <= minutes <= MINUTES[1]:
        raise InputError(f"A journey lasts {MINUTES[0]:g} to {MINUTES[1]:g} minutes, not {minutes:g}.")
    ranked = filters.apply(ranker.rank(songs, end, taste, weights)).reset_index(drop=True)
    # No artist comes twice on the way, so none of a song's own score is for that.
    ranked = ranked.assign(score=ranked["score"] - ranked["part_variety"], part_variety=0.0)
    field = _Field.of(ranked, taste, seed, timed=minutes is not None)
    if count is not None:
        rows = _search(field, journey_path(start, end, count), None)
    else:
        assert minutes is not None
        rows = _timed(field, start, end, minutes)
    if rows is None:
        raise InputError(
            f"No {count or 'such'} songs lead there with steps of at most {ENERGY_BOUND:g} in energy and "
            f"{TEMPO_BOUND:.0%} in tempo; ask for a longer journey or loosen the filters. Songs "
            "whose energy or tempo is unknown cannot be on it."
        )
    chosen = ranked.iloc[field.rows[rows]].reset_index(drop=True)
    return _played(ranker, chosen, journey_path(start, end, len(rows)), weights)


@dataclass(frozen=True)
class _Field:
    """What the search knows of each song; arrays of shape (n,)."""

    rows: Rows
    place: Floats
    energy: Floats
    tempo: Floats
    minutes: Floats
    bonus: Floats
    artist: Rows
    titles: list[str]

    @classmethod
    def of(cls, ranked: pd.DataFrame, taste: Taste, seed: int | None, timed: bool) -> _Field:
        known = ranked["energy"].notna() & (ranked["tempo"] > 0)
        if timed:
            known &= ranked["duration_ms"] > 0
        known &= wanted(ranked, taste)
        table = ranked[known]
        ids = table["track_id"].to_numpy(dtype=str)
        # What speaks for a song beside the mood, which here is another one at each step.
        beside = (table["score"] - table["part_mood_fit"]).to_numpy(dtype=float)
        names = table["artist"].to_numpy(dtype=str) if "artist" in table else np.full(len(table), "")
        keys = [artist_key(name) if name else f"#{row}" for row, name in enumerate(names)]
        return cls(
            rows=np.flatnonzero(known.to_numpy()),
            place=table[["felt_valence", "felt_arousal"]].to_numpy(dtype=float),
            energy=table["energy"].to_numpy(dtype=float),
            tempo=table["tempo"].to_numpy(dtype=float),
            minutes=table["duration_ms"].to_numpy(dtype=float) / 60_000.0,
            bonus=beside + (0.0 if seed is None else noise(ids, seed)),
            artist=pd.factorize(np.array(keys))[0],
            titles=table["title"].astype(str).tolist() if "title" in table else [""] * len(table),
        )

    def cost(self, target: Target, each: float | None) -> Floats:
        """How badly each song suits one step; `each` is the length in minutes that it should have."""
        away = self.place - np.array([target.valence, target.arousal])
        cost = (away**2).sum(axis=1) / _ONE**2 - _PREFERENCE * self.bonus
        late = 0.0 if each is None else _MINUTE_OFF * (self.minutes - each) ** 2
        return np.asarray(cost + late)

    def core(self, row: int) -> str:
        return core_title(self.titles[row]) if self.titles[row] else f"#{row}"


def _search(field: _Field, path: Sequence[Target], each: float | None) -> Rows | None:
    """The cheapest sequence that a beam finds; first among the songs nearest to each step, then among all."""
    for nearest in (_NEAREST, len(field.rows)):
        rows = _beam(field, path, each, nearest)
        if rows is not None:
            return rows
    return None


def _beam(field: _Field, path: Sequence[Target], each: float | None, nearest: int) -> Rows | None:
    """Keeps the best way to each of the best songs of a step; shape (steps,), None when every way is a dead end."""
    ways, totals = np.empty((1, 0), dtype=np.intp), np.zeros(1)
    for target in path:
        cost = field.cost(target, each)
        rows = np.argsort(cost, kind="stable")[:nearest]
        grown = totals[:, None] + cost[rows] + _step_cost(field, ways, rows)
        best = grown.argmin(axis=0)
        ends = grown[best, np.arange(len(rows))]
        order = np.argsort(ends, kind="stable")
        order = _without_repeated_titles(field, ways, best, rows, order[np.isfinite(ends[order])])
        if not len(order):
            return None
        ways = np.concatenate([ways[best[order]], rows[order, None]], axis=1)
        totals = ends[order]
    return np.asarray(ways[0])


def _step_cost(field: _Field, ways: Rows, rows: Rows) -> Floats:
    """Cost of each next song after each way, shape (ways, songs); infinite where a bound or an artist forbids it."""
    if not ways.shape[1]:
        return np.zeros((len(ways), len(rows)))
    last = ways[:, -1]
    energy = np.abs(field.energy[rows] - field.energy[last, None])
    tempo = tempo_change(field.tempo[last, None], field.tempo[rows])
    raw = np.abs(np.log2(field.tempo[rows] / field.tempo[last, None]))
    cost = _ROUGH * ((energy / ENERGY_BOUND) ** 2 + (tempo / TEMPO_BOUND) ** 2) + _OTHER_OCTAVE * (raw > 0.5)
    again = (field.artist[ways][:, :, None] == field.artist[rows]).any(axis=1)
    cost[(energy > ENERGY_BOUND) | (tempo > TEMPO_BOUND) | again] = np.inf
    return np.asarray(cost)


def _without_repeated_titles(field: _Field, ways: Rows, best: Rows, rows: Rows, order: Rows) -> Rows:
    """The first `_BEAM` of an order whose last title is new to its way: other artists' versions are versions too."""
    kept: list[int] = []
    for index in order:
        core = field.core(int(rows[index]))
        if core not in {field.core(int(row)) for row in ways[best[index]]}:
            kept.append(int(index))
        if len(kept) == _BEAM:
            break
    return np.array(kept, dtype=np.intp)


def _timed(field: _Field, start: Target, end: Target, minutes: float) -> Rows | None:
    """The songs whose total length comes nearest to what was asked for.

    Songs that suit a mood may all be long or short, so a search that misses says how many songs, or how long ones, the
    next one should ask for.
    """
    usual = float(np.median(field.minutes)) if len(field.minutes) else 3.5
    count = min(max(round(minutes / usual), SONGS[0]), SONGS[1])
    each = minutes / count
    ways: list[Rows] = []
    for _ in range(_TRIES):
        rows = _search(field, journey_path(start, end, count), each)
        if rows is None:
            break
        ways.append(rows)
        off = minutes - float(field.minutes[rows].sum())
        if abs(off) < _NEAR_ENOUGH:
            break
        more = min(max(count + round(off / usual), SONGS[0]), SONGS[1])
        each = minutes / more if more != count else each + off / count
        count = more
    return min(ways, key=lambda rows: abs(float(field.minutes[rows].sum()) - minutes), default=None)


def _played(ranker: Ranker, ranked: pd.DataFrame, path: Sequence[Target], weights: Weights) -> pd.DataFrame:
    """Each song for its own step, so that its parts say why it is at this place."""
    table = ranker.retarget(ranked, path, weights)
    energy, tempo = table["energy"].to_numpy(dtype=float), table["tempo"].to_numpy(dtype=float)
    return table.assign(
        rank=np.arange(1, len(table) + 1),
        step_valence=[target.valence for target in path],
        step_arousal=[target.arousal for target in path],
        energy_change=np.r_[np.nan, np.diff(energy)],
        tempo_change=np.r_[np.nan, tempo_change(tempo[:-1], tempo[1:])],
    )
