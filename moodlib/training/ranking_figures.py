"""From scores of songs by artists that no model saw to the figures of the run and the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moodlib.music import features
from moodlib.training import ranking_metrics
from moodlib.training.mood_labels import Labels
from moodlib.training.ranking_ways import OURS, Scores

FOLDS: Final = 5
_DRAWS: Final = 150
_FEWER: Final = 40
Rounds = list[tuple[NDArray[np.intp], dict[str, Scores]]]
"""For each round the fold of each song, shape (n,), and each way's scores, shape (n, 4)."""


def felt_figures(labels: Labels, quadrants: Scores) -> dict[str, Any]:
    """How well what songs feel like is predicted, for songs of unseen artists.

    Args:
        labels: What listeners say.
        quadrants: Predicted probabilities, shape (n, 4).

    Returns:
        By source (and "mean"): `accuracy`; `log_loss`; `ece`, the expected calibration error of the likeliest quadrant
        in ten bins of equal size; and for the source with tags, `valence_r` and `arousal_r`, Pearson's correlation of
        tags and prediction, beside `spotify_valence_r` and `spotify_energy_r`.
    """
    found: dict[str, Any] = {}
    for source in np.unique(labels.source):
        rows = np.flatnonzero(labels.source == source)
        right = quadrants[rows].argmax(axis=1) == labels.quadrant[rows]
        sure = quadrants[rows].max(axis=1)
        bins = np.array_split(np.argsort(sure, kind="stable"), 10)
        ece = sum(len(part) * abs(right[part].mean() - sure[part].mean()) for part in bins) / len(rows)
        said = np.clip(quadrants[rows, labels.quadrant[rows]], 1e-9, 1.0)
        figures = {"accuracy": right.mean(), "log_loss": -np.log(said).mean(), "ece": ece}
        if np.isfinite(labels.tags[rows]).all():
            place = quadrants[rows] @ features.CORNERS
            for axis, (name, plain) in enumerate((("valence", "valence"), ("arousal", "energy"))):
                tags = labels.tags[rows, axis]
                figures[f"{name}_r"] = np.corrcoef(place[:, axis], tags)[0, 1]
                figures[f"spotify_{plain}_r"] = np.corrcoef(labels.songs[plain].to_numpy(dtype=float)[rows], tags)[0, 1]
        found[str(source)] = {name: round(float(value), 4) for name, value in figures.items()}
    found["mean"] = {
        name: round(float(np.mean([values[name] for values in found.values()])), 4)
        for name in ("accuracy", "log_loss", "ece")
    }
    return found


def of_rounds(labels: Labels, rounds: Rounds, seed: int) -> dict[str, Any]:
    """Every metric of every way of ranking, with intervals; what `ranker_study.cross_validate` returns but `felt`.

    Args:
        labels: What listeners say.
        rounds: Scores of each round.
        seed: Of the bootstrap.
    """
    sources = [str(source) for source in np.unique(labels.source)]
    names = list(rounds[0][1])
    metrics: dict[str, Callable[[Scores, NDArray[np.bool_]], float]] = {
        "ndcg_at_10": lambda score, relevant: ranking_metrics.ndcg(score, relevant.astype(float), 10),
        "ndcg_at_20": lambda score, relevant: ranking_metrics.ndcg(score, relevant.astype(float), 20),
        "map": ranking_metrics.average_precision,
        "auc": ranking_metrics.auc,
    }
    figures: dict[str, Any] = {
        "n": len(labels),
        "artists": len(np.unique(labels.artist)),
        "folds": FOLDS,
        "repeats": len(rounds),
        "sources": {source: int((labels.source == source).sum()) for source in sources},
    }
    # The same artists are drawn for every way, so that differences are paired.
    draws = _draws(labels.artist, _DRAWS, seed)
    everything = np.arange(len(labels))
    for metric, function in metrics.items():
        main = metric == "ndcg_at_20"
        table: dict[str, dict[str, dict[str, float]]] = {}
        drawn: dict[str, NDArray[np.float64]] = {}
        for name in names:
            whole = _by_source(labels, rounds, name, function, everything, sources)
            values = np.array(
                [
                    _by_source(labels, rounds[:1], name, function, rows, sources)
                    for rows in (draws if main else draws[:_FEWER])
                ]
            )
            # A draw holds songs more than once, which shifts its level a little; only its spread is used.
            spread = values - np.nanmean(values, axis=0)
            low, high = whole + np.nanpercentile(spread, 2.5, axis=0), whole + np.nanpercentile(spread, 97.5, axis=0)
            drawn[name] = values[:, -1]
            table[name] = {
                source: {
                    "mean": round(float(whole[i]), 4),
                    "low": round(float(low[i]), 4),
                    "high": round(float(high[i]), 4),
                }
                for i, source in enumerate([*sources, "mean"])
            }
        figures[metric] = table
        if main:
            figures["gain_over"] = {name: _gain(table, drawn, name) for name in names if name != OURS}
    for key, metric in (("by_mood", "ndcg_at_20"), ("auc_by_mood", "auc")):
        figures[key] = {
            source: {
                mood: round(
                    float(np.nanmean(_queries(labels, rounds, OURS, metrics[metric], everything, source)[:, q])), 4
                )
                for q, mood in enumerate(features.QUADRANTS)
            }
            for source in sources
        }
    figures["lists"] = {name: _lists(labels, rounds, name) for name in names}
    return figures


def _lists(labels: Labels, rounds: Rounds, name: str) -> dict[str, float]:
    """How varied the twenty best songs of each fold are.

    Returns:
        `coverage`, distinct songs among the lists of the four moods, as a share of the most there could be;
        `artists`, distinct artists of a list, as a share of its songs.
    """
    coverage, artists = [], []
    for fold, scores in rounds:
        for number in range(FOLDS):
            rows = np.flatnonzero(fold == number)
            tops = [rows[np.argsort(-scores[name][rows, q], kind="stable")[:20]] for q in range(4)]
            coverage.append(len(np.unique(np.concatenate(tops))) / sum(map(len, tops)))
            artists += [len(np.unique(labels.artist[top])) / len(top) for top in tops]
    return {"coverage": round(float(np.mean(coverage)), 4), "artists": round(float(np.mean(artists)), 4)}


def _gain(table: dict[str, Any], drawn: dict[str, NDArray[np.float64]], name: str) -> dict[str, float]:
    gain = table[OURS]["mean"]["mean"] - table[name]["mean"]["mean"]
    spread = drawn[OURS] - drawn[name]
    spread = spread - np.nanmean(spread)
    return {
        "mean": round(gain, 4),
        "low": round(gain + float(np.nanpercentile(spread, 2.5)), 4),
        "high": round(gain + float(np.nanpercentile(spread, 97.5)), 4),
    }


def _draws(artist: NDArray[np.str_], count: int, seed: int) -> list[NDArray[np.intp]]:
    """Row numbers of `count` bootstrap samples of whole artists."""
    samples: list[NDArray[np.intp]] = []

    def keep(rows: NDArray[np.intp]) -> float:
        samples.append(rows)
        return 0.0

    ranking_metrics.bootstrap(keep, artist, count, seed)
    return samples


def _by_source(
    labels: Labels,
    rounds: Rounds,
    name: str,
    function: Callable[[Scores, NDArray[np.bool_]], float],
    rows: NDArray[np.intp],
    sources: list[str],
) -> NDArray[np.float64]:
    """The metric for each source and their mean, shape (len(sources) + 1,)."""
    values = [float(np.nanmean(_queries(labels, rounds, name, function, rows, source))) for source in sources]
    return np.array([*values, np.mean(values)])


def _queries(
    labels: Labels,
    rounds: Rounds,
    name: str,
    function: Callable[[Scores, NDArray[np.bool_]], float],
    rows: NDArray[np.intp],
    source: str,
) -> NDArray[np.float64]:
    """The metric of each query of a source, shape (folds x rounds, 4)."""
    values = []
    of_source = rows[labels.source[rows] == source]
    for fold, scores in rounds:
        for number in range(FOLDS):
            part = of_source[fold[of_source] == number]
            values.append([function(scores[name][part, q], labels.quadrant[part] == q) for q in range(4)])
    return np.array(values, dtype=float)
