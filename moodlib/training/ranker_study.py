"""How well the ranker orders songs of artists that it never saw, beside plainer ways of ordering them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from moodlib.music import features
from moodlib.music.felt import blend
from moodlib.music.ranker import Ranker
from moodlib.music.taste import NO_TASTE
from moodlib.music.weights import MOOD_ONLY
from moodlib.training import fit_ranker, fit_taste, mood_labels, ranker_card, ranking_metrics
from moodlib.training.fit_ranker import NAMED, Config, EraSongs
from moodlib.training.mood_labels import Labels

FOLDS: Final = 5
OURS: Final = "ranker"
FELT: Final = "felt model without the ranker"
TREES: Final = "felt model, trees alone"
PLAIN_LABELS: Final = "felt model, all sources and tags alike"
CLASSIFIER: Final = "classifier on 12 features"
DISTANCE: Final = "distance in the valence-energy plane"
NEIGHBOURS: Final = "neighbours in audio space"
_NEIGHBOURS: Final = 50
_DRAWS: Final = 150
_FEWER: Final = 40
_RAW: Final = (*features.SONG, "key", "mode")

Scores = NDArray[np.float64]
Say = Callable[[int, int, str], None]


def cross_validate(labels: Labels, era: EraSongs, config: Config, repeats: int, say: Say) -> dict[str, Any]:
    """Rank every song by models that saw no song of its artist, and measure.

    Each query is one fold, one source and one of the four quadrant moods: the songs of unseen artists in that fold and
    source are ordered, and those that the source's listeners put in the quadrant are relevant. Figures are means over
    folds and repeats of the mean over the moods.

    Args:
        labels: What listeners say.
        era: Songs that the era model learns from.
        config: Choices of the training.
        repeats: Rounds, each with other folds.
        say: Told how many fits of how many are done.

    Returns:
        `ndcg_at_10`, `ndcg_at_20`, `map` and `auc`: way of ranking -> source (and "mean") -> `mean`, for NDCG@20 with
        `low` and `high` (95 % bootstrap over artists); `by_mood`: NDCG@20 of ours by source and mood; `gain_over`:
        difference in mean NDCG@20 to each other way with its paired interval; `n`, `artists`, `folds`, `repeats`.
    """
    rounds = []
    felt = np.zeros((len(labels), 4))
    for repeat in range(repeats):
        fold = mood_labels.folds(labels.artist, FOLDS, config.seed + repeat)
        scores: dict[str, Scores] = {}
        for number in range(FOLDS):
            say(repeat * FOLDS + number, repeats * FOLDS, f"Fold {number + 1} of {FOLDS}, round {repeat + 1}")
            train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            known, asked = labels.take(train), labels.take(test)
            ranker = fit_ranker.fit(known, era.without(asked.artist), config)
            felt[test] = ranker.felt.quadrants(features.song_matrix(asked.songs))
            for name, found in _all_ways(ranker, known, asked, config).items():
                scores.setdefault(name, np.zeros((len(labels), 4)))[test] = found
        rounds.append((fold, scores))
    say(repeats * FOLDS, repeats * FOLDS, "Intervals")
    return {**_figures(labels, rounds, config.seed), "felt": felt_figures(labels, felt)}


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


def _all_ways(ranker: Ranker, known: Labels, asked: Labels, config: Config) -> dict[str, Scores]:
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
    plain = fit_ranker.fit_felt(known, more, replace(config, source_weights={}, soft=False))
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


def _figures(labels: Labels, rounds: list[tuple[NDArray[np.intp], dict[str, Scores]]], seed: int) -> dict[str, Any]:
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


def _lists(labels: Labels, rounds: list[tuple[NDArray[np.intp], dict[str, Scores]]], name: str) -> dict[str, float]:
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
    rounds: list[tuple[NDArray[np.intp], dict[str, Scores]]],
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
    rounds: list[tuple[NDArray[np.intp], dict[str, Scores]]],
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


def train(
    labels_file: Path,
    tracks_file: Path,
    playlists_file: Path,
    models: Path,
    name: str,
    config: Config,
    *,
    repeats: int,
    command: str,
    say: Say,
) -> dict[str, Any]:
    """Measure, train on everything, and write models, run folder and card.

    Returns:
        The figures of `cross_validate`; empty when `repeats` is 0.
    """
    labels = mood_labels.read(labels_file, tracks_file)
    era = fit_ranker.read_era(tracks_file)
    playlists = fit_taste.read(playlists_file, tracks_file)
    figures = cross_validate(labels, era, config, repeats, say) if repeats else {}
    if figures:
        figures["taste"] = fit_taste.measure(playlists, config.seed)
    say(0, 1, "Training on all songs")
    history: list[dict[str, float]] = []
    taste_model = fit_taste.fit(playlists, np.arange(len(playlists.lists)), config.seed)
    ranker = fit_ranker.fit(labels, era, config, history, taste_model)
    data = (
        f"listeners' mood labels ({labels_file.name}, {len(labels):,} rows), features and years ({tracks_file.name}), "
        f"{len(playlists.lists)} public playlists ({playlists_file.name})"
    )
    fit_ranker.save(ranker, models, command, name, data)
    folder = models / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", {"command": command, "data": data, **asdict(config)})
    if figures:
        figures = {"command": command, **figures, "importance": fit_ranker.importance(ranker.booster)}
        _write_json(folder / "metrics.json", figures)
        _write_importance(folder / "importance.csv", figures)
        (models / "ranker.md").write_text(ranker_card.card(figures, name), encoding="utf-8")
    with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(history[0]))
        writer.writeheader()
        writer.writerows({key: round(value, 5) for key, value in row.items()} for row in history)
    return figures


def _write_importance(path: Path, figures: dict[str, Any]) -> None:
    """Share of the gain of each column of the two models that order songs."""
    rows = [
        {"model": model, "column": column, "share": share}
        for model, shares in (("ranker", figures["importance"]), ("taste", figures["taste"]["importance"]))
        for column, share in shares.items()
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["model", "column", "share"])
        writer.writeheader()
        writer.writerows(rows)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
