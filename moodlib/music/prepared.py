"""What is the same for every ranking of one table of songs: worked out once, when the songs are first seen."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.music import features
from moodlib.music.continuation import Heard
from moodlib.music.felt import FeltModel
from moodlib.music.titles import artist_key

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

_CELLS: Final = 512
"""Cells of audio space. Few enough that their closeness to a taste is worked out in a moment."""
_PROBED: Final = 8
"""Cells around a rated song whose songs are looked at one by one."""
_CHUNK: Final = 50_000
_SEED: Final = 0


class Prepared:
    """Songs as the ranker sees them.

    Attributes:
        ids: Track ids, shape (n,).
        matrix: From `features.song_matrix`, float32, shape (n, len(features.SONG)).
        quadrants: Felt quadrant probabilities, float32, shape (n, 4).
        felt: Felt valence and arousal, float32, shape (n, 2).
        heard: What the taste model compares.
        sound: Place in audio space, float32, shape (n, 8).
        artist: Number of each song's artist; songs without an artist's name share none, shape (n,).
        popularity: In [0, 1], 0 where unknown, float32, shape (n,).
        centred: `energy` and `acousticness` moved to [-1, 1], float32, shape (n,) each.
    """

    def __init__(self, songs: pd.DataFrame, felt: FeltModel, quadrants: features.Matrix | None = None) -> None:
        """Work it out; the songs must not be changed in place afterwards.

        Args:
            songs: As for `Ranker.rank`.
            felt: What songs feel like.
            quadrants: From `felt` for these songs, when it is known already.
        """
        self.ids = songs["track_id"].to_numpy(dtype=object)
        self.matrix = features.song_matrix(songs)
        self.quadrants = felt.quadrants(self.matrix) if quadrants is None else quadrants
        self.felt = features.felt_place(self.quadrants)
        # One hash table over plain objects: pandas would turn text into Arrow's and back at every look-up.
        self._row_of = pd.Index(self.ids, dtype=object)
        artist = songs["artist"] if "artist" in songs else pd.Series("", index=songs.index)
        names = artist.where(artist.astype(str) != "", songs["track_id"])
        self.artist: Rows = pd.factorize(names)[0]
        self.heard = Heard.of(songs, self.artist)
        self.sound = self.heard.sound
        self._names = artist.to_numpy(dtype=object)
        known = songs["popularity"].to_numpy(dtype=np.float32) if "popularity" in songs else np.zeros(len(songs))
        self.popularity: NDArray[np.float32] = np.nan_to_num(known / 100.0).astype(np.float32)
        # A value that nobody knows counts as the middle.
        self.centred: dict[str, NDArray[np.float32]] = {
            name: np.nan_to_num(songs[name].to_numpy(dtype=np.float32) * 2.0 - 1.0).astype(np.float32)
            for name in ("energy", "acousticness")
        }
        self._keys: NDArray[np.object_] | None = None
        self._cells: _Cells | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, ids: tuple[str, ...]) -> Rows:
        """Rows of those ids that are among the songs, in their order."""
        return np.array([self._row_of.get_loc(i) for i in ids if i in self._row_of], dtype=np.intp)

    def by(self, artists: tuple[str, ...]) -> NDArray[np.bool_]:
        """Which songs are by some artists, whatever case and accents their names are written with; shape (n,)."""
        if self._keys is None:
            codes, names = pd.factorize(self._names)
            self._keys = np.array([artist_key(str(name)) for name in names], dtype=object)[codes]
        return np.isin(self._keys, [artist_key(name) for name in artists])

    def group(self) -> None:
        """Make now, and not when it is first asked for, what finds the songs around some others."""
        self.cells, self._by_artist  # noqa: B018

    def of_artists(self, numbers: Rows) -> Rows:
        """Songs by artists with some numbers."""
        order, start = self._by_artist
        return np.concatenate([order[start[number] : start[number + 1]] for number in np.unique(numbers)])

    @cached_property
    def _by_artist(self) -> tuple[Rows, Rows]:
        """Songs in the order of their artists' numbers, and where each artist's begin."""
        order = np.argsort(self.artist, kind="stable")
        count = int(self.artist.max(initial=-1)) + 1
        return order, np.searchsorted(self.artist[order], np.arange(count + 1))

    @property
    def cells(self) -> _Cells:
        """The songs grouped by how they sound; made when it is first asked for."""
        if self._cells is None:
            self._cells = _Cells(self.sound)
        return self._cells


class _Cells:
    """Audio space cut into cells around a sample of the songs (an inverted file: Jégou et al. 2011, TPAMI 33:117).

    Attributes:
        centres: Shape (c, 8).
        cell: Cell of each song, shape (n,).
    """

    def __init__(self, sound: NDArray[np.float32]) -> None:
        rng = np.random.default_rng(_SEED)
        self.centres = sound[rng.choice(len(sound), min(_CELLS, len(sound)), replace=False)]
        half = (self.centres**2).sum(axis=1) / 2.0
        self.cell: Rows = np.concatenate(
            [
                (sound[at : at + _CHUNK] @ self.centres.T - half).argmax(axis=1)
                for at in range(0, max(len(sound), 1), _CHUNK)
            ]
        )
        self._songs = np.argsort(self.cell, kind="stable")
        self._start = np.searchsorted(self.cell[self._songs], np.arange(len(self.centres) + 1))

    def around(self, places: NDArray[np.float32]) -> Rows:
        """Songs of the cells that are nearest to some places, shape (k, 8); each song once."""
        away = ((self.centres - places[:, None]) ** 2).sum(axis=2)
        cells = np.unique(np.argsort(away, axis=1, kind="stable")[:, :_PROBED])
        return np.concatenate([self._songs[self._start[cell] : self._start[cell + 1]] for cell in cells])
