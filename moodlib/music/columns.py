"""What columns are called in the song tables that people have, and how their values become ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

import pandas as pd

from moodlib.music.catalogue import FEATURES, TEXT_COLUMNS
from moodlib.music.titles import plain

_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9%]+")

# Names as they are after `squeeze`. The first that a table has is taken.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "track_id": ("trackid", "trackuri", "spotifyid", "spotifytrackid", "spotifyuri", "uri", "tracklink", "url", "id"),
    "title": ("trackname", "title", "songname", "tracktitle", "song", "name", "track"),
    "artist": ("artistnames", "artistsname", "artists", "artistname", "artist", "trackartist", "performer", "singer"),
    "year": ("year", "releasedyear", "releaseyear", "albumreleasedate", "trackalbumreleasedate", "releasedate"),
    "genre": ("genre", "trackgenre", "playlistgenre", "genres", "artistgenres", "maingenre"),
    "subgenre": ("subgenre", "playlistsubgenre"),
    "popularity": ("popularity", "trackpopularity"),
    "tempo": ("tempo", "bpm"),
    "duration_ms": ("durationms", "trackdurationms", "duration", "length"),
    **{name: (name, f"{name}%") for name in FEATURES if name not in ("tempo", "duration_ms")},
}

_NOTES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_KEYS: Final = {name: place for place, name in enumerate(_NOTES)}
_MODES: Final = {"major": 1, "minor": 0}
_ID: Final = r"(?:^|spotify:track:|open\.spotify\.com/(?:intl-[a-z-]+/)?track/)([0-9A-Za-z]{22})(?:$|[?#/])"

# Characters that draw text in another order than it is written, and those that are no text at all.
_UNSEEN: Final = r"[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
_LIST: Final = re.compile(r"""^\[\s*(['"].*['"])\s*\]$""")


def squeeze(name: object) -> str:
    """A column's name without case, blanks and signs: "Artist Name(s)" becomes "artistnames"."""
    return _NOT_A_LETTER.sub("", str(name).casefold())


def understand(columns: Iterable[object]) -> dict[str, str]:
    """Which column of a table is which of ours.

    Returns:
        Our name to the table's, for those that are there.
    """
    there: dict[str, str] = {}
    for column in columns:
        there.setdefault(squeeze(column), str(column))
    found = {
        ours: next((there[name] for name in names if name in there), None) for ours, names in NAMES.items()
    }  # fmt: skip
    return {ours: column for ours, column in found.items() if column is not None}


def shape_name(columns: Iterable[object]) -> str:
    """Who makes tables that look like this, in words."""
    there = {squeeze(column) for column in columns}
    if {"feltvalence", "source", "trackid"} <= there:
        return "Mood DJ's own export"
    if {"trackuri", "artistnames"} <= there or {"spotifyid", "artistids"} <= there:
        return "Exportify"
    if {"trackid", "trackname"} <= there:
        return "a Kaggle table of Spotify songs"
    return "a table of songs"


def clean_text(column: pd.Series[str]) -> pd.Series[str]:
    """Text without control characters and direction marks, single blanks; right-to-left letters stay."""
    return column.str.replace(_UNSEEN, " ", regex=True).str.replace(r"\s+", " ", regex=True).str.strip()


def artists(column: pd.Series[str]) -> pd.Series[str]:
    """Names written as one text: "A;B" and "['A', 'B']" become "A, B"."""
    listed = column.str.startswith("[") & column.str.endswith("]")
    if listed.any():
        column = column.where(~listed, column[listed].map(_from_list))
    return column.str.replace(r"\s*;\s*", ", ", regex=True)


def _from_list(text: str) -> str:
    inner = _LIST.match(text)
    return ", ".join(part.strip(" '\"") for part in re.split(r"""['"]\s*,\s*['"]""", inner[1])) if inner else text


def spotify_ids(column: pd.Series[str]) -> pd.Series[str]:
    """Spotify ids from ids, URIs and links; "" where there is none."""
    return column.str.strip().str.extract(_ID, expand=False).fillna("")


def own_ids(artist: pd.Series[str], title: pd.Series[str]) -> list[str]:
    """Ids for songs that came without one of Spotify's: the same song gets the same id in every file."""
    return [
        "own-" + hashlib.sha256(f"{plain(a)}|{plain(t)}|{t if not plain(t) else ''}".encode()).hexdigest()[:16]
        for a, t in zip(artist, title, strict=True)
    ]


def number(name: str, column: pd.Series[str], theirs: str) -> tuple[pd.Series[float], pd.Series[bool]]:
    """A column of numbers.

    Args:
        name: What we call it.
        column: Text.
        theirs: What the table calls it; one that ends with "%" is in percent.

    Returns:
        The numbers, NaN where there is none, and where there was something that is no number.
    """
    text = column.str.strip()
    if name == "key":
        text = text.map(lambda value: str(_KEYS.get(value, value)))
    elif name == "mode":
        text = text.map(lambda value: str(_MODES.get(value.casefold(), value)))
    elif name == "year":
        text = text.str.extract(r"^(\d{4})", expand=False).fillna("")
    empty = text.str.casefold().isin(["", "nan", "null", "none", "na", "n/a"])
    values = pd.to_numeric(text.where(~empty), errors="coerce").astype(float)
    broken = values.isna() & ~empty
    if squeeze(theirs).endswith("%"):
        values = values / 100.0
    if name == "duration_ms" and "ms" not in squeeze(theirs) and values.median() < 3600:
        # Nobody has songs of a second: this table counts in seconds.
        values = values * 1000.0
    return values, broken


TEXTS: Final = tuple(name for name in TEXT_COLUMNS if name != "track_id")
