"""Listeners' mood labels, joined with the audio features of the songs they are about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.errors import InputError
from moodlib.music import features
from moodlib.music.tables import FEATURE_COLUMNS, check_number, read_table, require_columns

# The words of the sources, as the quadrant they stand for. "energetic" songs sit between happy and angry; they are put
# with angry, the only other mood of high arousal: put nowhere, that source would have no word on the angry quadrant.
_QUADRANT_OF: Final = {
    "happy": "happy",
    "angry": "angry",
    "energetic": "angry",
    "sad": "sad",
    "calm": "calm",
    "relaxed": "calm",
}


@dataclass(frozen=True)
class Labels:
    """Labelled songs, one row per source and song.

    Attributes:
        songs: Columns `track_id` (unique per row: source and id), `artist`, `title`, `popularity` and the features.
        source: Name of the source of each row, shape (n,).
        artist: Normalised artist of each row, shape (n,): what training and test never share.
        quadrant: Index into `features.QUADRANTS`, shape (n,).
        shares: Soft membership in the quadrants, float32, shape (n, 4): one-hot for words, soft for continuous tags.
        tags: Valence and arousal where the source has them, else NaN, shape (n, 2).
    """

    songs: pd.DataFrame
    source: NDArray[np.str_]
    artist: NDArray[np.str_]
    quadrant: NDArray[np.intp]
    shares: features.Matrix
    tags: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.songs)

    def take(self, rows: NDArray[np.intp]) -> Labels:
        """Some of the rows, in the order given."""
        return Labels(
            self.songs.iloc[rows].reset_index(drop=True),
            self.source[rows],
            self.artist[rows],
            self.quadrant[rows],
            self.shares[rows],
            self.tags[rows],
        )


def read(labels: Path, tracks: Path) -> Labels:
    """Join labels with features, by track id, and by `join_key` where the id has none.

    `deezer_train` and `deezer_validation` are one source, `deezer`: the split by artist here is our own. Their tags are
    standardised, so the sign says the side of each axis.

    Args:
        labels: Columns `join_key` (artist|title), `source`, `mood`, `valence_tag`, `arousal_tag`, `track_id`.
        tracks: Columns `track_id`, `join_key`, `title`, `popularity` and the audio features.

    Raises:
        InputError: A file or column is missing, a mood is unknown, or no label has features.
    """
    told = read_table(labels)
    require_columns(told, ["join_key", "source", "mood", "valence_tag", "arousal_tag", "track_id"], labels)
    known = read_table(tracks)
    names = [column.name for column in FEATURE_COLUMNS]
    require_columns(known, ["track_id", "join_key", "title", "popularity", *names], tracks)
    by_id = known.drop_duplicates("track_id").set_index("track_id")
    key_to_id = known.drop_duplicates("join_key").set_index("join_key")["track_id"]
    ids = told["track_id"].where(told["track_id"].isin(by_id.index), told["join_key"].map(key_to_id))
    told = told.assign(feature_id=ids)[ids.notna().to_numpy()].reset_index(drop=True)
    if told.empty:
        raise InputError(f"No song of {labels} is in {tracks}; give the two files that belong together.")
    source = told["source"].str.removesuffix("_train").str.removesuffix("_validation").to_numpy(dtype=str)
    artist = told["join_key"].str.split("|").str[0].to_numpy(dtype=str)
    rows = by_id.loc[told["feature_id"]]
    songs = pd.DataFrame({column.name: check_number(rows, column, tracks).to_numpy() for column in FEATURE_COLUMNS})
    songs["track_id"] = [f"{s}:{i}:{n}" for n, (s, i) in enumerate(zip(source, told["feature_id"], strict=True))]
    songs["artist"], songs["title"] = artist, rows["title"].to_numpy()
    songs["popularity"] = rows["popularity"].to_numpy(dtype=float)
    quadrant, shares = _quadrants(told, labels)
    tags = told[["valence_tag", "arousal_tag"]].to_numpy(dtype=float)
    return Labels(songs, source, artist, quadrant, shares, tags)


def _quadrants(told: pd.DataFrame, labels: Path) -> tuple[NDArray[np.intp], features.Matrix]:
    """Hard and soft quadrant of each row."""
    place = told[["valence_tag", "arousal_tag"]].to_numpy(dtype=float)
    word = told["mood"].map(_QUADRANT_OF)
    has_tags = np.isfinite(place).all(axis=1)
    unknown = (word.isna() & ~has_tags).to_numpy()
    if unknown.any():
        row = int(np.argmax(unknown))
        raise InputError(
            f'{labels}, row {row + 1}: "mood" is {told["mood"].iloc[row]} and there are no tags; expected one of '
            f"{', '.join(_QUADRANT_OF)}. Fix the row or drop it."
        )
    of_word = word.map({name: index for index, name in enumerate(features.QUADRANTS)})
    soft = features.membership(np.nan_to_num(place))
    hard = np.where(word.notna(), of_word.fillna(0), soft.argmax(axis=1)).astype(np.intp)
    shares = np.where(word.notna().to_numpy()[:, None], np.eye(4, dtype=np.float32)[hard], soft)
    return hard, shares.astype(np.float32)


def folds(artist: NDArray[np.str_], count: int, seed: int) -> NDArray[np.intp]:
    """Which of `count` folds each row is in; all rows of an artist are in the same one.

    The assignment depends on the artist's name and the seed alone, not on the order of the rows.
    """
    names = np.unique(artist)
    of_name = np.random.default_rng(seed).permutation(len(names)) % count
    return np.asarray(of_name[np.searchsorted(names, artist)], dtype=np.intp)
