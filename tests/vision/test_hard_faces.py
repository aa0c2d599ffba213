"""Faces that a plain search does not find: tilted, dim, small; known answers on the astronaut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from moodlib.vision.cascades import overlap
from moodlib.vision.crop import crop_face
from moodlib.vision.detector import ROUNDS, DetectorConfig, HaarDetector
from moodlib.vision.looks import IDLE_STEPS
from moodlib.vision.reading import Box
from tests.vision.conftest import looking

FACE = Box(177, 67, 96, 96)
FRAMES = 8
"""A quarter of a second: a face may be found that much later than it is there."""


def scene(tilt: float = 0.0, scale: float = 1.0, light: float = 1.0, noise: float = 0.0) -> tuple[np.ndarray, Box]:
    """The astronaut's head and shoulders in a plain room of 640 x 480, the head in its middle."""
    grey = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    middle = (FACE.x + FACE.w / 2, FACE.y + FACE.h / 2)
    place = cv2.getRotationMatrix2D(middle, tilt, scale)
    place[:, 2] += np.array((320 - middle[0], 200 - middle[1]))
    frame = cv2.warpAffine(grey, place, (640, 480), flags=cv2.INTER_AREA, borderValue=120).astype(np.float32) * light
    frame += np.random.default_rng(0).normal(0.0, noise, frame.shape)
    side = round(FACE.w * scale)
    return np.clip(frame, 0, 255).astype(np.uint8), Box(320 - side // 2, 200 - side // 2, side, side)


CASES = {
    "upright": {},
    "left 15": {"tilt": 15},
    "right 15": {"tilt": -15},
    "left 30": {"tilt": 30},
    "right 30": {"tilt": -30},
    "dim": {"light": 0.12, "noise": 1.0},
    "small": {"scale": 0.5},
    "dim and tilted": {"tilt": 25, "light": 0.2, "noise": 1.0},
}


@pytest.mark.parametrize("name", CASES)
def test_found_in_a_still_and_in_a_stream_within_a_quarter_of_a_second(name):
    frame, truth = scene(**CASES[name])
    detector = looking()
    streamed = [detector.detect(frame, number / 30) for number in range(FRAMES)]
    for found in (looking().search(frame), streamed[-1]):
        assert len(found) == 1
        assert overlap(found[0].box, truth) > 0.6
        assert found[0].tilt == pytest.approx(CASES[name].get("tilt", 0), abs=16)


def test_a_head_that_tilts_and_rights_itself_is_followed_all_the_way():
    detector = looking()
    tilts = []
    for number in range(70):
        tilt = 30 * np.sin(2 * np.pi * number / 60) if number < 60 else 0.0
        frame, truth = scene(tilt, noise=2.0)
        found = detector.detect(frame, number / 30)
        assert len(found) == 1
        assert overlap(found[0].box, truth) > 0.5
        tilts.append(found[0].tilt)
    assert {np.sign(tilts[15]), np.sign(tilts[45])} == {1.0, -1.0}
    assert tilts[-1] == 0.0


@pytest.mark.parametrize("tilt", [-30, -15, 15, 30])
def test_the_crop_of_a_tilted_face_stands_upright(tilt):
    upright, box = scene()
    tilted, _ = scene(tilt)
    straight = crop_face(upright, box).astype(float).ravel()
    assert np.corrcoef(straight, crop_face(tilted, box, tilt=tilt).ravel())[0, 1] > 0.97
    assert np.corrcoef(straight, crop_face(tilted, box).ravel())[0, 1] < 0.9


@pytest.mark.parametrize("box", [Box(0, 0, 30, 30), Box(600, 440, 40, 40), Box(0, 200, 100, 60), Box(5, 5, 1, 1)])
def test_a_tilted_crop_at_the_border_repeats_it(box):
    frame = np.full((480, 640), 77, np.uint8)
    crop = crop_face(frame, box, tilt=22.0)
    assert crop.shape == (48, 48)
    assert crop.min() == crop.max() == 77


def test_an_empty_room_is_searched_less_often_until_something_stirs(monkeypatch):
    detector, searches = looking(), []
    whole = HaarDetector._full
    monkeypatch.setattr(HaarDetector, "_full", lambda *a, **k: searches.append(a[2].look) or whole(*a, **k))
    empty = np.full((240, 320), 120, np.uint8)
    steps = ROUNDS * len(IDLE_STEPS)
    for number in range(60):
        assert detector.detect(empty, number / 10) == []
    # A step a frame in the first seconds, then a look every 0.7 s.
    left = (60 - steps) / 10 / 0.7
    assert steps + left - 2 <= len(searches) <= steps + left + 2
    searches.clear()
    frame, truth = scene(scale=1.0)
    found = detector.detect(cv2.resize(frame, (320, 240), interpolation=cv2.INTER_AREA), 6.0)
    assert len(found) == 1
    assert overlap(found[0].box, Box(*(side // 2 for side in truth))) > 0.6


def test_a_face_between_two_sizes_of_the_first_round_is_found_in_the_second():
    frame, truth = scene(scale=0.4)
    detector = looking()
    assert not any(detector.detect(frame, number / 30) for number in range(len(IDLE_STEPS)))
    for number in range(len(IDLE_STEPS), 2 * len(IDLE_STEPS)):
        found = detector.detect(frame, number / 30)
    assert len(found) == 1
    assert overlap(found[0].box, truth) > 0.6


def test_a_patient_detector_finds_a_tilted_face_in_its_first_frame():
    frame, truth = scene(tilt=30)
    found = looking(DetectorConfig(patient=True)).detect(frame, 0.0)
    assert len(found) == 1
    assert overlap(found[0].box, truth) > 0.6
