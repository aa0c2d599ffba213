from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from moodlib.vision import video_frame


def at(image: np.ndarray, pts: int | None = 900) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts, frame.time_base = pts, Fraction(1, 90_000)
    return frame


def test_there_and_back_shows_the_same_picture(astronaut):
    smooth = astronaut // 2 + 60
    back = video_frame.like(at(smooth), smooth)
    assert back.format.name == "yuv420p", "what a codec takes as it is"
    difference = np.abs(back.to_ndarray(format="bgr24").astype(int) - smooth)
    assert difference.mean() < 3
    assert np.abs(back.to_ndarray(format="gray").astype(int) - at(smooth).to_ndarray(format="gray")).mean() < 2


def test_a_mirrored_picture_can_be_drawn_on(astronaut):
    image = video_frame.mirrored(at(astronaut))
    assert np.array_equal(image, astronaut[:, ::-1])
    image[:] = 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (4, 3), (49, 65), (2, 2)])
def test_every_size_keeps_its_shape_and_time(shape):
    image = np.full((*shape, 3), (40, 90, 200), np.uint8)
    shown = video_frame.like(at(image), image)
    assert (shown.height, shown.width) == shape
    assert (shown.pts, shown.time_base) == (900, Fraction(1, 90_000))
    assert np.abs(shown.to_ndarray(format="bgr24").astype(int) - image).max() <= 6


def test_a_frame_without_a_time_has_none():
    image = np.zeros((8, 8, 3), np.uint8)
    assert video_frame.like(at(image, None), image).pts is None


@pytest.mark.parametrize(("shape", "smaller"), [((480, 640), (320, 426)), ((49, 65), (32, 44)), ((1, 1), (2, 2))])
def test_a_reduced_picture_is_even_and_keeps_its_time(shape, smaller):
    image = np.full((*shape, 3), (40, 90, 200), np.uint8)
    shown = video_frame.like(at(image), image, 2 / 3)
    assert (shown.height, shown.width) == smaller
    assert (shown.pts, shown.time_base) == (900, Fraction(1, 90_000))
    assert shown.format.name == "yuv420p"
    assert np.abs(shown.to_ndarray(format="bgr24").astype(int) - (40, 90, 200)).max() <= 6
