"""Ways of ordering songs for a mood: ours, ours without one part of it, and plainer ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from moodlib.music import features
from moodlib.music.felt import blend
from moodlib.music.ranker import Ranker
from moodlib.music.taste import NO_TASTE
from moodlib.music.weights import MOOD_ONLY
from moodlib.training import fit_felt
from moodlib.training.fit_ranker import NAMED
from moodlib.training.mood_labels import Labels
from moodlib.training.ranker_config import Config

OURS: Final = "ranker"
FELT: Final = "felt model without the ranker"
TREES: Final = "felt model, trees alone"
PLAIN_LABELS: Final = "felt model, all sources and tags alike"
CLASSIFIER: Final = "classifier on 12 features"
DISTANCE: Final = "distance in the valence-energy plane"
NEIGHBOURS: Final = "neighbours in audio space"
_NEIGHBOURS: Final = 50
_RAW: Final = (*features.SONG, "key", "mode")

Scores = NDArray[np.float64]


def all_ways(ranker: Ranker, known: Labels, asked: Labels, config: Config) -> dict[str, Scores]:
    """Scores of the asked songs for the four moods by every way of ranking, each of shape (len(asked), 4)."""
    chance = np.random.default_rng(config.seed).uniform(size=(len(asked), 4))
    # Many songs have no popularity: among equals chance decides, not the order of the file, which is sorted by mood.
    popularity = np.nan_to_num(asked.songs["popularity"].to_numpy(dtype=float), nan=-1.0)[:, None] + 0.5 * chance
    return {
        OURS: through_rank(ranker, asked),
        **_without_parts(ranker, known, asked, config),
        CLASSIFIER: _classifier(known, asked),
        NEIGHBOURS: _neighbours(known, asked),
        DISTANCE: _distance(asked),
        "popularity": popularity,
        "random": chance,
    }


def through_rank(ranker: Ranker, asked: Labels) -> Scores:
    """Scores by `Ranker.rank` itself, with the targets of the moods' own words, shape (n, 4)."""
    scores = np.empty((len(asked), 4))
    songs = asked.songs
    row_of = {track_id: row for row, track_id in enumerate(songs["track_id"])}
    for column, target in enumerate(NAMED):
        ranked = ranker.rank(songs, target, NO_TASTE, MOOD_ONLY)
        scores[[row_of[i] for i in ranked["track_id"]], column] = ranked["score"]
    return scores


def _without_parts(ranker: Ranker, known: Labels, asked: Labels, config: Config) -> dict[str, Scores]:
    """What is left of ours without one part of it: does that part pay?"""
    wanted = features.membership(np.array([(target.valence, target.arousal) for target in NAMED]))
    more, unseen = (ranker.felt.matrix(features.song_matrix(labels.songs)) for labels in (known, asked))
    plain = fit_felt.fit(known, more, replace(config, source_weights={}, soft=False))
    found = {
        FELT: blend(ranker.felt.trees, ranker.felt.smooth, unseen),
        TREES: ranker.felt.trees.inplace_predict(unseen).reshape(-1, 4),
        PLAIN_LABELS: blend(*plain, unseen),
    }
    return {name: np.asarray(quadrants @ wanted.T, dtype=float) for name, quadrants in found.items()}


def _classifier(known: Labels, asked: Labels) -> Scores:
    """XGBoost as it comes, on the twelve raw features: the plain way to do it."""
    model = xgb.XGBClassifier(n_jobs=1, random_state=0)
    model.fit(known.songs[list(_RAW)].to_numpy(dtype=float), known.quadrant)
    return np.asarray(model.predict_proba(asked.songs[list(_RAW)].to_numpy(dtype=float)), dtype=float)


def _neighbours(known: Labels, asked: Labels) -> Scores:
    """Share of each quadrant among the nearest labelled songs, in standardised audio space."""
    reference = features.song_matrix(known.songs).astype(float)
    mean, spread = np.nanmean(reference, axis=0), np.nanstd(reference, axis=0)
    spread[spread == 0] = 1.0
    near = np.clip(np.nan_to_num((reference - mean) / spread), -3, 3)
    far = np.clip(np.nan_to_num((features.song_matrix(asked.songs).astype(float) - mean) / spread), -3, 3)
    distance = (far**2).sum(axis=1)[:, None] - 2 * far @ near.T + (near**2).sum(axis=1)
    nearest = np.argpartition(distance, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    return np.asarray(np.eye(4)[known.quadrant[nearest]].mean(axis=1))


def _distance(asked: Labels) -> Scores:
    """Nearness to the quadrant's corner in Spotify's valence-energy plane."""
    place = asked.songs[["valence", "energy"]].to_numpy(dtype=float) * 2.0 - 1.0
    return np.asarray(-np.linalg.norm(place[:, None, :] - features.CORNERS[None], axis=2))
