"""FER+'s votes, joined from `fer2013new.csv` (Barsoum et al. 2016; github.com/microsoft/FERPlus)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.errors import InputError

# In the order of `fer2013.VOTE_COLUMNS`, by the names that the file gives them.
COLUMNS: Final = (
    "anger",
    "disgust",
    "fear",
    "happiness",
    "sadness",
    "surprise",
    "neutral",
    "contempt",
    "unknown",
    "NF",
)
_NAME: Final = "Image name"


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the FER+ votes cannot be read as CSV: {' '.join(str(error).split())}.") from error
    table.columns = table.columns.str.strip()
    missing = [column for column in ("Usage", _NAME, *COLUMNS) if column not in table.columns]
    if missing:
        raise InputError(
            f"{path.name}: the column {missing[0]!r} is missing; FER+'s votes come as fer2013new.csv with the columns "
            f"Usage, {_NAME}, {', '.join(COLUMNS)}."
        )
    counts = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce")
    wrong = ~(counts.ge(0) & counts.le(255) & counts.eq(counts.round())).all(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong.to_numpy())[0])
        raise InputError(f"{path.name}, row {row + 1}: a vote is a whole number from 0 to 10.")
    table[list(COLUMNS)] = counts
    return table


def join(path: Path, usage: NDArray[np.str_], names: NDArray[np.str_] | None) -> NDArray[np.uint8]:
    """The votes for each face.

    Args:
        path: `fer2013new.csv`.
        usage: The split of each face, in the order of the data.
        names: FER+'s name of each picture (`fer0000002.png`), where the data has them. Without names the rows of both
            files are taken to be in the same order, as those of `fer2013.csv` and `icml_face_data.csv` are; their
            splits must then agree row by row.

    Returns:
        uint8, shape (n, 10), order of `fer2013.VOTE_COLUMNS`. Pictures that FER+ calls no face keep their votes for
        that, and so train the FER+ head with nothing.

    Raises:
        InputError: The file cannot be read, or does not belong to the data.
    """
    table = _read(Path(path))
    if names is None:
        if len(table) != len(usage):
            raise InputError(
                f"{path.name} has {len(table):,} rows and the data {len(usage):,}; without the pictures' names the "
                "votes belong to the whole fer2013.csv in its own order."
            )
        other = table["Usage"].astype(str).str.strip().to_numpy() != usage
        if other.any():
            row = int(np.flatnonzero(other)[0])
            raise InputError(
                f"{path.name}, row {row + 1}: the split is {table['Usage'].iloc[row]} and the data's {usage[row]}; "
                "the two files are not in the same order."
            )
        return table[list(COLUMNS)].to_numpy(dtype=np.uint8)
    rows = table.dropna(subset=[_NAME]).drop_duplicates(_NAME).set_index(_NAME)
    unknown = ~np.isin(names, rows.index.to_numpy(dtype=np.str_))
    if unknown.any():
        raise InputError(f"{path.name} has no votes for {names[unknown][0]} ({int(unknown.sum()):,} such pictures).")
    return rows[list(COLUMNS)].reindex(names.tolist()).to_numpy(dtype=np.uint8)
