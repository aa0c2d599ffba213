"""The rooms of the robustness table: the same every time, and worse step by step."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from moodlib import paths
from moodlib.training import augment, robustness
from moodlib.training.fer2013 import SIDE, Faces

FACES = np.stack(
    [
        cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 20, 235, cv2.NORM_MINMAX)
        for noise in np.random.default_rng(6).integers(0, 256, (24, SIDE, SIDE)).astype(np.uint8)
    ]
).astype(np.uint8)
CONDITIONS = pytest.mark.parametrize("condition", robustness.CONDITIONS, ids=lambda condition: condition.name)


@CONDITIONS
def test_a_condition_repeats_itself_and_grows_worse(condition: robustness.Condition) -> None:
    before = FACES.copy()
    spoilt = [robustness.spoil(FACES, condition, strength) for strength in range(3)]
    assert (before == FACES).all()
    for strength, faces in enumerate(spoilt):
        assert faces.shape == FACES.shape
        assert faces.dtype == np.uint8
        np.testing.assert_array_equal(faces, robustness.spoil(FACES, condition, strength))
    damage = [np.abs(faces.astype(float) - FACES).mean() for faces in spoilt]
    assert 0 < damage[0] < damage[1] < damage[2]


@CONDITIONS
def test_the_noise_of_a_face_does_not_depend_on_the_others(condition: robustness.Condition) -> None:
    np.testing.assert_array_equal(robustness.spoil(FACES[:3], condition, 1), robustness.spoil(FACES, condition, 1)[:3])


def test_nothing_is_shared_with_training() -> None:
    theirs = {spoil.__code__.co_code for spoil in augment._SPOILT}
    assert not theirs & {condition.spoil.__code__.co_code for condition in robustness.CONDITIONS}


def test_tilt_goes_to_both_sides() -> None:
    bar = np.full((40, SIDE, SIDE), 255, np.uint8)
    bar[:, 22:26, 8:40] = 0
    tilt = next(condition for condition in robustness.CONDITIONS if condition.name == "tilt")
    left = robustness.spoil(bar, tilt, 2)[:, :24, :24].mean(axis=(1, 2))
    assert len(np.unique(left.round())) == 2


def test_the_table_has_a_row_for_each_condition_and_strength() -> None:
    votes = np.zeros((24, 10), np.uint8)
    votes[:, 3] = 9
    faces = Faces(FACES, np.arange(24) % 7, votes, np.array(["PublicTest"] * 24))
    measured: list[str] = []
    table = robustness.measure(paths.EMOTION_TFLITE, faces, measured.append)
    assert measured == [condition.name for condition in robustness.CONDITIONS]
    assert [(row["condition"], row["strength"]) for row in table["rows"]] == [
        (condition.name, strength) for condition in robustness.CONDITIONS for strength in range(3)
    ]
    for row in (table["clean"], *table["rows"]):
        for key in ("fer2013_head", "served_fer2013", "served_ferplus", "ferplus_head"):
            low, high = row[key]["interval"]
            assert low <= row[key]["accuracy"] <= high
            assert row[key]["n"] == 24
