"""From a ranking to the few songs that are shown."""

from __future__ import annotations

import zlib
from difflib import SequenceMatcher
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.errors import InputError
from moodlib.music.taste import Taste
from moodlib.music.titles import artist_key, core_title

MAX_LIMIT: Final = 200
NEAR: Final = 0.2
"""Scores nearer than this count as equal: the shuffle may swap them.

A fifth of the whole range of the mood part: by `evaluate variety` the lists of a fortnight show a third more songs than
at 0.1 and hardly any of yesterday's, for less than one hundredth of fit; at 0.3 each further song costs more.
"""
# As a part of 2^64. One press of the button (1) and one day (10^7, see `shown.seed_of`) both turn by 0.618, the golden
# ratio's part, which spreads any run of turns evenly (Weyl's sequence).
_TURN: Final = round(0.61803396180339 * 2**64)
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


def shuffled(ranked: pd.DataFrame, seed: int | None, deal: str = "", near: float = NEAR) -> pd.DataFrame:
    """A ranking in which songs whose scores are nearly equal have changed places; the same object without a seed.

    Args:
        ranked: From `Ranker.rank`, best first.
        seed: As for `noise`.
        deal: As for `noise`.
        near: As for `noise`.
    """
    if seed is None:
        return ranked
    scores = ranked["score"].to_numpy(dtype=float) + noise(ranked["track_id"].to_numpy(dtype=str), seed, deal, near)
    return ranked.iloc[np.argsort(-scores, kind="stable")].reset_index(drop=True)


def noise(ids: NDArray[np.str_], seed: int, deal: str = "", near: float = NEAR) -> NDArray[np.float64]:
    """What the shuffle adds to each score: uniform in [0, near), shape (n,).

    It hangs on the song, the deal and the seed alone, so that a moved slider does not deal the cards anew. From one
    seed to the next every song's number turns by the same 0.618 of the range: who was lucky today is not tomorrow.

    Args:
        ids: Track ids, shape (n,).
        seed: From 0 to 10^16 - 1.
        deal: What the list answers. Moods that ask for nearly the same songs get other numbers, or their lists would
            be the same.
        near: Above every number.
    """
    key = f"{zlib.crc32(deal.encode()):016d}"
    hashed = pd.util.hash_array(ids.astype(object), hash_key=key, categorize=False)
    turned = hashed + np.uint64(seed * _TURN % 2**64)
    return np.asarray(turned / 2.0**64 * near)


def _is_among(core: str, cores: list[str]) -> bool:
    return bool(core) and any(SequenceMatcher(None, core, other).ratio() >= _SAME_TITLE for other in cores)
