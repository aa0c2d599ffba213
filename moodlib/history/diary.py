"""What one session's moods and songs were: in memory always, in the database when the listener wants it there."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from moodlib.errors import InputError
from moodlib.history.moment import Event, Mood
from moodlib.ledger import Ledger
from moodlib.mood.state import MoodState

if TYPE_CHECKING:
    from moodlib.history.store import Store

MOODS_IN_MEMORY: Final = 4 * 3600
EVENTS_IN_MEMORY: Final = 2000
FLUSH_EVERY: Final = 5.0
"""Seconds between two writes. What waits when a session ends is written then."""
RETRY_AFTER: Final = 15.0
_LONGEST: Final = 300


class Diary:
    """Moods by the second and songs of one session. Memory is bounded. Safe to share between threads.

    Args:
        ledger: Where written bytes are counted.
        now: Seconds since 1970, UTC.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._now = now
        self._lock = threading.Lock()
        self._moods: deque[Mood] = deque(maxlen=MOODS_IN_MEMORY)
        self._events: deque[Event] = deque(maxlen=EVENTS_IN_MEMORY)
        self._moods_to_keep: deque[Mood] = deque(maxlen=3600)
        self._events_to_keep: deque[Event] = deque(maxlen=EVENTS_IN_MEMORY)
        self._writing = threading.Lock()
        self._store: Store | None = None
        self._listener = ""
        self._next = 0.0
        self._last_written = -1
        self.problem = ""

    @property
    def kept(self) -> bool:
        """Whether what happens from now on is written to the database."""
        return self._store is not None

    def keep(self, store: Store, listener: str) -> None:
        """Write to a database from now on; what was before stays in memory only.

        Raises:
            InputError: The database cannot be used; nothing changes.
        """
        before = store.size
        store.counts(listener)
        self._ledger.wrote("history", max(0, store.size - before))
        with self._lock:
            self._store, self._listener, self.problem = store, listener, ""
            self._last_written = -1
            self._clear_waiting()
        self.flush(force=True)

    def stop(self) -> None:
        """Write what waits, then nothing any more."""
        self.flush(force=True)
        with self._lock:
            self._store, self.problem = None, ""
            self._clear_waiting()

    def erase(self, store: Store | None, listener: str) -> bool:
        """Delete everything of a listener, in the database and in memory, and write nothing any more.

        Args:
            store: Where it is kept; None when it never was.
            listener: The name it is kept under.

        Returns:
            Whether no trace is left in the database's files, see `Store.delete`.

        Raises:
            InputError: The database does not allow it; then all of it is still there.
        """
        # The camera goes on meanwhile: a write in another thread must not bring rows back after they are gone.
        with self._writing:
            swept = store.delete(listener) if store is not None else True
            with self._lock:
                self._store, self.problem = None, ""
                self._moods.clear()
                self._events.clear()
                self._clear_waiting()
            return swept

    def see(self, state: MoodState) -> None:
        """Take in the mood of a moment; the last one of each second counts. Cheap, for it comes with every frame."""
        if not state.known or state.emotion is None:
            return
        mood = Mood(
            int(self._now()),
            state.emotion,
            round(state.confidence, 3),
            round(state.valence, 3),
            round(state.arousal, 3),
        )
        with self._lock:
            # A second that was written before it was over stays as it was written: one row a second.
            kept = self._store is not None and mood.at != self._last_written
            for moods in (self._moods, self._moods_to_keep) if kept else (self._moods,):
                if moods and moods[-1].at == mood.at:
                    moods[-1] = mood
                else:
                    moods.append(mood)

    def song(self, what: str, track_id: str, title: str, artist: str, mood: str) -> None:
        """Take in that a song was "played", "liked" or "skipped"."""
        done = Event(int(self._now()), what, _text(track_id, 64), _text(title), _text(artist), mood)
        with self._lock:
            self._events.append(done)
            if self._store is not None:
                self._events_to_keep.append(done)

    def flush(self, *, force: bool = False) -> None:
        """Write what waits, when it is time. What fails is said in `problem`, kept, and tried again later.

        Args:
            force: Now, whenever the last time was.
        """
        with self._writing:
            with self._lock:
                now = self._now()
                store, listener = self._store, self._listener
                if store is None or not (force or now >= self._next):
                    return
                # The second that is not over yet may still change.
                open_second = [m for m in self._moods_to_keep if not force and m.at >= int(now)]
                moods = [m for m in self._moods_to_keep if force or m.at < int(now)]
                events = list(self._events_to_keep)
                if not moods and not events:
                    return
                self._clear_waiting()
                self._moods_to_keep.extend(open_second)
                self._next = now + FLUSH_EVERY
                self._last_written = moods[-1].at if moods else self._last_written
            # Without the lock: a slow disk must not hold up the video.
            try:
                grown = store.add(listener, moods, events)
            except InputError as error:
                with self._lock:
                    self.problem, self._next = str(error), now + RETRY_AFTER
                    self._moods_to_keep.extendleft(reversed(moods))
                    self._events_to_keep.extendleft(reversed(events))
                return
            self._ledger.wrote("history", grown)
            with self._lock:
                self.problem = ""

    def end(self) -> None:
        """Write what waits, since the video or the session ends. Does not wait for the database: others are served."""
        with self._lock:
            waits = self._store is not None and bool(self._moods_to_keep or self._events_to_keep)
        if waits:
            # No daemon: a server that is being stopped waits for it, a second or two at most.
            threading.Thread(target=self.flush, kwargs={"force": True}, name="history_end").start()

    def _clear_waiting(self) -> None:
        self._moods_to_keep.clear()
        self._events_to_keep.clear()

    def moods(self) -> pd.DataFrame:
        """This session's moods, oldest first: the columns of `Mood`."""
        with self._lock:
            return _frame(list(self._moods), Mood)

    def events(self) -> pd.DataFrame:
        """This session's songs, oldest first: the columns of `Event`."""
        with self._lock:
            return _frame(list(self._events), Event)


def _text(said: str, longest: int = _LONGEST) -> str:
    """Text that every database takes: no halves of characters and no zeros, and no longer than its column."""
    return said.encode("utf-8", "replace").decode().replace("\x00", "")[:longest]


def _frame(rows: list[Any], kind: type) -> pd.DataFrame:
    names = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    return pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names)
