"""The mood over a session, in memory that does not grow with its length."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.emotions import NAMES
from moodlib.mood.state import MoodState

_VALUES: Final = (*NAMES, "valence", "arousal")
_ROW: Final = np.dtype([("t", "f8"), ("values", "f4", (len(_VALUES),)), ("stable", "i1"), ("known", "?")])
_NOTHING: Final = np.full(len(_VALUES), np.nan, dtype=np.float32)
_STABLE_NAMES: Final = np.array([*NAMES, None], dtype=object)
_NO_STABLE: Final = -1
_CODES: Final[dict[str | None, int]] = {name: code for code, name in enumerate(NAMES)} | {None: _NO_STABLE}

_Rows = NDArray[np.void]


class Timeline:
    """Keeps the recent past at full rate and the older past thinned.

    Recent rows live in a ring; what falls out of it goes to a store that, each time it is full, drops every second
    row and halves its rate. So memory is bounded and adding costs O(1) amortised, however long the session.

    A row without a known mood is never thinned away in favour of one with a mood: wherever the mood was unknown
    between two rows that are kept, a row of NaN stands between them, and a chart's line breaks there.

    Thread-safe.
    """

    def __init__(self, every: float = 0.1, recent: int = 1500, older: int = 2000, gap_after: float = 3.0) -> None:
        """Start empty.

        Args:
            every: Seconds between rows at full rate; states that come faster replace one another.
            recent: Rows kept at full rate (1500 is 2.5 minutes at ten a second). At least 2.
            older: Rows kept of everything before. At least 4.
            gap_after: Seconds between two states after which the time between them counts as unknown.

        Raises:
            ValueError: A size or time is too small.
        """
        if recent < 2 or older < 4 or not every > 0 or not gap_after > 0:
            raise ValueError("a timeline needs recent >= 2, older >= 4, every > 0 and gap_after > 0")
        self._every = every
        self._gap_after = gap_after
        self._ring: _Rows = np.zeros(recent, dtype=_ROW)
        self._old: _Rows = np.zeros(older, dtype=_ROW)
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._added = 0
            self._head = 0
            self._in_ring = 0
            self._in_old = 0
            self._old_step = self._every
            self._old_began = 0.0
            self._slot = -1
            self._t = 0.0
            self._last_at: float | None = None
            self._last_known = False

    @property
    def readings(self) -> int:
        """How many states have been added, whether their rows are still kept or not."""
        return self._added

    @property
    def capacity(self) -> int:
        """The most rows that are ever kept."""
        return len(self._ring) + len(self._old)

    def __len__(self) -> int:
        """How many rows are kept."""
        with self._lock:
            return self._in_ring + self._in_old

    def add(self, state: MoodState) -> None:
        """Append the mood of one moment.

        Args:
            state: As the tracker returned it. Its `at` is monotonic seconds; a step back adds no time.
        """
        values = (
            np.array([*state.probabilities, state.valence, state.arousal], dtype=np.float32)
            if state.known
            else _NOTHING
        )
        with self._lock:
            self._added += 1
            before = self._t
            if self._last_at is not None:
                self._t += max(0.0, state.at - self._last_at)
            self._last_at = state.at
            if self._last_known and state.known and self._t - before > self._gap_after:
                self._append((before + self._every, _NOTHING, _CODES[state.stable], False))
                self._slot = -1
            row = (self._t, values, _CODES[state.stable], state.known)
            # The small share keeps states at exactly this rate from falling into one slot by rounding.
            slot = int(self._t / self._every + 1e-6)
            if self._in_ring > 1 and slot == self._slot and state.known == self._last_known:
                self._ring[self._head - 1] = row
            else:
                self._append(row)
            self._slot = slot
            self._last_known = state.known

    def frame(self, seconds: float | None = None, points: int = 300) -> pd.DataFrame:
        """The timeline, thinned for a chart.

        Args:
            seconds: Only the last so many; the whole session when None.
            points: The most rows to return, at least 3. First and last are always among them.

        Returns:
            Columns `t` (seconds since the first state, rising), the seven emotions' probabilities, `valence` and
            `arousal` (all NaN where the mood was not known), `stable` (name or None) and `known`.

        Raises:
            ValueError: `points` is below 3 or `seconds` is negative.
        """
        if points < 3:
            raise ValueError(f"points is {points}; at least 3 are needed")
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"seconds is {seconds}; it must not be negative")
        with self._lock:
            # Both pieces are copied here, so that the frame is built after the lock is given back.
            ring = np.roll(self._ring, -self._head) if self._in_ring == len(self._ring) else self._ring[: self._in_ring]
            rows: _Rows = np.concatenate([self._old[: self._in_old], ring])
        if seconds is not None and len(rows):
            rows = rows[np.searchsorted(rows["t"], rows["t"][-1] - seconds) :]
        return _as_frame(_thin(rows, points))

    def _append(self, row: tuple[Any, ...]) -> None:
        if self._in_ring == len(self._ring):
            self._retire(self._ring[self._head])
        else:
            self._in_ring += 1
        self._ring[self._head] = row
        self._head = (self._head + 1) % len(self._ring)

    def _retire(self, row: np.void) -> None:
        """Move a row that falls out of the ring to the older ones: one stands for each step, an unknown one if any."""
        if self._in_old and row["t"] - self._old_began < self._old_step:
            if row["known"] or not self._old[self._in_old - 1]["known"]:
                return
            if self._in_old > 1:
                self._old[self._in_old - 1] = row
                return
        if self._in_old == len(self._old):
            kept = _halve(self._old)
            self._in_old = len(kept)
            self._old[: self._in_old] = kept
            self._old_step *= 2
        self._old[self._in_old] = row
        self._in_old += 1
        self._old_began = float(row["t"])


def _halve(rows: _Rows) -> _Rows:
    """The first row, and one of every two that follow: the unknown one if there is one."""
    left = np.arange(1, len(rows) - 1, 2)
    keep = np.where(rows["known"][left] & ~rows["known"][left + 1], left + 1, left)
    # With an even number of rows the last one has no partner.
    alone = [] if len(rows) % 2 else [len(rows) - 1]
    return _pick(rows, np.concatenate([[0], keep, alone]))


def _thin(rows: _Rows, points: int) -> _Rows:
    """At most `points` rows: first, last, and of each equal share between them an unknown one or the middle one."""
    if len(rows) <= points:
        return rows
    edges = np.linspace(1, len(rows) - 1, points - 1).astype(int)
    starts, ends = edges[:-1], edges[1:]
    unknown = np.append(np.flatnonzero(~rows["known"]), len(rows))
    next_unknown = unknown[np.searchsorted(unknown, starts)]
    picks = np.where(next_unknown < ends, next_unknown, (starts + ends) // 2)
    return _pick(rows, np.concatenate([[0], picks, [len(rows) - 1]]))


def _pick(rows: _Rows, indices: NDArray[Any]) -> _Rows:
    picked: _Rows = rows[indices.astype(int)]
    return picked


def _as_frame(rows: _Rows) -> pd.DataFrame:
    columns: dict[str, Any] = {"t": rows["t"]}
    columns |= {name: rows["values"][:, index] for index, name in enumerate(_VALUES)}
    # Said to be of objects, or pandas makes NaN of None.
    columns["stable"] = pd.Series(_STABLE_NAMES[rows["stable"]], dtype=object)
    columns["known"] = rows["known"]
    return pd.DataFrame(columns)
