"""Finding songs among many: by words that may be misspelt, and by what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from moodlib.music.titles import plain

_BUCKETS: Final = 1 << 16
_CANDIDATES: Final = 400
# A song is a hit when its words agree with those asked for by this much on average: one wrong letter in a word of five
# is 80, two are 60.
_GOOD_ENOUGH: Final = 72.0
# A beginning counts a little less than the whole word, so that "sun" finds "Sun" before "Sunday".
_PREFIX: Final = 94.0

REGIONS: Final[dict[str, tuple[int, int]]] = {
    "pleasant and lively": (1, 1),
    "pleasant and calm": (1, -1),
    "unpleasant and lively": (-1, 1),
    "unpleasant and calm": (-1, -1),
}
"""Quarters of the mood plane: signs of valence and arousal."""

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Index:
    """Words of titles and artists, for searches that forgive typos, accents and the order of words.

    Two steps: an inverted index of letter triples picks some hundred candidates, and only those are compared word by
    word. So 100,000 songs take milliseconds.

    Args:
        songs: With `title`, `artist` and `popularity`.
    """

    def __init__(self, songs: pd.DataFrame) -> None:
        titles, artists = songs["title"].to_numpy(dtype=str), songs["artist"].to_numpy(dtype=str)
        self._texts = [f"{plain(a)} {plain(t)}".strip() for a, t in zip(artists, titles, strict=True)]
        self._popularity = np.nan_to_num(songs["popularity"].to_numpy(dtype=float))
        codes, owners = _triples(self._texts)
        order = np.argsort(codes, kind="stable")
        self._postings = owners[order]
        self._starts = np.searchsorted(codes[order], np.arange(_BUCKETS + 1))
        counts = np.diff(self._starts)
        # A triple that few songs have says more (inverse document frequency).
        self._weight = np.log1p(len(self._texts) / np.maximum(counts, 1))

    def __len__(self) -> int:
        """How many songs it knows."""
        return len(self._texts)

    def find(self, words: str, limit: int = 200) -> Rows:
        """Rows of the songs that match, best first.

        Args:
            words: Of title and artist, in any order; a letter here or there may be wrong.
            limit: How many rows at most.

        Returns:
            Row numbers of the table, none twice; all rows in their order when nothing is asked for, and none when
            nothing is similar.
        """
        asked = plain(words)
        if not asked:
            return np.arange(len(self._texts))
        # More than a line of text is no search for a song.
        wanted = list(dict.fromkeys(asked[:200].split()))[:12]
        rows = self._candidates(wanted, max(_CANDIDATES, limit))
        if not len(rows):
            return rows
        scores = self._agreement(wanted, rows)
        good = scores >= _GOOD_ENOUGH
        rows, scores = rows[good], scores[good]
        length = np.array([len(self._texts[row]) for row in rows])
        order = np.lexsort((rows, length, -self._popularity[rows], -np.round(scores)))
        return rows[order][:limit]

    def _candidates(self, wanted: list[str], count: int) -> Rows:
        codes = np.unique(_triples([" ".join(wanted)])[0])
        if not len(codes) or not self._texts:
            return np.zeros(0, dtype=np.intp)
        slices = [self._postings[self._starts[code] : self._starts[code + 1]] for code in codes]
        weights = np.repeat(self._weight[codes], [len(part) for part in slices])
        hits = np.bincount(np.concatenate(slices), weights=weights, minlength=len(self._texts))
        count = min(count, len(hits))
        # Equal hits are settled by popularity, which is below 1 here and so changes nothing else.
        best = np.argpartition(-(hits + self._popularity / 1e4), count - 1)[:count]
        return np.sort(best[hits[best] > 0])

    def _agreement(self, wanted: list[str], rows: Rows) -> NDArray[np.float64]:
        """For each song the mean over the asked words of how well its nearest word agrees, from 0 to 100."""
        texts = [self._texts[row].split() for row in rows]
        words = sorted({word for text in texts for word in text})
        number = {word: index for index, word in enumerate(words)}
        similar = process.cdist(wanted, words, scorer=fuzz.ratio, dtype=np.float32, workers=1)
        for row, word in enumerate(wanted):
            begins = [index for index, other in enumerate(words) if len(word) > 1 and other.startswith(word)]
            similar[row, begins] = np.maximum(similar[row, begins], _PREFIX)
        lengths = np.array([len(word) for word in wanted], dtype=float)
        best = np.array([similar[:, [number[word] for word in text]].max(axis=1) for text in texts])
        return np.asarray(best @ lengths / lengths.sum())


def _triples(texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Hashes of all letter triples within words, a blank before and after each, and which text each is of."""
    joined = " " + " \n ".join(texts) + " "
    letters = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.cumsum(letters == 10).astype(np.int32)
    first, middle, last = letters[:-2], letters[1:-1], letters[2:]
    whole = (first != 10) & (middle != 10) & (last != 10) & (middle != 32)
    mixed = (first * np.uint64(0x9E3779B1)) ^ (middle * np.uint64(0x85EBCA77)) ^ (last * np.uint64(0xC2B2AE3D))
    codes = ((mixed ^ (mixed >> np.uint64(17))) & np.uint64(_BUCKETS - 1)).astype(np.int64)
    return codes[whole], owner[1:-1][whole]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What songs must be; an empty field asks for nothing.

    Attributes:
        genres: Any of these.
        decades: First years of decades; any of these.
        popularity: From and to, both included; songs of unknown popularity pass only the whole range.
        regions: Keys of `REGIONS`; any of these.
        sources: Where the songs came from; any of these.
        lasso: Corners of a polygon on the mood plane, shape (k, 2); songs inside it.
    """

    genres: tuple[str, ...] = ()
    decades: tuple[int, ...] = ()
    popularity: tuple[int, int] = (0, 100)
    regions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    lasso: tuple[tuple[float, float], ...] = ()

    def mask(self, songs: pd.DataFrame) -> Mask:
        """Which songs are wanted; shape (n,).

        Args:
            songs: As `Shelf.library`.
        """
        kept = np.ones(len(songs), dtype=bool)
        if self.genres:
            kept &= songs["genre"].isin(self.genres).to_numpy(dtype=bool)
        if self.sources:
            kept &= songs["source"].isin(self.sources).to_numpy(dtype=bool)
        if self.decades:
            kept &= np.isin(songs["year"].to_numpy(dtype=float) // 10 * 10, self.decades)
        if self.popularity != (0, 100):
            popularity = songs["popularity"].to_numpy(dtype=float)
            kept &= (popularity >= self.popularity[0]) & (popularity <= self.popularity[1])
        valence, arousal = songs["felt_valence"].to_numpy(float), songs["felt_arousal"].to_numpy(float)
        if self.regions:
            signs = [REGIONS[name] for name in self.regions]
            kept &= np.logical_or.reduce([(valence * v > 0) & (arousal * a > 0) for v, a in signs])
        if self.lasso:
            kept &= inside(valence, arousal, self.lasso)
        return kept


def inside(x: NDArray[np.float64], y: NDArray[np.float64], polygon: tuple[tuple[float, float], ...]) -> Mask:
    """Which points lie in a polygon: a ray to the right crosses its edges an odd number of times.

    Args:
        x: Shape (n,).
        y: Shape (n,).
        polygon: At least three corners; fewer hold nothing.
    """
    odd = np.zeros(len(x), dtype=bool)
    if len(polygon) < 3:
        return odd
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if y1 == y2:
            continue
        with np.errstate(invalid="ignore"):
            crosses = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        odd ^= crosses & np.isfinite(x) & np.isfinite(y)
    return odd


def decades(songs: pd.DataFrame) -> list[int]:
    """First years of the decades that the songs are from, newest first."""
    years = songs["year"].dropna().to_numpy(dtype=float)
    return sorted({int(year) for year in np.unique(years // 10 * 10)}, reverse=True)
