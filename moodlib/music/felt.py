"""What a song feels like to listeners: probabilities of the four quadrants of the circumplex, from audio features."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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

    Trees cut; this bends. Far out, where the songs for the top of a list are, trees say the same of everything beyond
    their last cut, and the regression still tells more from most.

    Attributes:
        knots: Quantiles of each column, shape (k, KNOTS), not decreasing.
        weights: Shape (k + k (k + 1) / 2, 4).
        bias: Shape (4,).
        share: How much the regression counts beside the trees, in [0, 1].
        sharpness: What the mixed log probabilities are multiplied by, so that they are as sure as they are right
            (temperature scaling: Guo et al. 2017, ICML).
    """

    knots: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    share: float = 0.5
    sharpness: float = 1.0

    def log_odds(self, matrix: features.Matrix) -> NDArray[np.float64]:
        """Unnormalised log probabilities, shape (n, 4)."""
        return np.asarray(expand(matrix, self.knots) @ self.weights + self.bias)

    def contributions(self, matrix: features.Matrix) -> NDArray[np.float64]:
        """What each column adds to the log odds of each class, and last the bias, shape (n, 4, k + 1).

        Shapley values against a song that is the median in everything: a product of two columns is shared by both.
        """
        scores = expand(matrix, self.knots)[:, : len(self.knots)]
        count = scores.shape[1]
        first, second = np.triu_indices(count)
        pairs = np.zeros((count, count, 4))
        pairs[first, second] = self.weights[count:] / 2.0
        pairs = pairs + pairs.transpose(1, 0, 2)
        own = scores[:, :, None] * (self.weights[:count] + np.einsum("nj,ijc->nic", scores, pairs))
        bias = np.broadcast_to(self.bias, (len(scores), 1, 4))
        return np.asarray(np.concatenate([own, bias], axis=1).transpose(0, 2, 1))


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
        trees: XGBoost classifier of the quadrants on `features.felt_matrix`.
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
            scalars = {name: float(arrays[name]) for name in ("share", "sharpness") if name in arrays}
            smooth = Smooth(arrays["knots"], arrays["weights"], arrays["bias"], **scalars)
        return cls(load_booster(folder / ERA_NAME), load_booster(folder / TREES_NAME), smooth)

    def save(self, folder: Path) -> list[Path]:
        """Write the three files; returns their paths."""
        files = [folder / name for name in (ERA_NAME, TREES_NAME, SMOOTH_NAME)]
        self.era.save_model(files[0])
        self.trees.save_model(files[1])
        np.savez_compressed(files[2], **asdict(self.smooth))
        return files

    def matrix(self, songs: features.Matrix) -> features.Matrix:
        """From `features.song_matrix` to what the two classifiers see, shape (n, len(features.FELT))."""
        return features.felt_matrix(songs, self.era.inplace_predict(songs))

    def quadrants(self, songs: features.Matrix) -> features.Matrix:
        """Probabilities of `features.QUADRANTS`: the weighted, normalised geometric mean of trees and regression.

        Args:
            songs: From `features.song_matrix`.

        Returns:
            float32, shape (n, 4), rows sum to 1.
        """
        return blend(self.trees, self.smooth, self.matrix(songs))

    def contributions(self, songs: features.Matrix) -> NDArray[np.float64]:
        """What each of `features.FELT`, and last the base, adds to the log odds of each quadrant, shape (n, 4, k + 1).

        TreeSHAP of the trees (Lundberg et al. 2020, Nature Machine Intelligence 2:56) and Shapley values of the
        regression, mixed as the two are; rows are the log probabilities but for a constant of the row.
        """
        more = self.matrix(songs)
        trees = self.trees.predict(xgb.DMatrix(more), pred_contribs=True).astype(np.float64)
        share = self.smooth.share
        mixed = (1.0 - share) * trees + share * self.smooth.contributions(more)
        return np.asarray(self.smooth.sharpness * mixed)


def blend(trees: xgb.Booster, smooth: Smooth, more: features.Matrix) -> features.Matrix:
    """Weighted, normalised geometric mean of the two classifiers, float32, shape (n, 4)."""
    of_trees = np.log(trees.inplace_predict(more).reshape(len(more), 4).astype(np.float64) + 1e-9)
    mean = (1.0 - smooth.share) * of_trees + smooth.share * log_softmax(smooth.log_odds(more))
    return np.exp(log_softmax(smooth.sharpness * mean)).astype(np.float32)


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log probabilities of rows of log odds, shape (n, 4)."""
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
