from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from moodlib.emotions import NAMES
from moodlib.ui import quality_charts
from moodlib.ui import training_charts as charts

HISTORY = pd.DataFrame({"epoch": range(3), "loss": [3.0, 2.0, 1.0], "val_loss": [3.1, 2.2, 2.0]})


def test_confusion_shows_shares_of_each_row():
    counts = np.eye(7, dtype=int) * 3
    counts[0] = [1, 1, 0, 0, 0, 0, 2]
    heat = quality_charts.confusion(counts.tolist()).data[0]
    assert heat.z[0][6] == 0.5
    assert heat.z[3][3] == 1.0


def test_an_emotion_without_faces_does_not_break_the_confusion():
    assert np.isfinite(quality_charts.confusion(np.zeros((7, 7)).tolist()).data[0].z).all()


def test_reliability_leaves_out_empty_bins():
    bins = [
        {"low": 0.0, "high": 0.5, "n": 0, "confidence": 0.0, "accuracy": 0.0},
        {"low": 0.5, "high": 1.0, "n": 9, "confidence": 0.8, "accuracy": 0.7},
    ]
    bar = quality_charts.reliability(bins).data[0]
    assert (list(bar.x), list(bar.y)) == ([0.75], [0.7])


@pytest.mark.parametrize("counts", [False, True])
def test_a_cell_of_the_confusion_can_be_clicked(counts):
    table = np.arange(49).reshape(7, 7)
    figure = quality_charts.confusion(table.tolist(), counts)
    cells = figure.data[1]
    assert len(cells.x) == 49
    at = [(true, said) for true, said in zip(cells.y, cells.x, strict=True)].index(("fear", "sad"))
    fear, sad = NAMES.index("fear"), NAMES.index("sad")
    assert cells.customdata[at][0] == table[fear, sad]
    label = next(note for note in figure.layout.annotations if (note.y, note.x) == ("fear", "sad"))
    assert label.text == (str(table[fear, sad]) if counts else f"{100 * table[fear, sad] / table[fear].sum():.0f}")


def test_curves_mark_the_best_epoch_and_tell_validation_from_training():
    figure = charts.curves(HISTORY, {"val_loss": "validation", "loss": "training"}, best=1)
    assert {trace.name: trace.line.dash for trace in figure.data} == {"validation": "solid", "training": "dot"}
    assert figure.layout.shapes[0].x0 == 2
    assert figure.layout.annotations[0].text == "best: epoch 2"


def test_runs_are_told_apart_without_colour():
    figure = charts.several({"a": HISTORY, "b": HISTORY, "c": HISTORY[["epoch"]]}, "loss")
    assert [trace.name for trace in figure.data] == ["a", "b"]
    assert len({trace.line.dash for trace in figure.data}) == 2


def test_intervals_are_drawn_from_the_figure_outwards():
    rows = pd.DataFrame({"emotion": ["sad"], "f1": [0.5], "f1_low": [0.4], "f1_high": [0.7]})
    bar = quality_charts.intervals(rows, {"f1": "F1"}).data[0].error_x
    assert list(bar.array) == pytest.approx([0.2])
    assert list(bar.arrayminus) == pytest.approx([0.1])


def test_a_room_that_was_not_measured_stays_empty():
    table = pd.DataFrame({"light": [0.6, np.nan]}, index=["blur", "noise"])
    figure = quality_charts.rooms(table)
    assert [note.text for note in figure.layout.annotations] == ["60.0"]
    assert [note.text for note in quality_charts.rooms(table - 0.5, difference=True).layout.annotations] == ["+10.0"]


def test_the_mode_bar_saves_a_png_and_nothing_else():
    config = charts.config("name")
    assert config["modeBarButtons"] == [["toImage"]]
    assert config["toImageButtonOptions"]["format"] == "png"
