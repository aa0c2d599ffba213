"""From a ranking to the few songs that are shown."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.errors import InputError
from moodlib.music.taste import Taste
from moodlib.music.titles import artist_key, core_title

MAX_LIMIT: Final = 200
# Scores nearer than this are as good as equal: the shuffle may swap them. A tenth of the whole range of the mood part.
_NEAR: Final = 0.1
_SAME_TITLE: Final = 0.92


def pick(ranked: pd.DataFrame, limit: int = 10, seed: int | None = None, max_per_artist: int = 1) -> pd.DataFrame:
    """The best songs, without an artist's songs piling up and without near-duplicates of one title.

    Args:
        ranked: From `Ranker.rank`, best first.
        limit: How many songs, from 1 to `MAX_LIMIT`.
        seed: When given, songs whose scores are nearly equal change places, so that the same mood tomorrow is not the
            same list; the same seed gives the same list.
        max_per_artist: How many songs of one artist at most.

    Returns:
        At most `limit` rows of `ranked`, with their ranks there, in the order to show them; fewer when there are no
        more.

    Raises:
        InputError: `limit` or `max_per_artist` is out of range.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InputError(f"The list can have 1 to {MAX_LIMIT} songs, not {limit}.")
    if max_per_artist < 1:
        raise InputError(f"At least one song of each artist must be allowed, not {max_per_artist}.")
    ranked = shuffled(ranked, seed)
    artists = ranked["artist"].to_numpy(dtype=str)
    titles = ranked["title"].to_numpy(dtype=str)
    taken: list[int] = []
    cores: list[str] = []
    of_artist: dict[str, int] = {}
    for row in range(len(ranked)):
        # The credit of a song without an artist's name is its own.
        artist = artist_key(artists[row]) if artists[row] else f"#{row}"
        core = core_title(titles[row])
        if of_artist.get(artist, 0) >= max_per_artist or _is_among(core, cores):
            continue
        taken.append(row)
        cores.append(core)
        of_artist[artist] = of_artist.get(artist, 0) + 1
        if len(taken) == limit:
            break
    return ranked.iloc[taken].reset_index(drop=True)


def wanted(songs: pd.DataFrame, taste: Taste) -> pd.Series[bool]:
    """Which songs the listener has neither skipped nor, by their artist, ruled out; the weights cannot bring them back.

    Args:
        songs: With `track_id`, and `artist` where known.
        taste: What the listener said.
    """
    kept = ~songs["track_id"].isin(taste.skipped)
    if taste.blocked and "artist" in songs:
        blocked = {artist_key(name) for name in taste.blocked}
        kept &= ~songs["artist"].map(lambda name: artist_key(str(name)) in blocked)
    return kept


def shuffled(ranked: pd.DataFrame, seed: int | None) -> pd.DataFrame:
    """A ranking in which songs whose scores are nearly equal have changed places; the same object without a seed.

    Args:
        ranked: From `Ranker.rank`, best first.
        seed: As for `noise`.
    """
    if seed is None:
        return ranked
    scores = ranked["score"].to_numpy(dtype=float) + noise(ranked["track_id"].to_numpy(dtype=str), seed)
    return ranked.iloc[np.argsort(-scores, kind="stable")].reset_index(drop=True)


def noise(ids: NDArray[np.str_], seed: int) -> NDArray[np.float64]:
    """What the shuffle adds to each score: uniform in [0, 0.1), shape (n,).

    It hangs on the song and the seed alone, so that a moved slider does not deal the cards anew.

    Args:
        ids: Track ids, shape (n,).
        seed: From 0 to 10^16 - 1.
    """
    hashed = pd.util.hash_array(ids.astype(object), hash_key=f"{seed:016d}", categorize=False)
    return np.asarray(hashed / 2.0**64 * _NEAR)


def _is_among(core: str, cores: list[str]) -> bool:
    return bool(core) and any(SequenceMatcher(None, core, other).ratio() >= _SAME_TITLE for other in cores)
