"""Trains the two models of the ranker: what a song feels like, and how songs are ordered for a target."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from moodlib import manifest, paths
from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import continuation, features
from moodlib.music.continuation import TasteModel
from moodlib.music.felt import KNOTS, FeltModel, Smooth, blend, expand, log_softmax
from moodlib.music.ranker import Ranker, margin
from moodlib.music.tables import read_table, require_columns
from moodlib.training.mood_labels import Labels, folds

_LEAST_SHARE: Final = 0.02
GRADES: Final = 4
"""Relevance goes from 0 to this in whole steps."""

NAMED: Final[tuple[Target, ...]] = tuple(target_of_emotion(name) for name in features.QUADRANTS)
"""The places of the quadrants' own words. The ranker is trained at the very targets that `rank --mood` asks for."""


@dataclass(frozen=True)
class Config:
    """All choices of the training; written to the run folder.

    Attributes:
        seed: Of every random draw.
        source_weights: How much a song of each source counts; 1 where not named. Half of the songs of "data_moods_2"
            are instrumental beats called calm, so each tells less that is new.
        tree_share: How much the trees count beside the regression in the felt model.
        soft: Whether continuous tags count for all quadrants, by their distance to the axes, or for one.
        inner_folds: Folds by artist for the felt predictions that the ranker is trained on, so that it sees them as
            uncertain as they are for unknown songs.
        chunk: Songs per query.
        passes: How often the songs of a source are dealt into queries.
        random_targets: Queries at random places of the plane for each chunk, beside the named ones.
        felt: XGBoost parameters of the felt model's trees.
        felt_rounds: Trees per class of the felt model.
        smooth_penalty: Inverse strength of the penalty on the felt model's regression (scikit-learn's C).
        era: XGBoost parameters of the era model.
        era_rounds: Trees of the era model.
        era_folds: Folds by artist for the era of the labelled songs.
        ranker: XGBoost parameters of the ranker.
        ranker_rounds: Trees of the ranker.
    """

    seed: int = 0
    source_weights: dict[str, float] = field(default_factory=lambda: {"data_moods_2": 0.5})
    tree_share: float = 0.3
    soft: bool = True
    inner_folds: int = 4
    chunk: int = 150
    passes: int = 1
    random_targets: int = 2
    felt: dict[str, Any] = field(
        default_factory=lambda: {
            "max_depth": 4,
            "learning_rate": 0.048,
            "min_child_weight": 5,
            "subsample": 0.6,
            "colsample_bytree": 0.5,
            "max_bin": 64,
        }
    )
    felt_rounds: int = 120
    smooth_penalty: float = 0.01
    era: dict[str, Any] = field(
        default_factory=lambda: {
            "max_depth": 5,
            "learning_rate": 0.2,
            "min_child_weight": 20,
            "subsample": 0.7,
            "max_bin": 64,
        }
    )
    era_rounds: int = 60
    era_folds: int = 2
    ranker: dict[str, Any] = field(
        default_factory=lambda: {
            "objective": "rank:ndcg",
            "lambdarank_pair_method": "topk",
            "ndcg_exp_gain": False,
            "max_depth": 3,
            "learning_rate": 0.02,
            "min_child_weight": 5,
            "subsample": 0.6,
            "colsample_bytree": 0.6,
            "max_bin": 64,
        }
    )
    ranker_rounds: int = 80


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


def fit(
    labels: Labels,
    era: EraSongs,
    config: Config,
    history: list[dict[str, float]] | None = None,
    taste_model: TasteModel | None = None,
) -> Ranker:
    """Train all models of the mood.

    Args:
        labels: What listeners say.
        era: Songs with years.
        config: Choices.
        history: When given, the ranker's training NDCG after each tree is added to it.
        taste_model: Becomes the ranker's.
    """
    matrix = features.song_matrix(labels.songs)
    more = features.felt_matrix(matrix, _unseen_era(labels, matrix, era, config))
    inner = folds(labels.artist, config.inner_folds, config.seed + 1)
    unseen = np.zeros((len(labels), 4), dtype=np.float32)
    for number in range(config.inner_folds):
        held, rest = np.flatnonzero(inner == number), np.flatnonzero(inner != number)
        unseen[held] = blend(*fit_felt(labels.take(rest), more[rest], config), more[held])
    sharpness = _sharpness(unseen, labels, config)
    unseen = np.exp(log_softmax(sharpness * np.log(unseen.astype(np.float64) + 1e-9))).astype(np.float32)
    booster = _fit_ranker(labels, matrix, unseen, config, history)
    trees, smooth = fit_felt(labels, more, config)
    return Ranker(FeltModel(_fit_era(era, config), trees, replace(smooth, sharpness=sharpness)), booster, taste_model)


def _sharpness(unseen: features.Matrix, labels: Labels, config: Config) -> float:
    """The exponent that makes predictions for unseen songs most likely, from 0.5 to 2 (temperature scaling)."""
    logs, weight = np.log(unseen.astype(np.float64) + 1e-9), _weights(labels, config)[:, None] * labels.shares
    tried = np.linspace(0.5, 2.0, 61)
    return float(tried[np.argmax([(weight * log_softmax(by * logs)).sum() for by in tried])])


def _fit_era(era: EraSongs, config: Config) -> xgb.Booster:
    model = xgb.XGBRegressor(
        n_estimators=config.era_rounds, tree_method="hist", n_jobs=1, random_state=config.seed, **config.era
    )
    booster: xgb.Booster = model.fit(era.matrix, era.decades).get_booster()
    return booster


def _unseen_era(labels: Labels, matrix: features.Matrix, era: EraSongs, config: Config) -> NDArray[np.float32]:
    """The era of each labelled song by a model that saw no song of its artist, shape (n,)."""
    result = np.zeros(len(labels), dtype=np.float32)
    number = folds(labels.artist, config.era_folds, config.seed + 2)
    for fold in range(config.era_folds):
        held = number == fold
        result[held] = _fit_era(era.without(labels.artist[held]), config).inplace_predict(matrix[held])
    return result


def fit_felt(labels: Labels, more: features.Matrix, config: Config) -> tuple[xgb.Booster, Smooth]:
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


def _weights(labels: Labels, config: Config) -> NDArray[np.float32]:
    weights = config.source_weights
    return np.array([weights.get(str(source), 1.0) for source in labels.source], dtype=np.float32)


def _fit_ranker(
    labels: Labels,
    matrix: features.Matrix,
    quadrants: features.Matrix,
    config: Config,
    history: list[dict[str, float]] | None,
) -> xgb.Booster:
    """LambdaMART (Burges 2010, MSR-TR-2010-82) over queries that each hold songs of one source.

    Songs of different sources are never compared, so what differs between sources, such as how many of their songs are
    calm, is not learned as a preference.
    """
    rng = np.random.default_rng(config.seed)
    rows, grades, sizes, weights = [], [], [], []
    for source in np.unique(labels.source):
        of_source = np.flatnonzero(labels.source == source)
        for _ in range(config.passes):
            dealt = rng.permutation(of_source)
            for chunk in np.array_split(dealt, max(1, len(dealt) // config.chunk)):
                places = rng.uniform(-1.0, 1.0, (config.random_targets, 2))
                for target in (*NAMED, *(Target(float(v), float(a)) for v, a in places)):
                    relevance = _relevance(labels.shares[chunk], target)
                    if relevance.max() == relevance.min():
                        continue
                    rows.append(features.query_matrix(matrix[chunk], quadrants[chunk], target))
                    grades.append(relevance)
                    sizes.append(len(chunk))
                    weights.append(config.source_weights.get(str(source), 1.0))
    inputs, relevant = np.concatenate(rows), np.concatenate(grades)
    query = np.repeat(np.arange(len(sizes)), sizes)
    model = xgb.XGBRanker(
        n_estimators=config.ranker_rounds,
        tree_method="hist",
        n_jobs=1,
        random_state=config.seed,
        eval_metric=["ndcg@10", "ndcg@20"],
        **config.ranker,
    )
    watched = [(inputs, relevant)] if history is not None else None
    model.fit(
        inputs,
        relevant,
        qid=query,
        sample_weight=np.array(weights),
        base_margin=features.prior_margin(inputs),
        eval_set=watched,
        eval_qid=[query] if watched else None,
        base_margin_eval_set=[features.prior_margin(inputs)] if watched else None,
        verbose=False,
    )
    if history is not None:
        curves = model.evals_result()["validation_0"]
        history.extend(
            {"round": number + 1, **{name.replace("@", "_at_"): values[number] for name, values in curves.items()}}
            for number in range(config.ranker_rounds)
        )
    booster: xgb.Booster = model.get_booster()
    _calibrate(booster, inputs, relevant / GRADES)
    return booster


def _relevance(shares: features.Matrix, target: Target) -> NDArray[np.intp]:
    """Grade of each song: how much its membership overlaps the target's."""
    wanted = features.membership(np.array([[target.valence, target.arousal]]))[0]
    return np.asarray(np.rint(GRADES * (shares @ wanted)), dtype=np.intp)


def _calibrate(booster: xgb.Booster, inputs: features.Matrix, relevance: NDArray[np.float64]) -> None:
    """Fit `sigmoid(slope * margin + intercept)` to the relevance by Newton's method (Platt 1999) and store both."""
    found = margin(booster, inputs)
    design = np.column_stack([found, np.ones_like(found)])
    theta = np.zeros(2)
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-design @ theta))
        step = np.linalg.solve((design.T * (p * (1 - p))) @ design + 1e-6 * np.eye(2), design.T @ (relevance - p))
        theta += step
        if np.abs(step).max() < 1e-9:
            break
    booster.set_attr(slope=repr(float(theta[0])), intercept=repr(float(theta[1])))


def importance(booster: xgb.Booster) -> dict[str, float]:
    """Share of the total gain of each of the ranker's columns, largest first."""
    gain = booster.get_score(importance_type="total_gain")
    names = (*features.SONG, *features.QUERY)
    shares = pd.Series({names[int(column[1:])]: float(value) for column, value in gain.items()})
    ordered = (shares / shares.sum()).sort_values(ascending=False)
    return {str(name): round(float(share), 4) for name, share in ordered.items()}


def save(ranker: Ranker, folder: Path, command: str, run: str, data: str) -> None:
    """Write the models into a folder and enter them in its manifest.

    Raises:
        ValueError: The ranker has no taste model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if ranker.taste_model is None:
        raise ValueError("a ranker that is to be served needs a taste model")
    files = [*ranker.felt.save(folder), folder / continuation.NAME, folder / paths.RANKER.name]
    ranker.taste_model.booster.save_model(files[-2])
    ranker.booster.save_model(files[-1])
    for file in files:
        manifest.record(
            file, command=command, data=data, run=run, packages=(_xgboost(), "numpy", "pandas", "scikit-learn")
        )


def _xgboost() -> str:
    """Name of the installed distribution of XGBoost: the CPU build or the full one."""
    try:
        importlib.metadata.version("xgboost-cpu")
    except importlib.metadata.PackageNotFoundError:
        return "xgboost"
    return "xgboost-cpu"
