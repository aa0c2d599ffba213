"""What the listener likes: the songs they liked and skipped, and how near a song sounds to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

# Features that say how a song sounds, with their mean and standard deviation over the starter catalogue, so that a
# distance means the same for any file. Tempo is left out: it is often read at half or double the beat.
SOUND: Final[dict[str, tuple[float, float]]] = {
    "danceability": (0.65, 0.15),
    "energy": (0.67, 0.19),
    "loudness": (-7.2, 3.3),
    "speechiness": (0.11, 0.10),
    "acousticness": (0.22, 0.25),
    "instrumentalness": (0.06, 0.20),
    "liveness": (0.19, 0.15),
    "valence": (0.50, 0.23),
}

# Distance at which a song counts about 0.6 of a liked one. A song of the starter catalogue has some 20 others within
# it, so one like moves dozens of songs and not the whole list.
_WIDTH: Final = 1.0


@dataclass(frozen=True, slots=True)
class Taste:
    """What the listener said about songs and artists, oldest first. Never changes: each click makes a new one.

    An earlier value is the undo of a later click. No id is in two of `liked`, `skipped` and `seeds`.

    Attributes:
        liked: Track ids.
        skipped: Track ids.
        seeds: Track ids that the listener asked for more songs like: a wish, where a like is an opinion; they count
            twice.
        blocked: Artists that the listener wants no song of, by their names as they were shown.
    """

    liked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()

    def like(self, track_id: str) -> Taste:
        """This taste with a song liked; any other word on it is taken back."""
        rest = self.without(track_id)
        return replace(rest, liked=(*rest.liked, track_id))

    def skip(self, track_id: str) -> Taste:
        """This taste with a song skipped; any other word on it is taken back."""
        rest = self.without(track_id)
        return replace(rest, skipped=(*rest.skipped, track_id))

    def seed(self, track_id: str) -> Taste:
        """This taste with "more like this" said of a song; any other word on it is taken back."""
        rest = self.without(track_id)
        return replace(rest, seeds=(*rest.seeds, track_id))

    def without(self, track_id: str) -> Taste:
        """This taste without any word on a song: a wrong click undone."""
        return replace(
            self,
            liked=_without(self.liked, track_id),
            skipped=_without(self.skipped, track_id),
            seeds=_without(self.seeds, track_id),
        )

    def forget(self, track_id: str) -> Taste:
        """The same as `without`."""
        return self.without(track_id)

    def block(self, artist: str) -> Taste:
        """This taste with "not this artist" said; a blank name blocks nobody."""
        return self if not artist.strip() else replace(self, blocked=(*_without(self.blocked, artist), artist))

    def unblock(self, artist: str) -> Taste:
        """This taste with an artist allowed again."""
        return replace(self, blocked=_without(self.blocked, artist))

    @property
    def silent(self) -> bool:
        """Nothing was said."""
        return not (self.liked or self.skipped or self.seeds or self.blocked)


NO_TASTE: Final = Taste()


def _without(ids: tuple[str, ...], track_id: str) -> tuple[str, ...]:
    return tuple(other for other in ids if other != track_id)


def sound(songs: pd.DataFrame) -> Matrix:
    """Place of each song in audio space, float32, shape (n, 8), about standard normal; unknown values are 0."""
    columns = [(songs[name].to_numpy(dtype=float) - mean) / spread for name, (mean, spread) in SOUND.items()]
    # Speech, instruments and noise of a crowd have long tails; beyond three deviations a song is simply "much".
    return np.clip(np.nan_to_num(np.column_stack(columns)), -3.0, 3.0).astype(np.float32)


def closeness(places: Matrix, chosen: Matrix) -> Floats:
    """Gaussian kernel of places in audio space to some others: `exp(-d^2 / (2 width^2))`.

    Args:
        places: From `sound`, shape (n, 8).
        chosen: From `sound`, shape (k, 8).

    Returns:
        float64, shape (n, k), in [0, 1].
    """
    products = places @ chosen.T
    squares = (places**2).sum(axis=1)[:, None] + (chosen**2).sum(axis=1) - 2.0 * products
    return np.asarray(np.exp(np.maximum(squares, 0.0) / (-2.0 * _WIDTH**2)), dtype=np.float64)


def affinity(liked: Floats, skipped: Floats) -> Floats:
    """How much the songs sound like what is liked rather than what is skipped.

    `(L - S) / (1 + L + S)` with L and S the summed closeness to liked and skipped songs: 0 without any word, nearer to
    the ends the more was said, never beyond.

    Args:
        liked: Shape (n, l), closeness to each liked song.
        skipped: Shape (n, s), closeness to each skipped song.

    Returns:
        float64, shape (n,), in (-1, 1).
    """
    plus, minus = liked.sum(axis=1), skipped.sum(axis=1)
    return np.asarray((plus - minus) / (1.0 + plus + minus))
