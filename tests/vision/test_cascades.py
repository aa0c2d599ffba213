from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodlib.vision.cascades import FRONT, PROFILE, UPRIGHT, Cascades, Look, bordered, mirrored, part, turned, whole
from moodlib.vision.reading import Box


@given(
    x=st.integers(150, 490),
    y=st.integers(140, 340),
    scale=st.sampled_from((0.5, 0.75, 1.0)),
    tilt=st.floats(-40, 40),
    mirror=st.booleans(),
    border=st.integers(0, 40),
)
def test_a_view_knows_the_way_back_to_the_frame(x, y, scale, tilt, mirror, border):
    frame = np.full((480, 640), 90, np.uint8)
    cv2.rectangle(frame, (x - 4, y - 4), (x + 4, y + 4), 255, -1)
    view = turned(bordered(part(frame, Box(80, 60, 500, 380), scale), border), tilt, 1.3)
    if mirror:
        view = mirrored(view)
    rows, columns = np.nonzero(view.grey > 170)
    there = view.back @ (columns.mean() + 0.5, rows.mean() + 0.5, 1.0)
    assert there == pytest.approx((x + 0.5, y + 0.5), abs=1.0)


@pytest.mark.parametrize("tilt", [-25.0, 25.0])
def test_a_positive_tilt_is_a_head_turned_counter_clockwise(tilt):
    upright = np.full((200, 200), 60, np.uint8)
    cv2.line(upright, (100, 100), (100, 40), 255, 5)
    turn = cv2.getRotationMatrix2D((100, 100), tilt, 1.0)
    tilted = cv2.warpAffine(upright, turn, (200, 200), borderValue=60)
    rows, columns = np.nonzero(turned(whole(tilted, 1.0), tilt).grey > 170)
    assert rows.mean() == pytest.approx(70, abs=3)
    assert np.ptp(columns) < 12


def test_a_dark_view_is_brightened_and_a_bright_one_left_alone():
    dark = np.random.default_rng(0).integers(5, 25, (100, 100), dtype=np.uint8)
    assert 80 < whole(dark, 1.0).grey.mean() < 125
    assert np.array_equal(whole(dark + 100, 1.0).grey, dark + 100)
    assert whole(np.zeros((50, 50), np.uint8), 1.0).grey.max() == 0


@settings(max_examples=8, deadline=None)
@given(tilt=st.sampled_from((0.0, 22.0, -22.0)), x=st.integers(-60, 300), y=st.integers(-40, 150))
def test_boxes_lie_inside_the_frame_however_it_is_looked_at(astronaut_grey, tilt, x, y):
    place = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    frame = cv2.warpAffine(astronaut_grey, place, (400, 300), borderMode=cv2.BORDER_REPLICATE)
    for look in (Look(FRONT, tilt), Look(PROFILE), Look(PROFILE, mirror=True)):
        for hit in Cascades().hits(whole(frame, 0.8), look, 1.2, 1, 20, 240, 1.25):
            assert hit.box.x >= 0
            assert hit.box.y >= 0
            assert hit.box.x + hit.box.w <= 400
            assert hit.box.y + hit.box.h <= 300
            assert hit.look == look


def test_a_mirror_shows_the_same_profile_on_the_other_side(astronaut_grey):
    cascades = Cascades()
    view = whole(astronaut_grey, 0.5)
    flipped = whole(np.ascontiguousarray(astronaut_grey[:, ::-1]), 0.5)
    for cascade in (FRONT, PROFILE):
        plain = cascades.hits(view, UPRIGHT._replace(cascade=cascade), 1.1, 1, 20, 240)
        seen = cascades.hits(flipped, Look(cascade, mirror=True), 1.1, 1, 20, 240)
        assert sorted(512 - hit.box.x - hit.box.w for hit in seen) == sorted(hit.box.x for hit in plain)
