"""Trains how songs are ordered for a target, on top of what they feel like, and writes the models."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from moodlib import manifest, paths
from moodlib.mood.target import Target, target_of_emotion
from moodlib.music import continuation, features
from moodlib.music.continuation import TasteModel
from moodlib.music.felt import FeltModel, blend, log_softmax
from moodlib.music.ranker import Ranker, margin
from moodlib.training import fit_felt
from moodlib.training.fit_felt import EraSongs
from moodlib.training.mood_labels import Labels, folds
from moodlib.training.ranker_config import Config

GRADES: Final = 4
"""Relevance goes from 0 to this in whole steps."""

NAMED: Final[tuple[Target, ...]] = tuple(target_of_emotion(name) for name in features.QUADRANTS)
"""The places of the quadrants' own words. The ranker is trained at the very targets that `rank --mood` asks for."""


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
    more = features.felt_matrix(matrix, fit_felt.unseen_era(labels, matrix, era, config))
    inner = folds(labels.artist, config.inner_folds, config.seed + 1)
    unseen = np.zeros((len(labels), 4), dtype=np.float32)
    for number in range(config.inner_folds):
        held, rest = np.flatnonzero(inner == number), np.flatnonzero(inner != number)
        unseen[held] = blend(*fit_felt.fit(labels.take(rest), more[rest], config), more[held])
    sharpness = fit_felt.sharpness(unseen, labels, config)
    unseen = np.exp(log_softmax(sharpness * np.log(unseen.astype(np.float64) + 1e-9))).astype(np.float32)
    booster = _fit_ranker(labels, matrix, unseen, config, history)
    trees, smooth = fit_felt.fit(labels, more, config)
    felt = FeltModel(fit_felt.fit_era(era, config), trees, replace(smooth, sharpness=sharpness))
    return Ranker(felt, booster, taste_model)


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
