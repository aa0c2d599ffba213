"""What a song feels like to listeners: probabilities of the four quadrants of the circumplex, from audio features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from moodlib import manifest
from moodlib.errors import InputError
from moodlib.music import features

ERA_NAME: Final = "era.ubj"
TREES_NAME: Final = "felt.ubj"
SMOOTH_NAME: Final = "felt_smooth.npz"

KNOTS: Final = 101
_EDGE: Final = 3.0
# Normal quantiles at the knots; the ends stand for everything beyond.
_NORMAL: Final = np.array(
    [-_EDGE, *(NormalDist().inv_cdf(i / (KNOTS - 1)) for i in range(1, KNOTS - 1)), _EDGE], dtype=np.float64
)


@dataclass(frozen=True)
class Smooth:
    """Multinomial logistic regression on normal scores, their squares and products.

    Trees cut; this bends. The two err in different places, and their mean is better than either.

    Attributes:
        knots: Quantiles of each column, shape (k, KNOTS), not decreasing.
        weights: Shape (k + k (k + 1) / 2, 4).
        bias: Shape (4,).
    """

    knots: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def log_odds(self, matrix: features.Matrix) -> NDArray[np.float64]:
        """Unnormalised log probabilities, shape (n, 4)."""
        return np.asarray(expand(matrix, self.knots) @ self.weights + self.bias)


def expand(matrix: features.Matrix, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normal scores of the columns and all their products of degree two, shape (n, k + k (k + 1) / 2).

    A missing value counts as the median.
    """
    scores = [
        np.nan_to_num(np.interp(column, quantiles, _NORMAL, left=-_EDGE, right=_EDGE))
        for column, quantiles in zip(matrix.T.astype(np.float64), knots, strict=True)
    ]
    first, second = np.triu_indices(len(scores))
    stacked = np.column_stack(scores)
    return np.concatenate([stacked, stacked[:, first] * stacked[:, second]], axis=1)


@dataclass(frozen=True)
class FeltModel:
    """Three small models.

    Attributes:
        era: XGBoost regression of when a song was made, in decades since 2000, from how it sounds. It is trained on far
            more songs than have mood labels, and what it knows of production styles helps to read the mood.
        trees: XGBoost classifier of the quadrants on `features.SONG` and the era.
        smooth: Logistic regression on the same columns.
    """

    era: xgb.Booster
    trees: xgb.Booster
    smooth: Smooth

    @classmethod
    def load(cls, folder: Path) -> FeltModel:
        """The model in a folder.

        Raises:
            InputError: A file is missing or not the one of the manifest.
        """
        file = folder / SMOOTH_NAME
        manifest.verify(file)
        with np.load(file, allow_pickle=False) as arrays:
            smooth = Smooth(arrays["knots"], arrays["weights"], arrays["bias"])
        return cls(load_booster(folder / ERA_NAME), load_booster(folder / TREES_NAME), smooth)

    def save(self, folder: Path) -> list[Path]:
        """Write the three files; returns their paths."""
        files = [folder / name for name in (ERA_NAME, TREES_NAME, SMOOTH_NAME)]
        self.era.save_model(files[0])
        self.trees.save_model(files[1])
        np.savez_compressed(files[2], knots=self.smooth.knots, weights=self.smooth.weights, bias=self.smooth.bias)
        return files

    def with_era(self, songs: features.Matrix) -> features.Matrix:
        """The columns `features.SONG` and the era that the song sounds like, shape (n, len(SONG) + 1)."""
        return np.column_stack([songs, self.era.inplace_predict(songs)]).astype(np.float32)

    def quadrants(self, songs: features.Matrix) -> features.Matrix:
        """Probabilities of `features.QUADRANTS`: the normalised geometric mean of trees and regression.

        Args:
            songs: From `features.song_matrix`.

        Returns:
            float32, shape (n, 4), rows sum to 1.
        """
        return self.blend(self.with_era(songs))

    def blend(self, with_era: features.Matrix) -> features.Matrix:
        """As `quadrants`, for songs whose era is already there as the last column."""
        return blend(self.trees, self.smooth, with_era)


def blend(trees: xgb.Booster, smooth: Smooth, with_era: features.Matrix) -> features.Matrix:
    """Normalised geometric mean of the two classifiers, float32, shape (n, 4)."""
    of_trees = np.log(trees.inplace_predict(with_era).reshape(len(with_era), 4).astype(np.float64) + 1e-9)
    mean = (of_trees + _log_softmax(smooth.log_odds(with_era))) / 2.0
    return np.exp(_log_softmax(mean)).astype(np.float32)


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def load_booster(file: Path) -> xgb.Booster:
    """An XGBoost model that the manifest knows.

    Raises:
        InputError: It is missing, another one, or not a model that this XGBoost reads.
    """
    manifest.verify(file)
    booster = xgb.Booster()
    try:
        booster.load_model(file)
    except xgb.core.XGBoostError as error:
        raise InputError(f"{file} is not a model that this XGBoost reads; train the ranker anew.") from error
    # One thread: the lists are short, and several sessions share the machine.
    booster.set_param({"nthread": 1})
    return booster
