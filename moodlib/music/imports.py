"""Reading songs from somebody's file: all of it is looked at, and nothing is added before the listener has seen it."""

from __future__ import annotations

import codecs
import io
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from moodlib.errors import InputError
from moodlib.music import columns
from moodlib.music.shelf import MAX_ADDED
from moodlib.music.tables import FEATURE_COLUMNS, Number
from moodlib.settings import limits

_NUMBERS: Final = (
    Number("year", 1000, 2100, required=False),
    Number("popularity", 0, 100, required=False),
    *FEATURE_COLUMNS,
)
_DELIMITERS: Final = ",;\t|"
_SHOWN: Final = 60


@dataclass(frozen=True)
class Preview:
    """What a file holds, before anything is added.

    Attributes:
        name: The file's name.
        shape: Whose kind of table it is, in words.
        encoding: How its text was read; "" for Parquet.
        understood: Which of its columns was taken for what: our name to theirs.
        ignored: Columns that are not used.
        songs: What can be added, in our columns.
        rejected: `row` (from 1, without the header), `song` and `reason` of what cannot.
    """

    name: str
    shape: str
    encoding: str
    understood: dict[str, str]
    ignored: tuple[str, ...]
    songs: pd.DataFrame
    rejected: pd.DataFrame

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were rejected for what, the most frequent first; values are left out of the reasons."""
        short = (reason.split(":")[0] for reason in self.rejected["reason"])
        return dict(Counter(short).most_common())


def read(data: bytes, name: str) -> Preview:
    """Look at a CSV or Parquet file of songs.

    Args:
        data: The file. What it is, is told by its content and not by its name.
        name: What it is called.

    Returns:
        Songs and rejected rows; together all rows of the file.

    Raises:
        InputError: It is empty, no table, has more rows than settings.toml's `import_rows`, or no column with titles.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise InputError(f"{name} is empty; choose a CSV or Parquet file with songs.")
    encoding = ""
    torn: dict[int, tuple[str, str]] = {}
    if data[:4] == b"PAR1":
        table = _parquet(data, name)
    elif data[:2] == b"PK":
        raise InputError(f"{name} is a workbook or a zip archive; open it and save its table as CSV.")
    elif data[:2] == b"\x1f\x8b":
        raise InputError(f"{name} is compressed; unpack it first.")
    else:
        text, encoding = decode(data, name)
        table, torn = _csv(text, name)
    understood = columns.understand(table.columns)
    if "title" not in understood:
        found = ", ".join(str(column)[:30] for column in list(table.columns)[:12])
        raise InputError(f'{name} has no column with titles ("title", "track_name", "Track Name"); found: {found}.')
    # A row that has too many or too few fields was left out by the reader; the others keep their numbers.
    numbers = np.delete(np.arange(1, len(table) + len(torn) + 1), [row - 1 for row in torn])
    songs, reasons = _songs(table, understood, own=columns.shape_name(table.columns).startswith("Mood DJ"))
    _refuse_beyond(songs, reasons)
    bad = np.array([bool(reason) for reason in reasons], dtype=bool)
    shown = (songs["artist"] + " · " + songs["title"]).str.slice(0, _SHOWN)
    rejected = pd.DataFrame(
        {
            "row": [*numbers[bad], *torn],
            "song": [*shown[bad], *[line[:_SHOWN] for line, _ in torn.values()]],
            "reason": [*[reason for reason in reasons if reason], *[reason for _, reason in torn.values()]],
        }
    ).astype({"row": "int64", "song": "str", "reason": "str"})
    return Preview(
        name=name,
        shape=columns.shape_name(table.columns),
        encoding=encoding,
        understood=understood,
        ignored=tuple(str(c) for c in table.columns if str(c) not in understood.values()),
        songs=songs[~bad].reset_index(drop=True),
        rejected=rejected.sort_values("row", ignore_index=True),
    )


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text of a file whose encoding nobody said.

    A mark at the beginning decides; then zeros in every other byte mean UTF-16, valid UTF-8 is UTF-8, and what is left
    was written by an older Windows.

    Returns:
        The text, and the encoding's name.

    Raises:
        InputError: It is no text.
    """
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    start = data[:4000]
    marked = next((encoding for mark, encoding in marks if data.startswith(mark)), None)
    if marked is None and start.count(0) > len(start) // 4:
        marked = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            if encoding != "utf-8":
                break
            text = text.replace("\x00", "")
        return text, encoding
    raise InputError(f"{name} is no text that can be read; save it as CSV in UTF-8.")


def _csv(text: str, name: str) -> tuple[pd.DataFrame, dict[int, tuple[str, str]]]:
    """The table, all of it text, and the rows with another number of fields than the header: row to line and reason."""
    # Counted before anything is read, so that the sentence comes at once; a title with a line break counts twice.
    rows = text.count("\n") - text.endswith("\n")
    if rows > limits().import_rows:
        raise InputError(_too_long(name, rows))
    text = text if text.endswith("\n") else text + "\n"
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    torn: dict[int, tuple[str, str]] = {}

    def leave_out(row: pa_csv.InvalidRow) -> str:
        reason = f"it has {row.actual_columns} fields where the header has {row.expected_columns}"
        torn[int(row.number) - 1] = (str(row.text), reason)
        return "skip"

    try:
        table = pa_csv.read_csv(
            io.BytesIO(text.encode("utf-8", "replace")),
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=max(1 << 20, min(1 << 26, len(text) // 4))),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=leave_out
            ),
            convert_options=pa_csv.ConvertOptions(
                strings_can_be_null=False, null_values=[], column_types=_as_text(header, delimiter)
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise InputError(f"{name} cannot be read as CSV ({str(error).splitlines()[0][:120]}); save it anew.") from error
    return _frame(table, name), torn


def _too_long(name: str, rows: int) -> str:
    return (
        f"{name} has {rows:,} rows and at most {limits().import_rows:,} are read; keep the songs that you want, or "
        "split it (import_rows in settings.toml is the limit)."
    )


def _as_text(header: str, delimiter: str) -> dict[str, pa.DataType]:
    """Every column as text, for a title can be "1999"."""
    row = pa_csv.read_csv(
        io.BytesIO((header.strip("\r") + "\n").encode("utf-8", "replace")),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter),
    )
    return dict.fromkeys(row.column_names, pa.string())


def _parquet(data: bytes, name: str) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > limits().import_rows:
            raise InputError(_too_long(name, file.metadata.num_rows))
        wanted = list(columns.understand(file.schema_arrow.names).values())
        extra = [c for c in file.schema_arrow.names if columns.squeeze(c) in ("feltvalence", "source")]
        return _frame(file.read(columns=[*wanted, *extra]), name)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0][:120]
        raise InputError(f"{name} cannot be read as Parquet ({first}); save it anew.") from error


def _frame(table: pa.Table, name: str) -> pd.DataFrame:
    """All columns as text; lists, such as of artists, with semicolons between."""
    if not table.num_rows and not table.num_columns:
        raise InputError(f"{name} holds no table; choose a CSV or Parquet file with songs.")
    text: dict[str, pd.Series[str]] = {}
    for column, values in zip(table.column_names, table.columns, strict=True):
        if column in text:
            continue
        if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            joined = ["; ".join(map(str, value or [])) for value in values.to_pylist()]
            text[column] = pd.Series(joined, dtype="str")
        elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            text[column] = values.to_pandas().fillna("").astype("str")
        else:
            numbers = values.to_pandas()
            text[column] = numbers.astype("str").where(numbers.notna(), "")
    return pd.DataFrame(text)


def _songs(table: pd.DataFrame, understood: dict[str, str], *, own: bool) -> tuple[pd.DataFrame, list[str]]:
    """Our columns, and for each row why it cannot be added ("" when it can)."""
    songs = pd.DataFrame(index=table.index)
    for name in columns.TEXTS:
        raw = table[understood[name]] if name in understood else pd.Series("", index=table.index, dtype="str")
        if own:
            # Our own export puts a quote before what a spreadsheet would take for a formula.
            raw = raw.str.replace(r"^'('*[=+\-@\t\r])", r"\1", regex=True)
        songs[name] = columns.clean_text(columns.artists(raw) if name == "artist" else raw)
    reason = np.full(len(table), "", dtype=object)

    def refuse(rows: np.ndarray, why: str | list[str]) -> None:
        first = rows & (reason == "")
        reason[first] = why if isinstance(why, str) else np.array(why, dtype=object)[first[rows]]

    given = table[understood["track_id"]] if "track_id" in understood else pd.Series("", index=table.index, dtype="str")
    refuse(given.str.contains("spotify:episode:|/episode/", regex=True).to_numpy(bool), "an episode, not a song")
    refuse((songs["title"] == "").to_numpy(bool), "no title")
    ids = columns.spotify_ids(given)
    missing = (ids == "").to_numpy(bool)
    ids[missing] = np.array(columns.own_ids(songs["artist"][missing], songs["title"][missing]), dtype=object)
    for column in _NUMBERS:
        if column.name not in understood:
            continue
        theirs = understood[column.name]
        values, broken = columns.number(column.name, table[theirs], theirs)
        if column.name == "tempo":
            # Zero is Spotify's way to say that it found no beat.
            values = values.where(values != 0)
        outside = (values < column.low) | (values > column.high) | np.isinf(values)
        wrong = (outside | broken).to_numpy(bool)
        refuse(
            wrong,
            [f'"{theirs}" is not {column.expected}: {str(value)[:20]}' for value in table[theirs][wrong]],
        )
        songs[column.name] = values.where(~wrong)
    songs.insert(0, "track_id", ids.to_numpy())
    again = np.zeros(len(songs), dtype=bool)
    good = reason == ""
    again[good] = songs["track_id"][good].duplicated().to_numpy(bool)
    refuse(again, "the same song stands further up")
    return songs, list(reason)


def _refuse_beyond(songs: pd.DataFrame, reasons: list[str]) -> None:
    """Keep the most popular songs when there are more than a session can hold."""
    good = np.array([not reason for reason in reasons], dtype=bool)
    if good.sum() <= MAX_ADDED:
        return
    rows = np.flatnonzero(good)
    popularity = songs["popularity"].to_numpy(float) if "popularity" in songs else np.zeros(len(songs))
    order = np.argsort(-np.nan_to_num(popularity[rows], nan=-1.0), kind="stable")
    why = f"beyond the {MAX_ADDED:,} most popular, which is what a session holds"
    for row in rows[order[MAX_ADDED:]]:
        reasons[int(row)] = why
