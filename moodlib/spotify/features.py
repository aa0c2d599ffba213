"""Audio features for songs that come without: from the catalogue, from ReccoBeats if the listener agrees, or by hand.

Spotify itself gives none to apps made since November 2024.
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pandas as pd

from moodlib.music.catalogue import FEATURES
from moodlib.music.tables import FEATURE_COLUMNS
from moodlib.music.titles import is_other_recording, song_key
from moodlib.spotify.embed import is_track_id
from moodlib.spotify.services import TIMEOUT, RateLimitedError, Services, SpotifyError, retry_after

BATCH: Final = 40
ASK_AGAIN_AFTER: Final = 30 * 86_400.0
"""Seconds after which a song that ReccoBeats did not know is asked for again."""
# Two releases of one recording differ by the silence at their ends; another recording differs by more.
_SAME_LENGTH_MS: Final = 10_000.0
_TAKEN: Final = ("genre", "subgenre", "popularity", *(name for name in FEATURES if name != "duration_ms"))


def from_catalogue(tracks: pd.DataFrame, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Imported songs with the features of those that the catalogue knows.

    A song is known by its id, else by its artist and title when both are the recording that people know and their
    lengths differ by less than ten seconds.

    Args:
        tracks: `track_id`, `title`, `artist`, `year`, `duration_ms`, `source`.
        catalogue: From `catalogue.load`.

    Returns:
        The same rows in the same order with the catalogue's other columns, and `known_by`: "id", "title" or "".
    """
    by_id = {str(track_id): row for row, track_id in enumerate(catalogue["track_id"])}
    by_name: dict[str, int] = {}
    for row, (artist, title) in enumerate(zip(catalogue["artist"], catalogue["title"], strict=True)):
        if not is_other_recording(title):
            by_name.setdefault(song_key(artist, title), row)
    lengths = catalogue["duration_ms"].to_numpy(dtype=float)
    rows, known_by = [], []
    names = [tracks[name].to_numpy(dtype=str) for name in ("track_id", "artist", "title")]
    for track_id, artist, title, length in zip(*names, tracks["duration_ms"].to_numpy(dtype=float), strict=True):
        row = by_id.get(track_id, -1)
        how = "id" if row >= 0 else ""
        if row < 0 and artist and not is_other_recording(title):
            row = by_name.get(song_key(artist, title), -1)
            apart = abs(length - lengths[row]) if row >= 0 else math.inf
            # A length that is not known keeps nobody out.
            row, how = (-1, "") if apart > _SAME_LENGTH_MS else (row, "title" if row >= 0 else "")
        rows.append(row)
        known_by.append(how)
    found = catalogue[list(_TAKEN)].reindex([row if row >= 0 else None for row in rows]).reset_index(drop=True)
    return pd.concat([tracks.reset_index(drop=True), found], axis=1).assign(known_by=known_by)


def cache_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where results are kept: the user's cache folder."""
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "mood-dj" / "features.sqlite"


class Cache:
    """Audio features by song id in a small SQLite file; nothing of the listener. It is made when something is put in.

    A cache that cannot be read or written is no reason to stop: it then holds nothing, and `problem` says why.

    Attributes:
        problem: A sentence when it cannot be used, else "".
        written: Bytes that were put in.
    """

    _COLUMNS: Final = ", ".join(f"{name} REAL" for name in FEATURES)

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        """Name the file; it is not touched yet."""
        self.path = path or cache_path()
        self.problem = ""
        self.written = 0
        self._clock = clock

    def find(self, ids: Sequence[str]) -> dict[str, dict[str, float] | None]:
        """What is known of these ids; None for one that ReccoBeats did not know lately."""
        if not self.path.exists():
            return {}
        found: dict[str, dict[str, float] | None] = {}
        try:
            with closing(sqlite3.connect(self.path, timeout=2.0)) as file:
                for start in range(0, len(ids), 500):
                    some = list(ids[start : start + 500])
                    # Only question marks are put together here; the ids are bound.
                    query = f"SELECT * FROM features WHERE track_id IN ({','.join('?' * len(some))})"
                    for track_id, at, *values in file.execute(query, some):
                        if values[0] is not None:
                            found[track_id] = dict(zip(FEATURES, map(_number, values), strict=True))
                        elif self._clock() - at < ASK_AGAIN_AFTER:
                            found[track_id] = None
        except (sqlite3.Error, ValueError) as error:
            self.problem = f"The cache {self.path} cannot be read ({error}); delete it, or go on without."
        return found

    def put(self, known: Mapping[str, dict[str, float] | None]) -> None:
        """Keep what an answer said, all of it or nothing."""
        now = self._clock()
        rows = [
            (track_id, now, *([None] * len(FEATURES) if values is None else [_null(values[n]) for n in FEATURES]))
            for track_id, values in known.items()
        ]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=2.0)) as file, file:
                file.execute(
                    f"CREATE TABLE IF NOT EXISTS features (track_id TEXT PRIMARY KEY, at REAL, {self._COLUMNS})"
                )
                marks = ",".join("?" * (2 + len(FEATURES)))
                file.executemany(f"INSERT OR REPLACE INTO features VALUES ({marks})", rows)
            # A number takes eight bytes, an empty field one at most.
            self.written += sum(len(track_id) + 8 * sum(value is not None for value in row) for track_id, *row in rows)
        except (sqlite3.Error, OSError) as error:
            self.problem = f"The cache {self.path} cannot be written ({error}); what was found counts for this session."

    def delete(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value


@dataclass
class Lookup:
    """Asking ReccoBeats for songs, forty at a time; it can be left and taken up at any time.

    Attributes:
        waiting: Ids still to ask for.
        found: Features by id.
        unknown: Ids that ReccoBeats does not know.
        asked: Requests sent.
        count: Ids to begin with.
    """

    waiting: list[str]
    found: dict[str, dict[str, float]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    asked: int = 0
    count: int = 0

    @classmethod
    def begin(cls, ids: Sequence[str], cache: Cache) -> Lookup:
        """Take from the cache what is there; the rest waits."""
        wanted = [track_id for track_id in dict.fromkeys(ids) if is_track_id(track_id)]
        kept = cache.find(wanted)
        return cls(
            waiting=[track_id for track_id in wanted if track_id not in kept],
            found={track_id: values for track_id, values in kept.items() if values is not None},
            unknown=[track_id for track_id, values in kept.items() if values is None],
            count=len(wanted),
        )

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return 1.0 - len(self.waiting) / self.count if self.count else 1.0

    def step(self, cache: Cache, services: Services, client: httpx.Client | None = None) -> None:
        """One request. When it fails nothing has changed.

        Raises:
            RateLimitedError: Too many requests.
            SpotifyError: ReccoBeats cannot be reached, or its answer cannot be read.
        """
        some = self.waiting[:BATCH]
        if not some:
            return
        self.asked += 1
        answer = _ask(services, some, client)
        known = {track_id: answer.get(track_id) for track_id in some}
        cache.put(known)
        for track_id, values in known.items():
            if values is None:
                self.unknown.append(track_id)
            else:
                self.found[track_id] = values
        del self.waiting[: len(some)]


def _ask(services: Services, ids: Sequence[str], client: httpx.Client | None) -> dict[str, dict[str, float]]:
    get = client.get if client is not None else httpx.get
    try:
        answer = get(f"{services.features}/audio-features", params={"ids": ",".join(ids)}, timeout=TIMEOUT)
        answer.raise_for_status()
        return dict(filter(None, (_read(entry) for entry in answer.json()["content"])))
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 429:
            raise RateLimitedError("ReccoBeats", retry_after(error.response.headers)) from error
        raise SpotifyError(f"ReccoBeats refused ({error.response.status_code}); try again later.") from error
    except httpx.HTTPError as error:
        raise SpotifyError(
            "ReccoBeats cannot be reached, or its answer broke off; check the network and try again."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpotifyError("ReccoBeats' answer cannot be read; try again later.") from error


def _read(entry: Mapping[str, Any]) -> tuple[str, dict[str, float]] | None:
    """Spotify id and features of one entry; None when what matters most is missing or out of range."""
    track_id = str(entry.get("href") or "").rpartition("/")[2].partition("?")[0]
    values: dict[str, float] = {}
    for column in FEATURE_COLUMNS:
        value = entry.get(column.name)
        usable = isinstance(value, int | float) and math.isfinite(value) and column.low <= value <= column.high
        values[column.name] = float(value) if usable and value is not None else math.nan
    whole = is_track_id(track_id) and not math.isnan(values["energy"]) and not math.isnan(values["valence"])
    return (track_id, values) if whole else None
