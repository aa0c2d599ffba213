"""The figures are those of the textbook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from moodlib.emotions import NAMES
from moodlib.training import metrics
from moodlib.training.fer2013 import Faces

HAPPY, SAD, NEUTRAL = NAMES.index("happy"), NAMES.index("sad"), NAMES.index("neutral")


def _sure(classes: list[int], of: int, confidence: float = 1.0) -> np.ndarray:
    rest = (1 - confidence) / (of - 1)
    return np.where(np.eye(of)[classes] > 0, confidence, rest).astype(np.float32)


def _faces(labels: list[int], votes: np.ndarray | None = None) -> Faces:
    images = np.arange(len(labels), dtype=np.uint8)[:, None, None] * np.ones((1, 48, 48), np.uint8)
    return Faces(images, np.array(labels), votes, np.array(["PublicTest"] * len(labels)))


def test_each_accuracy_is_of_its_own_head() -> None:
    votes = np.zeros((4, 10), np.uint8)
    votes[[0, 1, 2, 3], [HAPPY, SAD, 7, NEUTRAL]] = [9, 9, 9, 5]  # the third is contempt, the fourth no majority
    votes[3, SAD] = 5
    heads = {
        "served": _sure([HAPPY, SAD, SAD, SAD], 7),
        "fer2013": _sure([HAPPY, SAD, SAD, NEUTRAL], 7),
        "ferplus": _sure([HAPPY, HAPPY, 7, SAD], 8),
    }
    figures = metrics.evaluate(heads, _faces([HAPPY, HAPPY, SAD, NEUTRAL], votes))
    assert figures["fer2013_accuracy"] == 3 / 4
    assert figures["ferplus_n"] == 3
    assert figures["ferplus_majority_accuracy"] == 2 / 3
    assert figures["served"]["fer2013_accuracy"] == 2 / 4
    assert figures["served"]["ferplus_majority_accuracy"] == 2 / 3, "contempt counts as wrong for seven classes"
    assert figures["confusion"][HAPPY][SAD] == 1
    assert np.sum(figures["confusion"]) == 4
    sad = figures["per_class"]["sad"]
    assert {key: sad[key] for key in ("precision", "recall", "f1", "support")} == {
        "precision": 1 / 3,
        "recall": 1.0,
        "f1": 0.5,
        "support": 1,
    }


def test_without_votes_the_keys_are_null() -> None:
    heads = {"served": _sure([HAPPY], 7), "fer2013": _sure([HAPPY], 7), "ferplus": _sure([HAPPY], 8)}
    figures = metrics.evaluate(heads, _faces([HAPPY]))
    assert figures["ferplus_majority_accuracy"] is None
    assert figures["served"]["ferplus_majority_accuracy"] is None
    assert figures["served"]["ece"] == pytest.approx(0)


def test_calibration_error_of_an_answer_that_is_too_sure() -> None:
    bins = metrics.reliability(np.full(100, 0.9), np.repeat([1.0, 0.0], 50))
    assert len(bins) == 1
    assert metrics.calibration_error(bins) == pytest.approx(0.4)


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(0, 1)), st.data())
def test_calibration_bins_lose_nothing(confidence: np.ndarray, data: st.DataObject) -> None:
    correct = data.draw(arrays(np.float64, len(confidence), elements=st.floats(0, 1)))
    bins = metrics.reliability(confidence, correct)
    assert sum(b["n"] for b in bins) == len(confidence)
    assert sum(b["n"] * b["accuracy"] for b in bins) == pytest.approx(correct.sum(), abs=1e-6)
    assert 0 <= metrics.calibration_error(bins) <= 1


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)]
)
def test_wilson_interval_of_the_textbook(right: int, n: int, low: float, high: float) -> None:
    assert metrics.wilson(right, n) == pytest.approx([low, high], abs=2e-4)


def test_nothing_has_no_interval() -> None:
    assert metrics.wilson(0, 0) is None


def test_class_intervals_hold_the_figure() -> None:
    confusion = np.array([[80, 20], [10, 90]])
    first = metrics.class_intervals(confusion)[0]
    for key, value in (("precision", 80 / 90), ("recall", 0.8), ("f1", 160 / 190)):
        interval = first[key]
        assert interval is not None
        assert interval[0] < value < interval[1]
        assert interval[1] - interval[0] < 0.2


def test_shared_pictures_are_left_out() -> None:
    heads = {"served": _sure([HAPPY, HAPPY], 7), "fer2013": _sure([HAPPY, SAD], 7), "ferplus": _sure([HAPPY, SAD], 8)}
    faces = _faces([HAPPY, HAPPY])
    figures = metrics.evaluate_unseen(heads, faces, np.array([False, True]))
    assert figures is not None
    assert figures["shared"] == 1
    assert figures["n"] == 1
    assert figures["fer2013_accuracy"] == 1.0


def test_nothing_is_left_when_every_picture_is_shared() -> None:
    heads = {"served": _sure([HAPPY], 7), "fer2013": _sure([HAPPY], 7), "ferplus": _sure([HAPPY], 8)}
    assert metrics.evaluate_unseen(heads, _faces([HAPPY]), np.array([True])) is None
