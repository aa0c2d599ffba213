"""What the listener likes: the songs they liked and skipped, and how near a song sounds to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Features that say how a song sounds, with their mean and standard deviation over the starter catalogue, so that a
# distance means the same for any file. Tempo is left out: it is often read at half or double the beat.
_SOUND: Final[dict[str, tuple[float, float]]] = {
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
_CHUNK: Final = 64

SEED: Final = 3
"""How many likes a seed counts for: "more like this" is a wish, a like only an opinion."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What the listener said about songs and artists, oldest first. Never changes: each click makes a new one.

    An earlier value is the undo of a later click. No id is in two of `liked`, `skipped` and `seeds`.

    Attributes:
        liked: Track ids.
        skipped: Track ids.
        seeds: Track ids that the listener asked for more songs like; each counts as much as `SEED` likes.
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


def sound(songs: pd.DataFrame) -> Floats:
    """Place of each song in audio space, float64, shape (n, 8), about standard normal; unknown values are 0."""
    columns = [(songs[name].to_numpy(dtype=float) - mean) / spread for name, (mean, spread) in _SOUND.items()]
    # Speech, instruments and noise of a crowd have long tails; beyond three deviations a song is simply "much".
    return np.clip(np.nan_to_num(np.column_stack(columns)), -3.0, 3.0)


def closeness(places: Floats, chosen: NDArray[np.intp]) -> Floats:
    """Gaussian kernel of every song to some of them: `exp(-d^2 / (2 width^2))`.

    Args:
        places: Shape (n, 8), from `sound`.
        chosen: Rows of `places`, shape (k,).

    Returns:
        float64, shape (n, k), in [0, 1].
    """
    parts = [
        np.exp(-((places[:, None, :] - places[chosen[i : i + _CHUNK]]) ** 2).sum(axis=2) / (2 * _WIDTH**2))
        for i in range(0, len(chosen), _CHUNK)
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(places), 0))


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
