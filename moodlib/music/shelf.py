"""The songs of one session: the catalogue, and what the listener added to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from moodlib.errors import InputError
from moodlib.music.catalogue import COLUMNS, TEXT_COLUMNS
from moodlib.music.features import Matrix

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

MAX_ADDED: Final = 200_000
"""Songs that one session can add: what a small machine ranks in a second and holds in some hundred megabytes."""

_TELLING: Final = ("valence", "energy")

OURS: Final = "Mood DJ"
"""Source of the catalogue's songs."""

_CHUNK: Final = 4000


def nothing(share: float) -> None:
    """Progress that nobody watches."""


def tidy(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Songs in the catalogue's columns, what is not known left empty.

    Args:
        frame: With `track_id`, and whichever other columns of `COLUMNS` are known.
        source: Where the songs come from, in words.

    Returns:
        `COLUMNS` and `source`: text as str ("" when unknown), numbers as float64 (NaN when unknown).
    """
    columns: dict[str, object] = {}
    for name in COLUMNS:
        known = frame[name] if name in frame.columns else pd.Series(pd.NA, index=frame.index)
        if name in TEXT_COLUMNS:
            columns[name] = known.astype(object).where(known.notna(), "").astype("str").to_numpy()
        else:
            columns[name] = pd.to_numeric(known, errors="coerce").astype(float).to_numpy()
    return pd.DataFrame({**columns, "source": source}, index=pd.RangeIndex(len(frame))).astype({"source": "str"})


def rankable(songs: pd.DataFrame) -> np.ndarray:
    """Which songs can be ranked: valence or energy is known; bool, shape (n,).

    The models fill in what else is missing; of a song without both they would only repeat what the average song is.
    """
    return songs[list(_TELLING)].notna().any(axis=1).to_numpy(dtype=bool)


class Shelf:
    """Catalogue and added songs of one session, each song once.

    What it hands out is never changed in place: a new table is made when songs are added or taken away, so the same
    object means the same songs.

    Args:
        catalogue: Loads the project's own songs when they are first asked for.
        ranker: Loads the ranker likewise; it says what added songs feel like.
    """

    def __init__(self, catalogue: Callable[[], pd.DataFrame], ranker: Callable[[], Ranker]) -> None:
        self._catalogue = catalogue
        self._ranker = ranker
        self._added = tidy(pd.DataFrame({"track_id": []}), "")
        # What the added songs feel like: shape (n, 4), NaN for those without features. It takes a tenth of a
        # millisecond a song, so it is worked out once.
        self._quadrants: Matrix = np.zeros((0, 4), dtype=np.float32)
        self._songs: pd.DataFrame | None = None
        self._mine: pd.DataFrame | None = None
        self._library: pd.DataFrame | None = None
        self.version = 0

    @property
    def added(self) -> pd.DataFrame:
        """What the listener added, in the columns of `tidy`, those without features among them."""
        return self._added

    @property
    def songs(self) -> pd.DataFrame:
        """What can be ranked: the catalogue, and of the added songs those that have their features.

        Raises:
            InputError: The catalogue or the ranker cannot be read.
        """
        if self._songs is None:
            base, known = self._catalogue(), rankable(self._added)
            # Of a song that both hold, the catalogue's figures count.
            known = known & ~self._added["track_id"].isin(base["track_id"]).to_numpy(dtype=bool)
            more = self._added[known].reset_index(drop=True)
            self._songs = self._ranker().join(base, more, self._quadrants[known]) if len(more) else base
        return self._songs

    @property
    def mine(self) -> pd.DataFrame:
        """Of the added songs those that can be ranked."""
        if self._mine is None:
            known = rankable(self._added)
            self._mine = self._added[known].reset_index(drop=True)
            if len(self._mine):
                self._ranker().know(self._mine, self._quadrants[known])
        return self._mine

    @property
    def library(self) -> pd.DataFrame:
        """All songs, with `source`, `felt_valence` and `felt_arousal` (NaN for songs without features).

        Raises:
            InputError: The catalogue or the ranker cannot be read.
        """
        if self._library is None:
            songs = self.songs
            felt = self._ranker().felt_places(songs)
            known = songs.assign(felt_valence=felt[:, 0], felt_arousal=felt[:, 1])
            if "source" not in known:
                known["source"] = OURS
            known["source"] = known["source"].fillna(OURS)
            rest = self._added[~self._added["track_id"].isin(known["track_id"])]
            self._library = pd.concat([known, rest], ignore_index=True) if len(rest) else known
        return self._library

    def add(self, frame: pd.DataFrame, source: str, progress: Callable[[float], None] = nothing) -> int:
        """Add songs; all of them or, when something is wrong, none.

        One that was added before is replaced when the new one has features or the old one has none. What they feel like
        is worked out here, so that the next list does not wait.

        Args:
            frame: As for `tidy`.
            source: Where the songs come from, in words.
            progress: Told the share that is done, in [0, 1].

        Returns:
            How many songs there are now that were not there before.

        Raises:
            InputError: A song has no id, or there would be more than `MAX_ADDED`.
        """
        new = tidy(frame, source)
        if (new["track_id"].str.strip() == "").any():
            raise InputError("A song without an id cannot be added; give each an id or leave the row out.")
        both = pd.concat([self._added, new], ignore_index=True)
        # The last of those with features wins, and without any such the last one.
        order = np.lexsort((np.arange(len(both)), rankable(both)))
        last = ~both["track_id"].iloc[order].duplicated(keep="last").sort_index().to_numpy(dtype=bool)
        both = both[last].reset_index(drop=True)
        if len(both) > MAX_ADDED:
            raise InputError(
                f"{len(both):,} songs would be too many: at most {MAX_ADDED:,} can be added in a session. Take fewer."
            )
        felt = np.concatenate([self._quadrants, self._felt(new, progress)])[last]
        gained = len(both) - len(self._added)
        self._take(both, felt)
        return gained

    def _felt(self, songs: pd.DataFrame, progress: Callable[[float], None]) -> Matrix:
        felt = np.full((len(songs), 4), np.nan, dtype=np.float32)
        rows = np.flatnonzero(rankable(songs))
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            felt[some] = self._ranker().quadrants(songs.iloc[some])
            progress(min(1.0, (start + _CHUNK) / len(rows)))
        return felt

    def forget(self, source: str) -> int:
        """Take away what was added from a source.

        Returns:
            How many songs that were.
        """
        left = (self._added["source"] != source).to_numpy(dtype=bool)
        gone = int((~left).sum())
        if gone:
            self._take(self._added[left].reset_index(drop=True), self._quadrants[left])
        return gone

    def clear(self) -> None:
        """Take away all that was added."""
        if len(self._added):
            self._take(self._added.iloc[:0], self._quadrants[:0])

    def _take(self, added: pd.DataFrame, quadrants: Matrix) -> None:
        self._added, self._quadrants = added, quadrants
        self._songs, self._mine, self._library = None, None, None
        self.version += 1
