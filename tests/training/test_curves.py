from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from moodlib.training import curves

SVG = "{http://www.w3.org/2000/svg}"


def points(svg: str) -> list[list[tuple[float, float]]]:
    lines = ElementTree.fromstring(svg).iter(f"{SVG}polyline")
    return [[tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()] for line in lines]


def test_each_figure_is_a_line_that_goes_where_it_goes() -> None:
    history = pd.DataFrame(
        {"epoch": [0, 1, 2], "fer2013_accuracy": [0.2, 0.4, 0.6], "val_fer2013_accuracy": [0.3, 0.5, 0.4], "loss": 1.0}
    )
    svg = curves.draw(history)
    validation, training, loss = points(svg)
    assert [x for x, _ in training] == pytest.approx([0, 200, 400])
    heights = [y for _, y in training]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2), "even steps up"
    assert heights[0] > heights[1], "up is up"
    assert validation[1][1] < validation[2][1] < validation[0][1]
    assert len({y for _, y in loss}) == 1
    assert "ferplus" not in svg
    assert "FER+" not in svg


def test_a_run_of_one_epoch_and_one_with_gaps_can_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss\n0,1.5,\n1,1.2,1.9\n")
    curves.write(tmp_path)
    text = (tmp_path / curves.CURVES).read_text()
    assert not re.search("nan|inf", text)
    assert [len(line) for line in points(text)] == [1, 2]


def test_without_a_whole_epoch_there_is_no_picture(tmp_path: Path) -> None:
    curves.write(tmp_path)
    (tmp_path / "history.csv").write_text("epoch,loss\n")
    curves.write(tmp_path)
    assert not (tmp_path / curves.CURVES).exists()
