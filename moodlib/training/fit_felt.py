"""Trains what a song feels like: the era that it sounds like, and the two classifiers of its quadrant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from moodlib.music import features
from moodlib.music.felt import KNOTS, Smooth, expand, log_softmax
from moodlib.music.tables import read_table, require_columns
from moodlib.training.mood_labels import Labels, folds
from moodlib.training.ranker_config import Config

_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True)
class EraSongs:
    """Songs whose release year is known, to learn how an era sounds.

    Attributes:
        matrix: From `features.song_matrix`, shape (n, len(features.SONG)).
        decades: Decades since 2000, shape (n,).
        artist: Normalised artist, shape (n,).
    """

    matrix: features.Matrix
    decades: features.Matrix
    artist: NDArray[np.str_]

    def take(self, rows: NDArray[np.bool_]) -> EraSongs:
        """The rows where the mask is true."""
        return EraSongs(self.matrix[rows], self.decades[rows], self.artist[rows])

    def without(self, artists: NDArray[np.str_]) -> EraSongs:
        """The songs of other artists."""
        return self.take(~np.isin(self.artist, artists))


def read_era(tracks: Path) -> EraSongs:
    """The songs of a table of tracks that have a release year.

    Raises:
        InputError: The file or a column is missing.
    """
    table = read_table(tracks)
    require_columns(table, ["track_id", "join_key", "release_date", *features.SONG], tracks)
    table = table.drop_duplicates("track_id")
    year = pd.to_numeric(table["release_date"].astype(str).str[:4], errors="coerce").to_numpy(dtype=float)
    artist = table["join_key"].str.split("|").str[0].to_numpy(dtype=str)
    decades = ((year - 2000) / 10).astype(np.float32)
    return EraSongs(features.song_matrix(table), decades, artist).take(np.isfinite(year))


def fit_era(era: EraSongs, config: Config) -> xgb.Booster:
    """Train the model that hears which decade a song sounds like.

    Args:
        era: Songs with years.
        config: Choices.
    """
    model = xgb.XGBRegressor(
        n_estimators=config.era_rounds, tree_method="hist", n_jobs=1, random_state=config.seed, **config.era
    )
    booster: xgb.Booster = model.fit(era.matrix, era.decades).get_booster()
    return booster


def unseen_era(labels: Labels, matrix: features.Matrix, era: EraSongs, config: Config) -> NDArray[np.float32]:
    """The era of each labelled song by a model that saw no song of its artist, shape (n,)."""
    result = np.zeros(len(labels), dtype=np.float32)
    number = folds(labels.artist, config.era_folds, config.seed + 2)
    for fold in range(config.era_folds):
        held = number == fold
        result[held] = fit_era(era.without(labels.artist[held]), config).inplace_predict(matrix[held])
    return result


def fit(labels: Labels, more: features.Matrix, config: Config) -> tuple[xgb.Booster, Smooth]:
    """Train the two classifiers of the quadrants.

    Args:
        labels: What listeners say.
        more: From `features.felt_matrix`, with an era from songs of other artists.
        config: Choices.
    """
    shares = labels.shares if config.soft else np.eye(4, dtype=np.float32)[labels.quadrant]
    # A song that lies near an axis is several songs of smaller weight, one for each quadrant that it may belong to.
    weight = shares * _weights(labels, config)[:, None]
    row, quadrant = np.nonzero(weight > _LEAST_SHARE)
    weight = weight[row, quadrant]
    trees = xgb.XGBClassifier(
        n_estimators=config.felt_rounds,
        objective="multi:softprob",
        tree_method="hist",
        n_jobs=1,
        random_state=config.seed,
        **config.felt,
    )
    trees.fit(more[row], quadrant, sample_weight=weight)
    knots = np.nanquantile(more.astype(np.float64), np.linspace(0, 1, KNOTS), axis=0).T
    regression = LogisticRegression(C=config.smooth_penalty, max_iter=300)
    regression.fit(expand(more, knots)[row], quadrant, sample_weight=weight)
    smooth = Smooth(knots, regression.coef_.T, regression.intercept_, 1.0 - config.tree_share)
    return trees.get_booster(), smooth


def sharpness(unseen: features.Matrix, labels: Labels, config: Config) -> float:
    """The exponent that makes predictions for unseen songs most likely, from 0.5 to 2 (temperature scaling)."""
    logs, weight = np.log(unseen.astype(np.float64) + 1e-9), _weights(labels, config)[:, None] * labels.shares
    tried = np.linspace(0.5, 2.0, 61)
    return float(tried[np.argmax([(weight * log_softmax(by * logs)).sum() for by in tried])])


def _weights(labels: Labels, config: Config) -> NDArray[np.float32]:
    weights = config.source_weights
    return np.array([weights.get(str(source), 1.0) for source in labels.source], dtype=np.float32)
