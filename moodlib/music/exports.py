"""A list of songs as a file for other programs."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from moodlib.music.catalogue import COLUMNS
from moodlib.spotify.embed import is_track_id, track_url

EXPORTED: Final[tuple[str, ...]] = (*COLUMNS, "source", "felt_valence", "felt_arousal", "fit")
"""Columns of a list that are written, those that it has."""

_WHOLE: Final = ("year", "popularity", "key", "mode", "duration_ms")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
# XML 1.0 cannot hold these, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XSPF: Final = "http://xspf.org/ns/0/"


def _listed(songs: pd.DataFrame) -> pd.DataFrame:
    """The columns that are written; whole numbers without a point, what is unknown empty."""
    table = songs[[name for name in EXPORTED if name in songs.columns]].copy()
    for name in _WHOLE:
        if name in table.columns:
            table[name] = pd.array(table[name].to_numpy(dtype=float).round(), dtype="Float64").astype("Int64")
    return table


def to_csv(songs: pd.DataFrame) -> bytes:
    """CSV in UTF-8 with a mark, which spreadsheets need to see that it is.

    A text that a spreadsheet would run as a formula gets a quote before it; our own import takes it off again.
    """
    table = _listed(songs)
    for name in table.columns:
        if pd.api.types.is_string_dtype(table[name]):
            table[name] = table[name].map(harmless)
    return table.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8-sig", "replace")


def harmless(text: object) -> str:
    """Text that no spreadsheet runs: a quote goes before what looks like a formula."""
    return f"'{text}" if _FORMULA.match(str(text)) else str(text)


def to_json(songs: pd.DataFrame) -> bytes:
    """A list of objects, one for each song; what is unknown is null."""
    table = _listed(songs)
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return json.dumps(rows, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _seconds(song: dict[Any, Any]) -> float | None:
    duration = song.get("duration_ms")
    return float(duration) / 1000 if duration is not None and pd.notna(duration) else None


def to_m3u8(songs: pd.DataFrame) -> bytes:
    """An extended M3U playlist in UTF-8 of the songs' Spotify pages; songs that Spotify does not know are comments."""
    lines = ["#EXTM3U"]
    for song in songs.to_dict("records"):
        name = f"{_one_line(song['artist'])} - {_one_line(song['title'])}"
        seconds = _seconds(song)
        if is_track_id(song["track_id"]):
            lines += [f"#EXTINF:{-1 if seconds is None else round(seconds)},{name}", track_url(song["track_id"])]
        else:
            lines.append(f"# without an address: {name}")
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def to_xspf(songs: pd.DataFrame) -> bytes:
    """An XSPF playlist (version 1)."""
    root = ET.Element("playlist", {"version": "1", "xmlns": _XSPF})
    tracks = ET.SubElement(root, "trackList")
    for song in songs.to_dict("records"):
        track = ET.SubElement(tracks, "track")
        if is_track_id(song["track_id"]):
            ET.SubElement(track, "location").text = track_url(song["track_id"])
        for tag, name in (("title", "title"), ("creator", "artist")):
            if song[name]:
                ET.SubElement(track, tag).text = _NOT_XML.sub("", str(song[name]))
        seconds = _seconds(song)
        if seconds is not None:
            ET.SubElement(track, "duration").text = str(round(seconds * 1000))
    buffer = io.BytesIO()
    ET.ElementTree(root).write(buffer, encoding="utf-8", xml_declaration=True)
    return buffer.getvalue()


FORMS: Final[dict[str, tuple[str, str, Callable[[pd.DataFrame], bytes]]]] = {
    "CSV": ("csv", "text/csv", to_csv),
    "JSON": ("json", "application/json", to_json),
    "M3U8": ("m3u8", "application/vnd.apple.mpegurl", to_m3u8),
    "XSPF": ("xspf", "application/xspf+xml", to_xspf),
}
"""What a list can be saved as: suffix, media type and what writes it."""
