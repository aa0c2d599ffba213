"""What a video frame costs, as the Training page shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from moodlib.ui import runs, training_speed

STAGES = dict.fromkeys(training_speed.STAGES, 1.0)
RESULTS: dict[str, Any] = {
    "films": {
        "640 x 480, 1 face": {
            "ours": {"median": 4.0, "p95": 8.0, "mean": 7.5, "mean_by_stage": STAGES},
            "plain": {"median": 90.0, "p95": 99.0, "mean": 91.0, "mean_by_stage": {**STAGES, "search": 85.0}},
            "times_faster": {"mean": 13.0},
            "with_keras": {"times_faster_mean": 24.0},
            "overlap_with_full_search_median": 0.9,
        },
        "640 x 480, nobody": {"ours": {"median": 2.0}, "plain": {}, "overlap_with_full_search_median": None},
    }
}


def test_each_film_has_a_row_for_both_ways():
    rows = training_speed.table(RESULTS)
    assert list(zip(rows["film"], rows["way"], strict=True)) == [
        ("640 x 480, 1 face", "plain"),
        ("640 x 480, 1 face", "ours"),
        ("640 x 480, nobody", "plain"),
        ("640 x 480, nobody", "ours"),
    ]
    assert rows["search, ms"].tolist()[:2] == [85.0, 1.0]
    assert rows["times faster"].tolist()[1] == 13.0
    assert rows["times faster"].isna().tolist() == [True, False, True, True]


def test_bars_add_up_to_the_mean():
    rows = training_speed.table(RESULTS)
    figure = training_speed.bars(rows)
    assert [trace.name for trace in figure.data] == [*training_speed.STAGES[:4], training_speed.REST]
    ends = [sum(float(trace.x[at]) for trace in figure.data) for at in range(2)]
    assert ends == [91.0, 7.5]
    assert figure.data[0].y[0] == "640 x 480, 1 face · plain"


def test_the_benchmark_s_own_file_is_whole():
    rows = training_speed.table(runs.results(training_speed.RESULTS))
    stages = [f"{stage}, ms" for stage in training_speed.STAGES]
    assert len(rows) == 16
    assert rows[["median, ms", "p95, ms", "mean, ms", *stages]].notna().all(axis=None)
    # A large rest would be a stage that nobody measured.
    assert (rows[f"{training_speed.REST}, ms"] < 0.1 * rows["mean, ms"].clip(lower=10)).all()


def _page() -> None:
    from moodlib.ui import training_speed

    training_speed.frames()


def test_the_page_changes_the_frame_s_size():
    app = AppTest.from_function(_page, default_timeout=30).run()
    assert not app.exception
    said = " ".join(caption.value for caption in app.caption)
    assert "benchmarks/results/frames.json" in said
    assert "times the plain way's rate" in said
    app.get_by_key("frames_of").set_value("1280 x 720").run()
    assert not app.exception
    assert set(app.dataframe[0].value["film"]) == {"nobody", "1 face", "2 faces", "5 faces"}


def test_without_a_measurement_the_page_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(training_speed, "RESULTS", tmp_path / "frames.json")
    app = AppTest.from_function(_page, default_timeout=30).run()
    assert [code.value for code in app.code] == [training_speed.BENCHMARK]
