"""Trains the taste model on the continuation of public playlists, and measures it on playlists that it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from moodlib.errors import InputError
from moodlib.music import continuation, taste
from moodlib.music.continuation import Heard, TasteModel
from moodlib.music.tables import read_table, require_columns
from moodlib.training import ranking_metrics

SOURCE: Final = "tidytuesday"
PART: Final = "taste part of the score"
KNOWN: Final = (1, 3, 10)
"""How many songs of a playlist stand for the listener's likes."""
HIDDEN: Final = 15
OTHERS: Final = 100
QUERIES: Final = 4
HELD_OUT: Final = 0.25
_LEAST: Final = 20
_DRAWS: Final = 300
PARAMETERS: Final[dict[str, Any]] = {
    "n_estimators": 80,
    "max_depth": 4,
    "learning_rate": 0.1,
    "min_child_weight": 20,
    "subsample": 0.7,
    "max_bin": 64,
    "tree_method": "hist",
}


@dataclass(frozen=True)
class Playlists:
    """Which songs lie together.

    Attributes:
        heard: The songs.
        popularity: Shape (n,).
        lists: Rows of each playlist's songs, at least `_LEAST` each.
    """

    heard: Heard
    popularity: NDArray[np.float64]
    lists: list[NDArray[np.intp]]


@dataclass(frozen=True)
class Queries:
    """Some songs of a playlist are known; are the others found among strangers?

    Attributes:
        rows: Candidates of all queries, shape (n,).
        known: Known songs of each query.
        size: Candidates of each query.
        hidden: Which candidates belong to the playlist, shape (n,).
        playlist: Playlist of each query.
    """

    rows: NDArray[np.intp]
    known: list[NDArray[np.intp]]
    size: list[int]
    hidden: NDArray[np.bool_]
    playlist: NDArray[np.intp]


def read(playlists: Path, tracks: Path) -> Playlists:
    """The playlists with their songs' features.

    Raises:
        InputError: A file or column is missing, or there are no playlists long enough.
    """
    held, table = read_table(playlists), read_table(tracks)
    require_columns(held, ["playlist_id", "track_id"], playlists)
    require_columns(table, ["track_id", "join_key", "release_date", "popularity", "source", "tempo"], tracks)
    songs = table[table["source"] == SOURCE].drop_duplicates("track_id").reset_index(drop=True)
    songs["year"] = pd.to_numeric(songs["release_date"].astype(str).str[:4], errors="coerce").astype(float)
    row_of = pd.Series(np.arange(len(songs)), index=songs["track_id"])
    held = held[held["track_id"].isin(row_of.index)].drop_duplicates(["playlist_id", "track_id"])
    lists = [row_of[part["track_id"]].to_numpy() for _, part in held.groupby("playlist_id", sort=True)]
    lists = [part for part in lists if len(part) >= _LEAST]
    if len(lists) < 2:
        raise InputError(f"{playlists} holds no two playlists of {_LEAST} known songs; give a larger table.")
    artist = pd.factorize(songs["join_key"].str.split("|").str[0])[0]
    return Playlists(Heard.of(songs, artist), songs["popularity"].fillna(0).to_numpy(dtype=float), lists)


def ask(lists: Playlists, which: NDArray[np.intp], seed: int) -> Queries:
    """`QUERIES` queries of each of some playlists; candidates are in no order."""
    rng = np.random.default_rng(seed)
    rows, known, hidden, size, playlist = [], [], [], [], []
    for number in which:
        songs = lists.lists[number]
        for _ in range(QUERIES):
            dealt = rng.permutation(songs)
            count = min(int(rng.choice(KNOWN)), len(dealt) - 5)
            strangers = rng.integers(0, len(lists.popularity), OTHERS)
            candidates = rng.permutation(
                np.concatenate([dealt[count : count + HIDDEN], strangers[~np.isin(strangers, songs)]])
            )
            rows.append(candidates)
            known.append(dealt[:count])
            hidden.append(np.isin(candidates, songs))
            size.append(len(candidates))
            playlist.append(number)
    return Queries(np.concatenate(rows), known, size, np.concatenate(hidden), np.array(playlist, dtype=np.intp))


def _inputs(lists: Playlists, queries: Queries) -> NDArray[np.float32]:
    ends = np.cumsum(queries.size)
    return np.concatenate(
        [
            continuation.matrix(lists.heard, queries.rows[end - size : end], known)
            for end, size, known in zip(ends, queries.size, queries.known, strict=True)
        ]
    )


def _nearness(lists: Playlists, queries: Queries) -> NDArray[np.float64]:
    """Summed closeness of each candidate to the known songs, shape (n,)."""
    sound, ends = lists.heard.sound, np.cumsum(queries.size)
    return np.concatenate(
        [
            taste.closeness(sound[queries.rows[end - size : end]], sound[known]).sum(axis=1)
            for end, size, known in zip(ends, queries.size, queries.known, strict=True)
        ]
    )


def fit(lists: Playlists, which: NDArray[np.intp], seed: int) -> TasteModel:
    """Train on some playlists."""
    queries = ask(lists, which, seed)
    model = xgb.XGBClassifier(n_jobs=1, random_state=seed, **PARAMETERS)
    model.fit(_inputs(lists, queries), queries.hidden)
    booster: xgb.Booster = model.get_booster()
    booster.set_param({"nthread": 1})
    return TasteModel(booster)


def measure(lists: Playlists, seed: int = 0) -> dict[str, Any]:
    """Train on three quarters of the playlists and continue the others.

    Returns:
        `playlists`, `queries`; `ways`: way -> `ndcg_at_10` and `auc`, each with `mean`, `low`, `high` (95 % bootstrap
        over playlists) and `by_known`, the mean for each number of known songs; `gain_over`: paired gain in NDCG@10;
        `importance`: share of the gain of each column.
    """
    order = np.random.default_rng(seed).permutation(len(lists.lists))
    cut = max(1, int(len(order) * HELD_OUT))
    model, queries = fit(lists, order[cut:], seed), ask(lists, np.sort(order[:cut]), seed + 1)
    inputs = _inputs(lists, queries)
    model_score = np.asarray(model.booster.inplace_predict(inputs), dtype=float)
    kernel = inputs[:, 0].astype(float) ** (1 / continuation._WIDER)
    kernel_sum = _nearness(lists, queries)
    scores = {
        PART: model_score + continuation.NEARNESS * kernel_sum / (1.0 + kernel_sum),
        "model without nearness": model_score,
        "nearness in audio space": inputs[:, 1].astype(float),
        "nearest liked song": kernel,
        "same artist": inputs[:, 2].astype(float),
        "popularity": lists.popularity[queries.rows],
        "no personalisation": np.zeros(len(queries.rows)),
    }
    ends = np.cumsum(queries.size)
    spans = [slice(end - size, end) for end, size in zip(ends, queries.size, strict=True)]
    values = {
        way: np.array(
            [
                (
                    ranking_metrics.ndcg(score[span], queries.hidden[span].astype(float), 10),
                    ranking_metrics.auc(score[span], queries.hidden[span]),
                )
                for span in spans
            ]
        )
        for way, score in scores.items()
    }
    said = np.array([len(known) for known in queries.known])
    names = queries.playlist.astype(str)
    figures: dict[str, Any] = {"playlists": cut, "queries": len(spans), "trained_on": len(order) - cut, "ways": {}}
    for way, found in values.items():
        figures["ways"][way] = {
            metric: {
                **_summary(found[:, column], names, seed),
                "by_known": {str(n): round(float(found[said == n, column].mean()), 4) for n in np.unique(said)},
            }
            for column, metric in enumerate(("ndcg_at_10", "auc"))
        }
    figures["gain_over"] = {
        way: _summary(values[PART][:, 0] - found[:, 0], names, seed) for way, found in values.items() if way != PART
    }
    gain = model.booster.get_score(importance_type="total_gain")
    shares = pd.Series({continuation.COLUMNS[int(column[1:])]: float(value) for column, value in gain.items()})
    figures["importance"] = {
        str(name): round(float(share), 4)
        for name, share in (shares / shares.sum()).sort_values(ascending=False).items()
    }
    return figures


def _summary(values: NDArray[np.float64], playlist: NDArray[np.str_], seed: int) -> dict[str, float]:
    low, high = ranking_metrics.bootstrap(lambda rows: float(values[rows].mean()), playlist, _DRAWS, seed)
    return {"mean": round(float(values.mean()), 4), "low": round(low, 4), "high": round(high, 4)}
