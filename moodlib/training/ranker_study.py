"""How well the ranker orders songs of artists that it never saw, beside plainer ways; and the training run itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from moodlib.music import features
from moodlib.training import (
    fit_felt,
    fit_ranker,
    fit_taste,
    mood_labels,
    ranker_card,
    ranking_figures,
    ranking_ways,
)
from moodlib.training.fit_felt import EraSongs
from moodlib.training.mood_labels import Labels
from moodlib.training.ranker_config import Config
from moodlib.training.ranking_figures import FOLDS

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
        scores: dict[str, ranking_ways.Scores] = {}
        for number in range(FOLDS):
            say(repeat * FOLDS + number, repeats * FOLDS, f"Fold {number + 1} of {FOLDS}, round {repeat + 1}")
            train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            known, asked = labels.take(train), labels.take(test)
            ranker = fit_ranker.fit(known, era.without(asked.artist), config)
            felt[test] = ranker.felt.quadrants(features.song_matrix(asked.songs))
            for name, found in ranking_ways.all_ways(ranker, known, asked, config).items():
                scores.setdefault(name, np.zeros((len(labels), 4)))[test] = found
        rounds.append((fold, scores))
    say(repeats * FOLDS, repeats * FOLDS, "Intervals")
    return {
        **ranking_figures.of_rounds(labels, rounds, config.seed),
        "felt": ranking_figures.felt_figures(labels, felt),
    }


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
    era = fit_felt.read_era(tracks_file)
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
