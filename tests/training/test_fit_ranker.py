from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from moodlib import paths
from moodlib.errors import InputError
from moodlib.mood.target import Target
from moodlib.music import features
from moodlib.music.ranker import Ranker
from moodlib.music.taste import NO_TASTE
from moodlib.music.weights import Weights
from moodlib.training import (
    fit_felt,
    fit_ranker,
    fit_taste,
    mood_labels,
    ranker_card,
    ranker_config,
    ranker_study,
    ranking_ways,
)
from moodlib.training import ranking_metrics as metrics

QUICK = dataclasses.replace(
    ranker_config.Config(), felt_rounds=20, era_rounds=10, ranker_rounds=20, passes=1, inner_folds=2, era_folds=2
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two small tables in which bright, loud songs are called happy and so on, by 60 artists."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("tables")
    n = 480
    place = rng.uniform(0, 1, (n, 2))
    tracks = pd.DataFrame({name: rng.uniform(0, 1, n) for name in features.SONG})
    tracks["valence"], tracks["energy"] = place[:, 0], place[:, 1]
    tracks["loudness"], tracks["tempo"], tracks["duration_ms"] = -20 + 15 * place[:, 1], 120.0, 200_000.0
    tracks["key"], tracks["mode"], tracks["popularity"] = 0.0, 1.0, np.nan
    tracks["track_id"] = [f"id{i}" for i in range(n)]
    tracks["join_key"] = [f"artist {i % 60}|song {i}" for i in range(n)]
    tracks["title"] = [f"Song {i}" for i in range(n)]
    tracks["release_date"] = (1960 + (60 * tracks["acousticness"]).astype(int)).astype(str)
    word = np.where(
        place[:, 0] > 0.5, np.where(place[:, 1] > 0.5, "happy", "calm"), np.where(place[:, 1] > 0.5, "angry", "sad")
    )
    labels = tracks[["join_key", "track_id"]].assign(source="words", mood=word, valence_tag=np.nan, arousal_tag=np.nan)
    tagged = labels.index >= n // 2
    labels.loc[tagged, "source"] = np.where(np.arange(n)[tagged] % 2, "deezer_train", "deezer_validation")
    labels.loc[tagged, "mood"] = None
    labels.loc[tagged, ["valence_tag", "arousal_tag"]] = (place[tagged] - 0.5) * 3
    labels.loc[labels.index[0], "track_id"] = "left Spotify"
    tracks.to_parquet(folder / "tracks.parquet")
    labels.to_parquet(folder / "labels.parquet")
    tracks["source"] = fit_taste.SOURCE
    tracks.to_parquet(folder / "tracks.parquet")
    # A playlist holds songs of about one brightness.
    bright = tracks["valence"].rank(method="first").to_numpy().astype(int) // 41
    pd.DataFrame({"playlist_id": bright, "track_id": tracks["track_id"]}).to_parquet(folder / "playlists.parquet")
    return folder / "labels.parquet", folder / "tracks.parquet"


@pytest.fixture(scope="module")
def labels(tables):
    return mood_labels.read(*tables)


@pytest.fixture(scope="module")
def playlists(tables):
    return fit_taste.read(tables[1].parent / "playlists.parquet", tables[1])


@pytest.fixture(scope="module")
def taste_model(playlists):
    return fit_taste.fit(playlists, np.arange(len(playlists.lists)), seed=0)


@pytest.fixture(scope="module")
def era(tables):
    return fit_felt.read_era(tables[1])


def test_labels_are_joined_and_put_in_quadrants(labels):
    assert len(labels) == 480  # one of them by its join key
    assert set(labels.source) == {"words", "deezer"}
    assert np.allclose(labels.shares.sum(axis=1), 1)
    valence, energy = labels.songs["valence"].to_numpy(), labels.songs["energy"].to_numpy()
    corner = features.CORNERS[labels.quadrant]
    assert ((corner[:, 0] > 0) == (valence > 0.5)).all()
    assert ((corner[:, 1] > 0) == (energy > 0.5)).all()
    assert (labels.shares.max(axis=1)[labels.source == "deezer"] < 1).any()


def test_an_unknown_mood_is_named(tables, tmp_path):
    bad = pd.read_parquet(tables[0])
    bad.loc[3, "mood"] = "groovy"
    bad.to_parquet(tmp_path / "labels.parquet")
    with pytest.raises(InputError, match='row 4: "mood" is groovy'):
        mood_labels.read(tmp_path / "labels.parquet", tables[1])


def test_folds_never_split_an_artist_and_do_not_depend_on_the_rows(labels):
    fold = mood_labels.folds(labels.artist, 5, seed=3)
    for artist in np.unique(labels.artist):
        assert len(set(fold[labels.artist == artist])) == 1
    assert set(fold) == set(range(5))
    order = np.random.default_rng(0).permutation(len(labels))
    assert (mood_labels.folds(labels.artist[order], 5, seed=3) == fold[order]).all()


def test_training_learns_a_plain_rule_and_repeats_itself(labels, era, tmp_path):
    fold = mood_labels.folds(labels.artist, 4, seed=0)
    train, test = labels.take(np.flatnonzero(fold > 0)), labels.take(np.flatnonzero(fold == 0))
    history: list[dict[str, float]] = []
    ranker = fit_ranker.fit(train, era.without(test.artist), QUICK, history)
    scores = ranking_ways.through_rank(ranker, test)
    for quadrant in range(4):
        assert metrics.auc(scores[:, quadrant], test.quadrant == quadrant) > 0.9
    assert len(history) == QUICK.ranker_rounds
    again = fit_ranker.fit(train, era.without(test.artist), QUICK)
    assert np.array_equal(ranking_ways.through_rank(again, test), scores)


def test_what_is_saved_ranks_as_what_was_trained(labels, era, taste_model, tmp_path):
    ranker = fit_ranker.fit(labels, era, QUICK, taste_model=taste_model)
    fit_ranker.save(ranker, tmp_path, "command", "run", "data")
    loaded = Ranker.load(tmp_path / "ranker.ubj")
    taste = NO_TASTE.like(labels.songs["track_id"][5])
    one, other = (r.rank(labels.songs, Target(0.4, -0.2), taste, Weights()) for r in (ranker, loaded))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("name", ["ranker.ubj", "felt.ubj", "era.ubj", "felt_smooth.npz", "taste.ubj"])
def test_a_damaged_or_missing_model_is_named(labels, era, taste_model, tmp_path, name):
    fit_ranker.save(fit_ranker.fit(labels, era, QUICK, taste_model=taste_model), tmp_path, "command", "run", "data")
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-10])
    with pytest.raises(InputError, match=f"{name} is cut short"):
        Ranker.load(tmp_path / "ranker.ubj")
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing"):
        Ranker.load(tmp_path / "ranker.ubj")


def test_the_run_folder_and_the_card_tell_the_same_figures(tables, tmp_path):
    figures = ranker_study.train(
        *tables,
        tables[1].parent / "playlists.parquet",
        tmp_path,
        "r",
        QUICK,
        repeats=1,
        command="python -m moodlib train ranker",
        say=lambda *_: None,
    )
    run = tmp_path / "runs" / "r"
    assert {file.name for file in run.iterdir()} == {"config.json", "metrics.json", "history.csv", "importance.csv"}
    ours = figures["ndcg_at_20"]["ranker"]["mean"]
    assert ours["low"] <= ours["mean"] <= ours["high"]
    assert f"{ours['mean']:.3f}" in (tmp_path / "ranker.md").read_text(encoding="utf-8")
    assert len(pd.read_csv(run / "history.csv")) == QUICK.ranker_rounds
    random = figures["ndcg_at_20"]["random"]["mean"]["mean"]
    assert figures["gain_over"]["random"]["mean"] == pytest.approx(ours["mean"] - random, abs=2e-4)


def test_the_taste_model_continues_playlists_that_it_never_saw(playlists):
    figures = fit_taste.measure(playlists)
    assert figures["ways"][fit_taste.PART]["auc"]["low"] > 0.6
    assert figures["gain_over"]["no personalisation"]["low"] > 0
    assert figures["playlists"] + figures["trained_on"] == len(playlists.lists)


def test_playlist_queries_hide_songs_of_the_list_and_show_none_of_the_known(playlists):
    queries = fit_taste.ask(playlists, np.arange(3), seed=1)
    ends = np.cumsum(queries.size)
    for end, size, known, number in zip(ends, queries.size, queries.known, queries.playlist, strict=True):
        rows, hidden = queries.rows[end - size : end], queries.hidden[end - size : end]
        assert not set(known) & set(rows[hidden])
        assert set(rows[hidden]) <= set(playlists.lists[number])
        assert not set(rows[~hidden]) & set(playlists.lists[number])


def test_the_shipped_card_is_made_of_the_shipped_figures():
    figures = json.loads((paths.RUNS / "ranker-2" / "metrics.json").read_text(encoding="utf-8"))
    assert (paths.MODELS / "ranker.md").read_text(encoding="utf-8") == ranker_card.card(figures, "ranker-2")
    gain = figures["gain_over"]
    assert gain["distance in the valence-energy plane"]["low"] > 0
    assert gain["popularity"]["low"] > 0


def test_on_unseen_artists_the_ranker_clearly_beats_distance(data_dir):
    """One fold of the real labels and fewer trees, to be quick: the whole study is `evaluate ranker`."""
    folder = data_dir / "music"
    labels = mood_labels.read(folder / "mood_labels.parquet", folder / "tracks.parquet")
    era = fit_felt.read_era(folder / "tracks.parquet")
    fold = mood_labels.folds(labels.artist, 5, seed=0)
    train, test = labels.take(np.flatnonzero(fold > 0)), labels.take(np.flatnonzero(fold == 0))
    assert not set(train.artist) & set(test.artist)
    config = dataclasses.replace(ranker_config.Config(), felt_rounds=150, era_rounds=60, inner_folds=2, era_folds=2)
    ours = ranking_ways.through_rank(fit_ranker.fit(train, era.without(test.artist), config), test)
    distance = ranking_ways._distance(test)
    gains = [
        metrics.ndcg(ours[rows, q], test.quadrant[rows] == q, 20)
        - metrics.ndcg(distance[rows, q], test.quadrant[rows] == q, 20)
        for rows in (np.flatnonzero(test.source == source) for source in np.unique(test.source))
        for q in range(4)
    ]
    assert np.mean(gains) > 0.05
