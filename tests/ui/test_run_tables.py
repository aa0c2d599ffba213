"""What the page says about a run is what its files say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moodlib.emotions import NAMES
from moodlib.ui import run_tables, runs


@pytest.fixture
def run(tmp_path: Path) -> runs.Run:
    folder = tmp_path / "small-1"
    folder.mkdir()
    counts = np.eye(7, dtype=int) * 90
    counts[2, 4], counts[4, 2] = 30, 9
    metrics = {
        "confusion": counts.tolist(),
        "per_class": {"fear": {"precision": 1.0, "recall": 0.75, "f1": 0.9, "support": 120}},
        "ndcg_at_20": {
            "ranker": {"mean": {"mean": 0.7, "low": 0.6, "high": 0.8}, "deezer": {"mean": 0.5}},
            "rule": 0.4,
        },
        "ndcg@20": {"ranker": 0.8},
        "by_mood": {"deezer": {"sad": 0.3}},
    }
    share = {"accuracy": 0.5, "interval": [0.4, 0.6], "n": 10}
    rows = [
        {"condition": c, "strength": s, "setting": "x", "served_fer2013": share, "served_ferplus": None}
        for c in ("noise", "blur")
        for s in range(3)
    ]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "robustness.json").write_text(json.dumps({"n": 10, "rows": rows}))
    return runs.read(folder)


def test_mix_ups_are_sorted_and_leave_the_right_ones_out(run: runs.Run) -> None:
    pairs = run_tables.mix_ups(run_tables.confusion(run))
    assert pairs[["it was", "taken for", "faces"]].to_numpy().tolist() == [["fear", "sad", 30], ["sad", "fear", 9]]
    assert pairs["share"].tolist() == pytest.approx([30 / 120, 9 / 99])


def test_a_cell_in_words_has_both_sides(run: runs.Run) -> None:
    counts = run_tables.confusion(run)
    said = run_tables.in_words(counts, "fear", "sad")
    assert "Of 120 faces labelled fear, 30 (25%) were taken for sad." in said
    assert "25% of what the network called sad" in said
    assert "9 of 99 faces labelled sad" in said
    assert "90 (75%) were read as fear" in run_tables.in_words(counts, "fear", "fear")
    empty = pd.DataFrame(0, index=list(NAMES), columns=list(NAMES))
    assert "Of 0 faces" in run_tables.in_words(empty, "sad", "fear")


def test_a_figure_without_an_interval_is_not_invented(run: runs.Run) -> None:
    row = run_tables.per_class(run).iloc[0]
    assert row["recall"] == 0.75
    assert np.isnan(row["recall_low"])


def test_rooms_keep_their_order_and_what_is_missing_is_empty(run: runs.Run) -> None:
    table = run_tables.rooms(run, "served_fer2013")
    assert list(table.index) == ["noise", "blur"]
    assert list(table.columns) == ["light", "middle", "heavy"]
    assert (table == 0.5).all(axis=None)
    assert run_tables.rooms_long(run)["served, FER+ majority"].isna().all()


def test_ways_to_rank_are_read_in_either_form(run: runs.Run) -> None:
    table = run_tables.ranking(run, "ndcg_at_20").set_index("name")
    assert table.loc["ranker"].tolist() == [0.7, 0.6, 0.8]
    assert table.loc["rule", "value"] == 0.4
    assert np.isnan(table.loc["rule", "low"])
    assert run_tables.ranking(run, "ndcg@20")["value"].tolist() == [0.8]
    assert run_tables.ranking(run, "none").empty
    assert run_tables.measures(run) == ["ndcg@20", "ndcg_at_20"]
    assert run_tables.ranking_by_source(run, "ndcg_at_20").loc["ranker", "deezer"] == 0.5


def test_a_run_that_is_being_trained_is_unfinished(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"fit": {"epochs": 3, "architecture": "mini-xception"}}')
    (tmp_path / "history.csv").write_text("epoch,val_fer2013_accuracy\n0,0.3\n")
    run = runs.read(tmp_path)
    assert run.unfinished
    assert run.is_baseline
    (tmp_path / "metrics.json").write_text('{"n": 1}')
    assert not runs.read(tmp_path).unfinished


def test_what_was_tried_names_its_sources() -> None:
    table = runs.tried()
    assert len(table) >= 4
    assert list(table.columns) == ["what", "epochs", "FER-2013 label", "FER+ majority", "verdict", "source"]
    for source in table["source"]:
        assert (runs.paths.ROOT / str(source).split(" ")[0]).exists(), source


def test_kinds_end_with_keras_itself() -> None:
    results = {"kinds": [{"kind": "float16", "bytes": 5e6, "acceptable": True}], "keras": {"bytes": 1e7}}
    table = run_tables.kinds(results)
    assert table["kind"].tolist() == ["float16", "model.predict"]
    assert table["MB"].tolist() == [5.0, 10.0]
    assert run_tables.kinds({}).empty
