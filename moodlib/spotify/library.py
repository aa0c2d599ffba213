"""Songs out of an account and lists into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pandas as pd

from moodlib.spotify.client import Account
from moodlib.spotify.embed import is_track_id
from moodlib.spotify.services import SpotifyError

PAGE: Final = 50
MAX_SONGS: Final = 50_000
_PER_PLAYLIST_CALL: Final = 100
_PER_LIBRARY_CALL: Final = 40
_YEAR: Final = re.compile(r"(\d{4})")
Kind = Literal["saved", "top", "playlist"]
RANGES: Final = {"short_term": "four weeks", "medium_term": "six months", "long_term": "a year and more"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where songs are imported from.

    Attributes:
        kind: Saved songs, top songs or a playlist.
        name: In words.
        id: Of the playlist; the time range of top songs, one of `RANGES`; else "".
    """

    kind: Kind
    name: str
    id: str = ""


SAVED: Final = Source("saved", "Saved songs")
TOP: Final = tuple(Source("top", f"Top songs, {words}", name) for name, words in RANGES.items())


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not imported.

    Attributes:
        name: What Spotify calls it.
        source: Where it was found.
        reason: Why.
    """

    name: str
    source: str
    reason: str


@dataclass
class Import:
    """An import that goes on page by page, and can be left and taken up at any page.

    Attributes:
        account: Id of the account that it is from.
        sources: What to import, in order.
        songs: Track id to `title`, `artist` (the first), `year`, `duration_ms` and `source`; each song once.
        skipped: What was not imported.
        read: Entries read so far.
        total: Entries of the source being read; None before its first page.
        offset: Entries read of it.
        at: Which source is being read.
    """

    account: str
    sources: tuple[Source, ...]
    songs: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    read: int = 0
    total: int | None = None
    offset: int = 0
    at: int = 0

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return self.at >= len(self.sources)

    @property
    def share(self) -> float:
        """How much has been read, from 0 to 1; each source counts the same, for their sizes are not known before."""
        part = min(1.0, self.offset / self.total) if self.total else 0.0
        return 1.0 if self.done else (self.at + part) / len(self.sources)

    def step(self, account: Account) -> None:
        """Read one page. When it fails nothing has changed, and the next call asks for the same page.

        Raises:
            SpotifyError: Spotify did not answer or refused, or the account is another one.
        """
        if self.done:
            return
        if account.id != self.account:
            raise SpotifyError("This import was begun with another account; cancel it and start anew.")
        source = self.sources[self.at]
        page = _page(account, source, self.offset)
        entries = page["items"]
        for entry in entries:
            self._take(entry, source)
        self.read += len(entries)
        self.offset += len(entries)
        self.total = int(page.get("total") or self.offset)
        if not entries or not page.get("next") or self.offset >= self.total or len(self.songs) >= MAX_SONGS:
            self.at, self.offset, self.total = self.at + 1, 0, None

    def _take(self, entry: object, source: Source) -> None:
        found = _song(entry if source.kind == "top" else _inner(entry), source)
        if isinstance(found, Skipped):
            self.skipped.append(found)
        else:
            self.songs.setdefault(found["track_id"], found)

    def table(self) -> pd.DataFrame:
        """The songs: `track_id`, `title`, `artist`, `year`, `duration_ms`, `source`."""
        columns = ["track_id", "title", "artist", "year", "duration_ms", "source"]
        return pd.DataFrame(list(self.songs.values()), columns=columns)


def _page(account: Account, source: Source, offset: int) -> dict[str, Any]:
    if source.kind == "saved":
        page = account.get("me/tracks", limit=PAGE, offset=offset)
    elif source.kind == "top":
        page = account.get("me/top/tracks", limit=PAGE, offset=offset, time_range=source.id)
    else:
        page = account.get(f"playlists/{source.id}/items", limit=PAGE, offset=offset, additional_types="track,episode")
    if not isinstance(page, dict) or not isinstance(page.get("items"), list):
        raise SpotifyError("Spotify's answer holds no list; try again.")
    return page


def _inner(entry: object) -> object:
    """The song of a library or playlist entry: since February 2026 under `item`, before that under `track`."""
    if not isinstance(entry, dict):
        return None
    return entry.get("item") or entry.get("track")


def _song(item: object, source: Source) -> dict[str, Any] | Skipped:
    if not isinstance(item, dict):
        return Skipped("(no name)", source.name, "no longer on Spotify")
    name = str(item.get("name") or "(no name)")
    if item.get("is_local"):
        return Skipped(name, source.name, "a file of your own, which only your devices have")
    if item.get("type", "track") != "track":
        return Skipped(name, source.name, f"a podcast's {item['type']}, not a song")
    if not is_track_id(item.get("id")) or not item.get("name"):
        return Skipped(name, source.name, "no longer on Spotify")
    artists = [str(a["name"]) for a in item.get("artists") or [] if isinstance(a, dict) and a.get("name")]
    year = _YEAR.match(str((item.get("album") or {}).get("release_date") or ""))
    length = item.get("duration_ms")
    return {
        "track_id": str(item["id"]),
        "title": name,
        "artist": artists[0] if artists else "",
        "year": float(year[1]) if year and 1900 <= int(year[1]) <= 2100 else float("nan"),
        "duration_ms": float(length) if isinstance(length, int | float) and length > 0 else float("nan"),
        "source": source.name,
    }


def own_playlists(account: Account) -> list[Source]:
    """The playlists that the account made itself; Spotify shows the songs of no others.

    Raises:
        SpotifyError: Spotify did not answer or refused.
    """
    found: list[Source] = []
    offset = 0
    while True:
        page = account.get("me/playlists", limit=PAGE, offset=offset)
        entries = page.get("items") or []
        found += [
            Source("playlist", str(entry.get("name") or "(no name)"), str(entry["id"]))
            for entry in entries
            if isinstance(entry, dict)
            and is_track_id(entry.get("id"))
            and (entry.get("owner") or {}).get("id") == account.id
        ]
        offset += len(entries)
        if not entries or not page.get("next"):
            return found


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist that was made.

    Attributes:
        id: Spotify's id.
        name: Its name.
        songs: How many songs it holds.
    """

    id: str
    name: str
    songs: int

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://open.spotify.com/playlist/{self.id}"


def save_playlist(account: Account, name: str, description: str, track_ids: Sequence[str]) -> Playlist:
    """Make a private playlist of songs. When its songs cannot be added it is taken away again.

    Args:
        account: Whose it will be.
        name: Up to 100 characters are kept.
        description: Up to 300 characters are kept, on one line.
        track_ids: In order; those that are no Spotify ids are left out.

    Raises:
        SpotifyError: Spotify did not answer or refused, or no song is on Spotify.
    """
    uris = [f"spotify:track:{track_id}" for track_id in track_ids if is_track_id(track_id)]
    if not uris:
        raise SpotifyError("None of these songs is on Spotify, so no playlist was made.")
    title = " ".join(name.split())[:100] or "Mood DJ"
    about = {"name": title, "description": " ".join(description.split())[:300], "public": False, "collaborative": False}
    made = str(account.post("me/playlists", about).get("id", ""))
    if not is_track_id(made):
        raise SpotifyError("Spotify did not say which playlist it made; look in your library before you try again.")
    try:
        for start in range(0, len(uris), _PER_PLAYLIST_CALL):
            account.post(f"playlists/{made}/items", {"uris": uris[start : start + _PER_PLAYLIST_CALL]})
    except SpotifyError as error:
        raise _taken_back(account, made, title, error) from error
    return Playlist(made, title, len(uris))


def _taken_back(account: Account, made: str, title: str, error: SpotifyError) -> SpotifyError:
    """The error of a playlist whose songs could not be added, after removing what there is of it."""
    try:
        account.delete("me/library", uris=f"spotify:playlist:{made}")
    except SpotifyError:
        return SpotifyError(f"{error} The playlist “{title}” was left without all its songs; delete it at Spotify.")
    return error


def add_to_library(account: Account, track_ids: Sequence[str]) -> int:
    """Save songs in the account's library, those that are not there yet.

    Returns:
        How many were added.

    Raises:
        SpotifyError: Spotify did not answer or refused.
    """
    uris = [f"spotify:track:{track_id}" for track_id in dict.fromkeys(track_ids) if is_track_id(track_id)]
    added = 0
    for start in range(0, len(uris), _PER_LIBRARY_CALL):
        some = uris[start : start + _PER_LIBRARY_CALL]
        there = account.get("me/library/contains", uris=",".join(some))
        known = there if isinstance(there, list) else [False] * len(some)
        new = [uri for uri, held in zip(some, known, strict=False) if not held]
        if new:
            account.put("me/library", uris=",".join(new))
        added += len(new)
    return added
