"""Songs that are like a song: by how they sound, or by what they feel like."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from moodlib.music import taste

By = Literal["sound", "feeling"]
_SPREAD: Final = (
    0.45  # about one standard deviation of the felt places in the catalogue, so that both distances compare
)


def nearest(songs: pd.DataFrame, track_id: str, by: By = "sound", limit: int = 8) -> pd.DataFrame:
    """The songs nearest to one.

    By sound: Euclidean distance in the eight features of `taste.sound`, each in standard deviations. By feeling:
    distance on the plane of felt moods, songs at the same place ordered by sound.

    Args:
        songs: As `Shelf.library`.
        track_id: One of them.
        by: What near means.
        limit: How many.

    Returns:
        At most `limit` rows, nearest first, with `distance`; the song itself and songs without features are not among
        them. None when the song itself has no features.
    """
    known = songs[songs["felt_valence"].notna()]
    row = np.flatnonzero(known["track_id"].to_numpy() == track_id)
    if not len(row):
        return known.head(0).assign(distance=0.0)
    places = taste.sound(known)
    sound = np.sqrt(((places - places[row[0]]) ** 2).mean(axis=1))
    felt = known[["felt_valence", "felt_arousal"]].to_numpy(dtype=float) / _SPREAD
    feeling = np.sqrt(((felt - felt[row[0]]) ** 2).sum(axis=1))
    distance = sound if by == "sound" else feeling + sound / 1000.0
    distance[row[0]] = np.inf
    best = np.argsort(distance, kind="stable")[: min(limit, len(known) - 1)]
    return known.iloc[best].assign(distance=distance[best]).reset_index(drop=True)
