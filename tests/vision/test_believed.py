"""What a cascade sees is a face only when the network says so too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from moodlib.vision.believed import CLOSE_TILTS, ENOUGH, HOPELESS, SURE, SURE_ENOUGH, believed, beyond
from moodlib.vision.cascades import PROFILE, Cascades, Hit, Look
from moodlib.vision.detector import HaarDetector
from moodlib.vision.reading import Box
from tests.vision.conftest import looking

FRAME = np.zeros((100, 100), np.uint8)
HERE, THERE = Box(0, 0, 40, 40), Box(50, 50, 40, 40)


def says(*odds: float):
    """A check with these log-odds, whatever it is shown."""
    return lambda pictures: 1 / (1 + np.exp(-np.array(odds[: len(pictures)])))


class Sees(Cascades):
    """A cascade that sees the same with so many votes in every closer look."""

    def __init__(self, box: Box, votes: int) -> None:
        super().__init__()
        self.hit, self.looks = Hit(box, votes), []

    def hits(self, view, look, *args):
        self.looks.append(look)
        return [self.hit] if self.hit.votes else []


NOTHING = Sees(HERE, 0)


@pytest.mark.parametrize(
    ("hit", "enough"),
    [
        (Hit(HERE, SURE - 1), ENOUGH),
        (Hit(HERE, SURE), SURE_ENOUGH),
        (Hit(HERE, 50, Look(PROFILE)), ENOUGH),
    ],
)
def test_few_votes_need_a_surer_network(hit, enough):
    assert believed(says(enough - 0.01), NOTHING, FRAME, [hit]) == []
    (face,) = believed(says(enough + 0.01), NOTHING, FRAME, [hit])
    assert (face.box, face.votes, face.look) == (hit.box, hit.votes, hit.look)
    assert face.odds == pytest.approx(enough + 0.01)


def test_what_the_network_is_not_sure_of_is_looked_at_more_closely():
    hit = Hit(HERE, 2)
    # Seven looks with three votes each are 14 doublings, a fifth of each counts.
    close = Sees(HERE, 3)
    assert len(believed(says(ENOUGH - 2.7), close, FRAME, [hit])) == 1
    assert len(close.looks) == len(CLOSE_TILTS)
    assert believed(says(ENOUGH - 2.9), close, FRAME, [hit]) == []
    # No more looks than it takes; none at all for what is sure, or hopeless.
    close.looks.clear()
    assert len(believed(says(ENOUGH - 0.3), close, FRAME, [hit])) == 1
    assert len(close.looks) == 1
    close.looks.clear()
    believed(says(ENOUGH + 1, HOPELESS - 0.1), close, FRAME, [hit, Hit(THERE, 2)])
    assert close.looks == []
    # What is seen elsewhere says nothing of this hit.
    assert believed(says(ENOUGH - 0.3), Sees(THERE, 9), FRAME, [hit]) == []


def test_all_hits_are_asked_about_at_once_and_none_costs_nothing():
    asked = []

    def check(pictures):
        asked.append(pictures.shape)
        return np.array([0.99, 0.01, 0.99][: len(pictures)])

    hits = [Hit(HERE, 3), Hit(THERE, 3), Hit(Box(0, 60, 30, 30), 3)]
    assert [hit.box for hit in believed(check, NOTHING, FRAME, hits)] == [hits[0].box, hits[2].box]
    assert asked == [(3, 48, 48)]
    assert believed(check, NOTHING, FRAME, []) == []
    assert len(asked) == 1


def test_hits_on_a_known_face_are_not_asked_about_and_the_rest_is_bounded():
    chin = Box(10, 20, 20, 20)
    assert beyond([Hit(chin, 9), Hit(THERE, 2)], [Hit(HERE, 5)]) == [Hit(THERE, 2)]
    votes = (2, 9, 4, 7, 3, 30, 5, 6)
    many = [Hit(Box(50 * place, 0, 40, 40), count) for place, count in enumerate(votes)]
    # Of few votes only so many; all of those that are most likely faces.
    assert [hit.votes for hit in beyond(many, [], most=3)] == [30, 9, 7, 6, 5]


def test_the_cat_is_no_face():
    grey = cv2.cvtColor(skimage.data.chelsea(), cv2.COLOR_RGB2GRAY)
    assert looking().search(grey) == []
    detector = looking()
    assert not any(detector.detect(grey, number / 30) for number in range(60))


def test_a_face_that_no_cascade_sees_for_a_moment_stays_while_the_network_sees_it(monkeypatch, astronaut_grey):
    detector = looking()
    (seen,) = detector.detect(astronaut_grey, 0.0)
    monkeypatch.setattr(HaarDetector, "_near", lambda *a: None)
    monkeypatch.setattr(HaarDetector, "_full", lambda *a, **k: [])
    assert [face.box for face in detector.detect(astronaut_grey, 0.03)] == [seen.box]
    # Gone from there: nothing is held.
    assert detector.detect(np.roll(astronaut_grey, 200, axis=0), 0.06) == []
