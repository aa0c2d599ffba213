"""The two figures that the tracker's defaults were chosen by: quick to follow, never nervous."""

from __future__ import annotations

import numpy as np
import pytest

from moodlib.emotions import NAMES
from moodlib.mood.tracker import Tracker

FPS = 10


def face(top: str, share: float, second: str, second_share: float) -> np.ndarray:
    rest = (1 - share - second_share) / 5
    return np.array([share if n == top else second_share if n == second else rest for n in NAMES])


# A concentration of 4 gives single readings a standard deviation of 0.2: noisier than a network on a still face.
@pytest.mark.parametrize("concentration", [4, 10, 30])
@pytest.mark.parametrize("share", [0.7, 0.55])
def test_a_still_face_keeps_its_mood_for_ten_minutes(concentration: float, share: float) -> None:
    rng = np.random.default_rng(7)
    readings = rng.dirichlet(concentration * face("happy", share, "neutral", 0.85 - share), size=600 * FPS)
    tracker = Tracker()
    seen = {tracker.update(reading, frame / FPS).stable for frame, reading in enumerate(readings)}
    assert seen == {None, "happy"}


def test_a_changed_expression_is_the_stable_mood_within_a_second_and_a_half() -> None:
    rng = np.random.default_rng(7)
    took = []
    for _ in range(40):
        tracker = Tracker()
        before = rng.dirichlet(10 * face("happy", 0.7, "neutral", 0.15), size=3 * FPS)
        after = rng.dirichlet(10 * face("sad", 0.7, "neutral", 0.15), size=5 * FPS)
        states = [tracker.update(reading, frame / FPS) for frame, reading in enumerate([*before, *after])]
        took.append(next(state.at for state in states if state.stable == "sad") - (3 - 1 / FPS))
    assert np.quantile(took, 0.95) <= 1.5
    # Quicker would mean that a smile in passing changes the songs.
    assert min(took) >= 0.8
