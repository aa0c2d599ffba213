"""Checks on tables that come from outside: every complaint names file, row, column, value and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from moodlib.errors import InputError

MAX_ROWS: Final = 2_000_000
"""More songs than this are refused before they are read: they would not fit in a small machine's memory."""


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric column.

    Attributes:
        name: Column name.
        low: Smallest value allowed.
        high: Largest value allowed.
        whole: Only whole numbers.
        required: The column must be there and hold no missing value; otherwise both may be missing.
        above_low: `low` itself is not allowed.
    """

    name: str
    low: float
    high: float
    whole: bool = False
    required: bool = True
    above_low: bool = False

    @property
    def expected(self) -> str:
        """What the column holds, in words."""
        kind = "a whole number" if self.whole else "a number"
        if self.above_low:
            return f"{kind} above {self.low:g} and at most {self.high:g}"
        return f"{kind} from {self.low:g} to {self.high:g}"


# Ranges of Spotify's audio features. A mastered track can peak a little above 0 dB, so loudness ends at 6.
FEATURE_COLUMNS: Final[tuple[Number, ...]] = (
    Number("danceability", 0, 1),
    Number("energy", 0, 1),
    Number("key", -1, 11, whole=True, required=False),
    Number("loudness", -80, 6),
    Number("mode", 0, 1, whole=True, required=False),
    Number("speechiness", 0, 1),
    Number("acousticness", 0, 1),
    Number("instrumentalness", 0, 1),
    Number("liveness", 0, 1),
    Number("valence", 0, 1),
    Number("tempo", 0, 300),
    Number("duration_ms", 0, 86_400_000, required=False),
)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (`.csv`, UTF-8, comma) or Parquet (`.parquet`) file.

    Raises:
        InputError: It is missing, empty, of another kind, not readable, or has more than `MAX_ROWS` rows.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InputError(f"{path} is not a file; give the path of a CSV or Parquet file with songs.")
    if suffix not in {".csv", ".parquet"}:
        raise InputError(f"{path} is neither .csv nor .parquet; save the songs in one of these forms.")
    try:
        if suffix == ".parquet":
            rows = pq.read_metadata(path).num_rows
            if rows > MAX_ROWS:
                raise InputError(f"{path} has {rows:,} rows; at most {MAX_ROWS:,} are read at once, so split it.")
            table = pd.read_parquet(path)
        else:
            # Ids, titles and artists stay text: a title can be "1999" or "nan".
            text = {"track_id": str, "title": str, "artist": str}
            table = pd.read_csv(path, nrows=MAX_ROWS + 1, dtype=text, keep_default_na=False, na_values=["", "NaN"])
            if len(table) > MAX_ROWS:
                raise InputError(f"{path} has more than {MAX_ROWS:,} rows; split it.")
    except InputError:
        raise
    except Exception as error:
        # pandas and Arrow raise a dozen unrelated kinds for a broken file.
        raise InputError(
            f"{path} cannot be read as {suffix[1:]} ({str(error).splitlines()[0]}); save it anew."
        ) from error
    if table.empty:
        raise InputError(f"{path} holds no songs; give a file with at least one row.")
    return table


def complain(path: Path, row: int, column: str, value: object, expected: str) -> InputError:
    """The one sentence for a value that cannot be used; `row` counts from 1, without the header."""
    shown = str(value)
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    return InputError(f'{path}, row {row}: "{column}" is {shown}; expected {expected}. Fix the row or drop it.')


def require_columns(table: pd.DataFrame, names: Sequence[str], path: Path) -> None:
    """Make sure that columns are there, each once.

    Raises:
        InputError: Names all that are missing.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InputError(
            f"{path}: column{'s' * (len(missing) > 1)} missing: {', '.join(missing)}; found: "
            f"{', '.join(map(str, list(table.columns)[:20]))}. Add what is missing."
        )


def check_text(table: pd.DataFrame, name: str, path: Path) -> pd.Series[str]:
    """A text column without missing or blank values.

    Raises:
        InputError: A value is missing, blank or not text.
    """
    column = table[name]
    blank = column.isna() | (column.astype(str).str.strip() == "")
    if blank.any():
        raise complain(path, int(np.argmax(blank)) + 1, name, "empty", "some text")
    text = column.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    if not text.all():
        row = int(np.argmin(text))
        raise complain(path, row + 1, name, column.iloc[row], "text")
    return column.astype(str)


def check_unique(column: pd.Series[str], path: Path) -> None:
    """Make sure that no value occurs twice.

    Raises:
        InputError: Names both rows.
    """
    again = column.duplicated().to_numpy()
    if again.any():
        row = int(np.argmax(again))
        first = int(np.argmax((column == column.iloc[row]).to_numpy()))
        raise complain(
            path, row + 1, str(column.name), column.iloc[row], f"no value twice (row {first + 1} has it too)"
        )


def check_number(table: pd.DataFrame, number: Number, path: Path) -> pd.Series[float]:
    """A numeric column as float64; an optional one that is not there comes back as NaN.

    Raises:
        InputError: A value is not a number, infinite, out of range, or missing where it must not be.
    """
    if number.name not in table.columns:
        return pd.Series(np.nan, index=table.index, name=number.name, dtype=float)
    raw = table[number.name]
    numeric: pd.Series[float] = pd.to_numeric(raw, errors="coerce").astype(float)
    missing = raw.isna().to_numpy()
    if not number.required:
        missing = missing & numeric.isna().to_numpy()
    values = numeric.to_numpy()
    with np.errstate(invalid="ignore"):
        good = np.isfinite(values) & (values >= number.low) & (values <= number.high)
        if number.above_low:
            good &= values > number.low
        if number.whole:
            good &= values == np.floor(values)
    if not number.required:
        good |= missing
    if not good.all():
        row = int(np.argmin(good))
        raise complain(path, row + 1, number.name, "missing" if missing[row] else raw.iloc[row], number.expected)
    return numeric
