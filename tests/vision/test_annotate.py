from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.emotions import EMOTIONS, NAMES
from moodlib.vision.annotate import INK, PAPER, _ink_on, colour_of, draw
from moodlib.vision.reading import Box, Face, FrameReading


def face(box: Box, emotion: str = "happy") -> Face:
    probabilities = np.full(7, 0.02, np.float32)
    probabilities[NAMES.index(emotion)] = 0.88
    return Face(box, probabilities)


def drawn(shape: tuple[int, int], *faces: Face) -> np.ndarray:
    frame = np.zeros((*shape, 3), np.uint8)
    draw(frame, FrameReading(0.0, shape[1], shape[0], faces))
    return frame


def test_nothing_is_drawn_without_a_face():
    assert not drawn((480, 640)).any()


@pytest.mark.parametrize("emotion", NAMES)
def test_the_box_has_the_emotions_colour(emotion):
    frame = drawn((480, 640), face(Box(200, 150, 200, 200), emotion))
    assert tuple(frame[150, 300]) == colour_of(emotion)
    assert tuple(frame[250, 200]) == colour_of(emotion)


def test_only_the_surroundings_of_a_face_are_touched():
    frame = drawn((480, 640), face(Box(250, 200, 150, 150)))
    touched = np.argwhere(frame.any(axis=2))
    (top, left), (bottom, right) = touched.min(axis=0), touched.max(axis=0)
    assert top >= 200 - 50
    assert left >= 250 - 5
    assert bottom <= 350 + 5
    assert right <= 400 + 5
    # The face itself is left to be seen.
    assert not frame[215:335, 265:385].any()


def test_the_tag_of_a_face_at_the_top_moves_into_the_box():
    frame = drawn((480, 640), face(Box(250, 0, 150, 150)))
    assert frame[8:30, 260:330].any(axis=2).mean() > 0.9


def test_the_listener_has_the_heavier_line():
    frame = drawn((480, 640), face(Box(20, 200, 200, 200)), face(Box(400, 200, 150, 150)))
    listener, other = frame[395:406, 120].any(axis=1).sum(), frame[345:356, 475].any(axis=1).sum()
    assert listener > other >= 1


def test_all_grows_with_the_frame():
    small = drawn((240, 320), face(Box(100, 100, 80, 80))).any(axis=2).mean()
    large = drawn((960, 1280), face(Box(400, 400, 320, 320))).any(axis=2).mean()
    assert large == pytest.approx(small, rel=0.35)


@given(
    height=st.integers(1, 200),
    width=st.integers(1, 200),
    corner=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    size=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    emotion=st.sampled_from(NAMES),
)
def test_any_box_in_any_frame_can_be_drawn(height, width, corner, size, emotion):
    x, y = int(corner[0] * (width - 1)), int(corner[1] * (height - 1))
    box = Box(x, y, 1 + int(size[0] * (width - x - 1)), 1 + int(size[1] * (height - y - 1)))
    assert drawn((height, width), face(box, emotion), face(box)).shape == (height, width, 3)


@pytest.mark.parametrize("emotion", EMOTIONS, ids=lambda emotion: emotion.name)
def test_the_words_can_be_read_on_every_colour(emotion):
    def luminance(bgr):
        c = np.array(bgr[::-1]) / 255
        return float(np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    back = colour_of(emotion.name)
    ink = _ink_on(back)
    assert ink in (INK, PAPER)
    high, low = sorted((luminance(back), luminance(ink)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.0
