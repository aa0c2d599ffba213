"""Predicts how people rate songs, each play from what was rated before it: a Gaussian process with crossed effects.

A rating is taken as the sum of what is shared by everybody, by a person, by a song, by songs that sound alike, by a
genre, by a singer, by a setting and by what a person rated lately, plus noise (Rasmussen and Williams 2006, Gaussian
Processes for Machine Learning, chapters 2 and 5). With some thousand ratings it is exact and takes seconds, and it
weighs its evidence: a person's second rating says less than the fiftieth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

EFFECTS: Final = (
    "everybody",
    "setting",
    "person",
    "person in a setting",
    "song",
    "person and song",
    "sound",
    "person and sound",
    "genre",
    "person and genre",
    "singer",
    "lately",
)
MAX_PLAYS: Final = 6_000
"""More plays than this at once would need gigabytes: the matrix grows with their square."""

# A rating from 1 to 5 has a variance of about 1. What share of it each effect has is learned; before anything is known
# each is expected to have a twentieth, give or take a factor of three, and noise to have most.
_SHARE: Final = 0.05
_NOISE: Final = 0.7
_SPREAD: Final = 1.0
_MIDDLE: Final = 3.0
_DAYS: Final = 3.0


@dataclass(frozen=True)
class Plays:
    """Rated plays in the order of time.

    Attributes:
        rating: From 1 to 5, shape (n,).
        person: Code of the person, shape (n,).
        song: Code of the song, shape (n,).
        genre: Code of the genre, -1 where unknown, shape (n,).
        singer: Code of the singer, -1 where unknown, shape (n,).
        setting: Code of the study or stage, shape (n,).
        days: Time in days; all zero when unknown, shape (n,).
        sound: Standardised audio features, NaN rows for songs without any, shape (n, k).
    """

    rating: Floats
    person: Codes
    song: Codes
    genre: Codes
    singer: Codes
    setting: Codes
    days: Floats
    sound: Floats

    def __len__(self) -> int:
        return len(self.rating)

    def take(self, rows: NDArray[Any]) -> Plays:
        """Some of the plays, in the order given."""
        return Plays(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def _same(codes: Codes) -> NDArray[np.float32]:
    """1 where two plays share a known code, shape (n, n)."""
    return np.asarray((codes[:, None] == codes) & (codes >= 0)[:, None], dtype=np.float32)


def _kernels(plays: Plays) -> Iterator[NDArray[np.float32]]:
    """How alike each two plays are in each effect, in the order of `EFFECTS`, each of shape (n, n)."""
    person, song, setting = _same(plays.person), _same(plays.song), _same(plays.setting)
    yield np.ones_like(person)
    yield setting
    yield person
    yield person * setting
    yield song
    yield person * song
    squares = np.nansum(plays.sound**2, axis=1)
    filled = np.nan_to_num(plays.sound)
    distance = np.maximum(squares[:, None] + squares - 2.0 * filled @ filled.T, 0.0) / plays.sound.shape[1]
    known = np.isfinite(plays.sound).any(axis=1)
    sound = (np.exp(-distance / 2.0) * np.outer(known, known)).astype(np.float32)
    yield sound
    yield person * sound
    genre = _same(plays.genre)
    yield genre
    yield person * genre
    yield _same(plays.singer)
    yield person * np.exp(-np.abs(plays.days[:, None] - plays.days) / _DAYS).astype(np.float32)


def _covariance(shares: Floats, kernels: list[NDArray[np.float32]]) -> Floats:
    total = np.zeros(kernels[0].shape)
    for share, kernel in zip(shares, kernels, strict=False):
        total += share * kernel
    total[np.diag_indices_from(total)] += shares[-1]
    return total


def fit(plays: Plays, iterations: int = 15) -> Floats:
    """Variance of each effect and of the noise: the maximum of the posterior, by L-BFGS.

    Args:
        plays: What was rated.
        iterations: Steps at most.

    Returns:
        float64, shape (len(EFFECTS) + 1,), the noise last.
    """
    centre = np.log(np.array([_SHARE] * len(EFFECTS) + [_NOISE]))
    if not len(plays):
        return np.asarray(np.exp(centre))
    kernels = list(_kernels(plays))
    residual = plays.rating - _MIDDLE

    def loss(theta: Floats) -> tuple[float, Floats]:
        shares = np.exp(theta)
        lower = np.linalg.cholesky(_covariance(shares, kernels))
        inverse = cho_solve((lower, True), np.eye(len(lower)))
        alpha = inverse @ residual
        value = 0.5 * residual @ alpha + np.log(np.diag(lower)).sum()
        # d/d theta = share / 2 (tr(K^-1 C) - alpha' C alpha), Rasmussen and Williams 2006, equation 5.9.
        slope = [0.5 * s * ((inverse * c).sum() - alpha @ c @ alpha) for s, c in zip(shares, kernels, strict=False)]
        slope.append(0.5 * shares[-1] * (np.trace(inverse) - alpha @ alpha))
        away = (theta - centre) / _SPREAD
        return float(value + 0.5 * away @ away), np.array(slope) + away / _SPREAD

    found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    return np.asarray(np.exp(found.x))


def predict_each(plays: Plays, shares: Floats) -> Floats:
    """The expected rating of each play given all plays before it and none after, shape (n,).

    The leading block of a Cholesky factor is the factor of the leading block, so one factorisation holds the answers
    of n regressions: the mean of play t is row t of the factor, up to t, times the whitened ratings before t.
    """
    if not len(plays):
        return np.zeros(0)
    lower = np.linalg.cholesky(_covariance(shares, list(_kernels(plays))))
    residual = plays.rating - _MIDDLE
    white = solve_triangular(lower, residual, lower=True)
    return np.asarray(_MIDDLE + residual - white * np.diag(lower))
