"""Reading songs: the project's own catalogue, and other people's song files. Everything that is read is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from moodlib import paths
from moodlib.music.tables import (
    FEATURE_COLUMNS,
    Number,
    check_number,
    check_text,
    check_unique,
    complain,
    read_table,
    require_columns,
)
from moodlib.spotify.embed import is_track_id

FEATURES: Final[tuple[str, ...]] = tuple(column.name for column in FEATURE_COLUMNS)
TEXT_COLUMNS: Final = ("track_id", "title", "artist", "genre", "subgenre")
_YEAR: Final = Number("year", 1900, 2100, whole=True)
_POPULARITY: Final = Number("popularity", 0, 100, whole=True)
COLUMNS: Final[tuple[str, ...]] = ("track_id", "title", "artist", "year", "genre", "subgenre", "popularity", *FEATURES)

# In our own catalogue nothing is missing, and a tempo of 0 means that Spotify found no beat.
_CATALOGUE_NUMBERS: Final[tuple[Number, ...]] = (
    _YEAR,
    _POPULARITY,
    *(
        Number(c.name, c.low, c.high, c.whole, required=True, above_low=c.name in {"tempo", "duration_ms"})
        for c in FEATURE_COLUMNS
    ),
)


def load(path: Path = paths.CATALOGUE) -> pd.DataFrame:
    """The catalogue, checked.

    Args:
        path: A Parquet or CSV file with the columns `COLUMNS`.

    Returns:
        One row per song in the file's order, columns `COLUMNS` (others are dropped): text as str; `year`, `popularity`,
        `key`, `mode`, `duration_ms` as int64; the other features as float64.

    Raises:
        InputError: A column is missing or of another type, a value is missing or out of range, an id is not one or
            occurs twice. Names file, row, column, value and what was expected.
    """
    path = Path(path)
    table = read_table(path)
    require_columns(table, COLUMNS, path)
    songs: dict[str, pd.Series] = {}
    for name in TEXT_COLUMNS:
        songs[name] = check_text(table, name, path)
    ids = songs["track_id"].map(is_track_id).to_numpy(dtype=bool)
    if not ids.all():
        row = int(np.argmin(ids))
        raise complain(path, row + 1, "track_id", songs["track_id"].iloc[row], "a Spotify id of 22 letters and digits")
    check_unique(songs["track_id"], path)
    for number in _CATALOGUE_NUMBERS:
        column = check_number(table, number, path)
        whole = number.whole or number.name == "duration_ms"
        songs[number.name] = column.round().astype("int64") if whole else column
    return pd.DataFrame({name: songs[name].to_numpy() for name in COLUMNS}).astype(dict.fromkeys(TEXT_COLUMNS, "str"))


def read_songs(path: Path) -> pd.DataFrame:
    """Songs of somebody else's file, for `rank --songs`.

    Needed: `track_id` (any text, each once) and Spotify's audio features; `key`, `mode` and `duration_ms` may be
    missing, as columns or in some rows. Kept when they are there: `title`, `artist`, `genre`, `popularity`, and `year`
    (or the year of `release_date`).

    Args:
        path: A CSV or Parquet file.

    Returns:
        One row per song in the file's order: `track_id`, `title`, `artist`, `genre` (text, "" when unknown), `year`,
        `popularity` and the features (float64, NaN when unknown).

    Raises:
        InputError: As `load`, for what is needed.
    """
    path = Path(path)
    table = read_table(path)
    required = [column.name for column in FEATURE_COLUMNS if column.required]
    require_columns(table, ["track_id", *required], path)
    # Ids need not be Spotify's: a number that Parquet kept as a number is as good a name as any.
    if table["track_id"].isna().any():
        raise complain(path, int(np.argmax(table["track_id"].isna())) + 1, "track_id", "missing", "an id")
    ids = check_text(table.assign(track_id=table["track_id"].astype(str)), "track_id", path)
    check_unique(ids, path)
    songs: dict[str, np.ndarray] = {"track_id": ids.to_numpy()}
    for name in ("title", "artist", "genre"):
        known = table[name].fillna("").astype(str) if name in table.columns else pd.Series("", index=table.index)
        songs[name] = known.to_numpy()
    songs["year"] = _years(table)
    popularity = Number("popularity", 0, 100, required=False)
    for column in (popularity, *FEATURE_COLUMNS):
        songs[column.name] = check_number(table, column, path).to_numpy()
    return pd.DataFrame(songs).astype(dict.fromkeys(("track_id", "title", "artist", "genre"), "str"))


def _years(table: pd.DataFrame) -> np.ndarray:
    """Years as float64, NaN where there is none that can be read; a date that cannot be read is no reason to stop."""
    for name in ("year", "release_date"):
        if name in table.columns:
            text = table[name].astype(str).str.extract(r"^\s*(\d{4})")[0]
            years = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
            return np.where((years >= _YEAR.low) & (years <= _YEAR.high), years, np.nan)
    return np.full(len(table), np.nan)


def check(path: Path) -> int:
    """Check a catalogue file as `load` does.

    Returns:
        Number of songs.

    Raises:
        InputError: As `load`.
    """
    return len(load(path))
