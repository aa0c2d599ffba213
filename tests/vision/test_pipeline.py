from __future__ import annotations

import numpy as np
import pytest

from moodlib import paths
from moodlib.vision.pipeline import MOST_FACES, Pipeline
from moodlib.vision.reading import Box, Found

FRAME = np.zeros((240, 320, 3), np.uint8)


class CountingClassifier:
    """Answers every call with another distribution, and remembers how many faces it was asked about."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, faces: np.ndarray) -> np.ndarray:
        self.asked.append(len(faces))
        answer = np.full((len(faces), 7), 0.05, np.float32)
        answer[np.arange(len(faces)), (len(self.asked) + np.arange(len(faces))) % 7] = 0.7
        return answer


class ScriptedDetector:
    """Says what it was told to say, frame by frame; the last word is repeated."""

    def __init__(self, *frames: list[Box]) -> None:
        self.frames = list(frames)

    def detect(self, grey: np.ndarray, at: float) -> list[Found]:
        assert grey.ndim == 2
        return [Found(box) for box in (self.frames.pop(0) if len(self.frames) > 1 else self.frames[0])]

    def search(self, grey: np.ndarray) -> list[Found]:
        return [Found(box) for box in self.frames[0]]


NEAR, FAR = Box(10, 10, 100, 100), Box(200, 50, 60, 60)


@pytest.mark.parametrize(("fps", "every", "expected"), [(30, 0.1, 10), (10, 0.1, 10), (30, 0.5, 2), (30, 0.0, 30)])
def test_a_face_is_classified_at_the_chosen_rate_whatever_the_frame_rate(fps, every, expected):
    classifier = CountingClassifier()
    pipeline = Pipeline(classifier, ScriptedDetector([NEAR]), classify_every=every)
    for number in range(fps):
        assert len(pipeline.process(FRAME, 100 + number / fps).faces) == 1
    assert len(classifier.asked) == pytest.approx(expected, abs=1 if every == 0.1 else 0)


def test_in_between_a_moving_face_keeps_its_probabilities_and_gets_its_new_box():
    pipeline = Pipeline(CountingClassifier(), ScriptedDetector([NEAR], [NEAR._replace(x=25)]), classify_every=1.0)
    first, second = pipeline.process(FRAME, 0.0).faces[0], pipeline.process(FRAME, 0.03).faces[0]
    assert second.box.x == 25
    assert np.array_equal(first.probabilities, second.probabilities)


def test_a_new_face_is_classified_at_once_and_the_old_one_is_not():
    classifier = CountingClassifier()
    pipeline = Pipeline(classifier, ScriptedDetector([NEAR], [NEAR, FAR]), classify_every=1.0)
    first = pipeline.process(FRAME, 0.0)
    second = pipeline.process(FRAME, 0.03)
    assert classifier.asked == [1, 1]
    assert np.array_equal(second.faces[0].probabilities, first.faces[0].probabilities)
    assert not np.array_equal(second.faces[1].probabilities, first.faces[0].probabilities)


def test_faces_that_change_places_in_the_order_keep_their_own_probabilities():
    closer = Box(200, 50, 110, 110)
    pipeline = Pipeline(CountingClassifier(), ScriptedDetector([NEAR, Box(200, 50, 90, 90)], [closer, NEAR]), 1.0)
    first, second = pipeline.process(FRAME, 0.0), pipeline.process(FRAME, 0.03)
    assert second.listener is not None
    assert second.listener.box == closer
    assert np.array_equal(second.faces[0].probabilities, first.faces[1].probabilities)
    assert np.array_equal(second.faces[1].probabilities, first.faces[0].probabilities)


def test_a_crowd_costs_no_more_than_the_largest_few():
    crowd = [Box(i * 10, 0, 60 - i, 60 - i) for i in range(MOST_FACES + 4)]
    classifier = CountingClassifier()
    reading = Pipeline(classifier, ScriptedDetector(crowd)).process(FRAME, 0.0)
    assert [face.box for face in reading.faces] == crowd[:MOST_FACES]
    assert classifier.asked == [MOST_FACES]


def test_without_a_face_the_network_rests():
    classifier = CountingClassifier()
    reading = Pipeline(classifier, ScriptedDetector([])).process(FRAME, 7.5)
    assert (reading.at, reading.width, reading.height, reading.faces) == (7.5, 320, 240, ())
    assert reading.listener is None
    assert classifier.asked == []


def test_time_may_run_backwards():
    classifier = CountingClassifier()
    pipeline = Pipeline(classifier, ScriptedDetector([NEAR]), classify_every=1.0)
    for at in (50.0, 3.0, 3.5, -1.0):
        assert len(pipeline.process(FRAME, at).faces) == 1
    assert classifier.asked == [1, 1, 1]


def test_grey_and_colour_frames_say_the_same():
    grey = np.random.default_rng(0).integers(0, 256, (240, 320), dtype=np.uint8)
    seen = []

    class Keeping(CountingClassifier):
        def predict(self, faces):
            seen.append(faces)
            return super().predict(faces)

    for frame in (grey, np.dstack([grey] * 3)):
        Pipeline(Keeping(), ScriptedDetector([NEAR])).process(frame, 0.0)
    assert np.abs(seen[0].astype(int) - seen[1]).max() <= 1


def test_a_still_picture_leaves_the_stream_alone():
    classifier = CountingClassifier()
    pipeline = Pipeline(classifier, ScriptedDetector([NEAR]), classify_every=1.0)
    before = pipeline.process(FRAME, 0.0)
    assert len(pipeline.still(FRAME).faces) == 1
    after = pipeline.process(FRAME, 0.03)
    assert np.array_equal(before.faces[0].probabilities, after.faces[0].probabilities)
    assert classifier.asked == [1, 1]


def test_the_astronaut_is_happy(astronaut):
    pipeline = Pipeline.load(paths.EMOTION_TFLITE)
    for reading in (pipeline.process(astronaut, 0.0), pipeline.process(astronaut, 0.2), pipeline.still(astronaut)):
        assert reading.listener is not None
        assert reading.listener.emotion == "happy"
        assert reading.listener.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
