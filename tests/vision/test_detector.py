from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from moodlib.vision.cascades import Hit, overlap, without_duplicates
from moodlib.vision.detector import DetectorConfig
from moodlib.vision.reading import Box
from tests.vision.conftest import looking

FACE = Box(177, 67, 96, 96)


def astronaut_at(scale: float, left: float, top: float, size: tuple[int, int] = (480, 640)) -> tuple[np.ndarray, Box]:
    grey = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    move = np.array([[scale, 0, left], [0, scale, top]])
    frame = cv2.warpAffine(grey, move, size[::-1], flags=cv2.INTER_AREA, borderValue=120)
    side = round(FACE.w * scale)
    return frame, Box(round(FACE.x * scale + left), round(FACE.y * scale + top), side, side)


@st.composite
def boxes(draw):
    return Box(*(draw(st.integers(0, 300)) for _ in range(2)), *(draw(st.integers(1, 200)) for _ in range(2)))


def inside(box: Box, shape: tuple[int, int]) -> bool:
    return (
        box.x >= 0
        and box.y >= 0
        and box.w > 0
        and box.h > 0
        and box.x + box.w <= shape[1]
        and box.y + box.h <= shape[0]
    )


@settings(max_examples=12)
@given(scale=st.floats(0.9, 2.2), left=st.integers(-60, 60), top=st.integers(-30, 40))
def test_the_face_is_found_where_it_is_put(scale, left, top):
    frame, truth = astronaut_at(scale, left, top, (720, 960))
    for found in (looking().detect(frame, 0.0), looking().search(frame)):
        assert len(found) == 1
        assert overlap(found[0].box, truth) > 0.6
        assert inside(found[0].box, frame.shape)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (23, 23), (24, 24), (48, 48), (30, 4000)])
def test_tiny_and_thin_pictures_hold_no_face(shape):
    frame = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert looking().detect(frame, 0.0) == []
    assert looking().search(frame) == []


# Not `coins`: those show heads.
@pytest.mark.parametrize("name", ["coffee", "rocket", "cell", "moon", "brick", "grass", "gravel", "page", "clock"])
def test_no_face_where_there_is_none(name):
    picture = getattr(skimage.data, name)()
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    assert looking().detect(grey, 0.0) == []
    assert looking().search(grey) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_face_in_noise_or_nothing(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (480, 640), dtype=np.uint8)
    for frame in (noise, np.zeros_like(noise), np.full_like(noise, 255)):
        assert looking().detect(frame, 0.0) == []
        assert looking().search(frame) == []


def crowd() -> tuple[np.ndarray, list[Box]]:
    """Three astronauts side by side, of three sizes."""
    parts = [astronaut_at(scale, 0, 0, (600, 500)) for scale in (0.7, 1.0, 0.85)]
    frame = np.hstack([part for part, _ in parts])
    truth = [box._replace(x=box.x + 500 * place) for place, (_, box) in enumerate(parts)]
    return frame, sorted(truth, key=lambda box: -box.area)


def test_several_faces_largest_first_and_in_the_frames_own_pixels():
    frame, truth = crowd()
    detector = looking()
    for found in (detector.detect(frame, 0.0), detector.detect(frame, 0.04), looking().search(frame)):
        assert [overlap(a.box, b) > 0.5 for a, b in zip(found, truth, strict=True)] == [True, True, True]
        assert [face.box.area for face in found] == sorted((face.box.area for face in found), reverse=True)


def test_no_more_faces_than_asked_for():
    found = looking(DetectorConfig(most=1)).detect(crowd()[0], 0.0)
    assert len(found) == 1
    assert overlap(found[0].box, crowd()[1][0]) > 0.5


def test_follows_a_moving_face_in_every_frame():
    detector = looking()
    for number in range(45):
        scale = 1 + 0.3 * np.sin(number / 20)
        frame, truth = astronaut_at(scale, 60 * np.sin(number / 12), 15 * np.cos(number / 7))
        found = detector.detect(frame, number / 30)
        assert len(found) == 1
        assert overlap(found[0].box, truth) > 0.55


def test_the_box_does_not_creep_while_the_face_stays(astronaut_grey):
    detector = looking()
    widths = [detector.detect(astronaut_grey, number / 30)[0].box.w for number in range(25)]
    assert np.mean(widths[-5:]) == pytest.approx(FACE.w, rel=0.08)


def test_a_face_that_left_is_gone_at_once_and_found_again_within_idle_time(astronaut_grey):
    detector, empty = looking(), np.full_like(astronaut_grey, 120)
    assert detector.detect(astronaut_grey, 0.0)
    assert detector.detect(empty, 0.03) == []
    assert detector.detect(astronaut_grey, 0.14)


def test_a_second_face_is_found_within_a_second():
    detector = looking()
    two, _ = crowd()
    one = two.copy()
    one[:, 500:] = 120
    assert len(detector.detect(one, 0.0)) == 1
    seen = [len(detector.detect(two, number / 10)) for number in range(1, 12)]
    assert seen[-1] == 3


def test_the_frame_may_change_its_size(astronaut_grey):
    detector = looking()
    detector.detect(astronaut_grey, 0.0)
    for number, side in enumerate((1024, 256, 1, 512)):
        frame = cv2.resize(astronaut_grey, (side, side), interpolation=cv2.INTER_AREA)
        found = detector.detect(frame, 0.01 * (number + 1))
        assert all(inside(face.box, frame.shape) for face in found)
        assert len(found) == (side > 1)


def test_time_may_stand_still_or_run_backwards(astronaut_grey):
    detector = looking()
    for at in (10.0, 10.0, 3.0, -5.0, 1e9):
        assert len(detector.detect(astronaut_grey, at)) == 1


def test_after_a_step_back_in_time_the_whole_frame_is_searched():
    two, _ = crowd()
    one = two.copy()
    one[:, 500:] = 120
    detector = looking()
    assert len(detector.detect(one, 3600.0)) == 1
    assert len(detector.detect(two, 0.0)) == 3


def test_an_empty_room_is_searched_on_after_a_step_back_in_time():
    two, _ = crowd()
    detector = looking()
    assert detector.detect(np.full_like(two, 120), 3600.0) == []
    seen = [len(detector.detect(two, number / 30)) for number in range(30)]
    assert max(seen) >= 1


def test_the_same_frames_give_the_same_boxes():
    def play():
        detector = looking()
        return [detector.detect(astronaut_at(1 + n / 50, n, 0)[0], n / 30) for n in range(12)]

    assert play() == play()


def test_a_search_leaves_the_stream_alone(astronaut_grey):
    detector, other = looking(), looking()
    assert detector.detect(astronaut_grey, 0.0) == other.detect(astronaut_grey, 0.0)
    detector.search(np.zeros((300, 300), np.uint8))
    assert detector.detect(astronaut_grey, 0.03) == other.detect(astronaut_grey, 0.03)


def test_a_still_that_the_face_fills_is_found(astronaut_grey):
    tight = astronaut_grey[FACE.y : FACE.y + FACE.h, FACE.x : FACE.x + FACE.w]
    for side in (48, 96, 400):
        small = cv2.resize(tight, (side, side), interpolation=cv2.INTER_AREA)
        (found,) = looking().search(small)
        assert overlap(found.box, Box(0, 0, side, side)) > 0.6
        assert inside(found.box, small.shape)


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_a_share(a, b):
    assert overlap(a, b) == overlap(b, a)
    assert 0.0 <= overlap(a, b) <= 1.0
    assert overlap(a, a) == 1.0


def test_overlap_known_answers():
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0.0
    assert overlap(Box(0, 0, 10, 10), Box(0, 0, 5, 5)) == pytest.approx(0.25)


@given(st.lists(st.builds(Hit, boxes(), st.integers(1, 50)), max_size=12))
def test_no_box_lies_half_within_another(hits):
    kept = [hit.box for hit in without_duplicates(hits)]
    assert set(kept) <= {hit.box for hit in hits}
    assert bool(kept) == bool(hits)
    for i, a in enumerate(kept):
        for b in kept[i + 1 :]:
            wide = max(0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
            high = max(0, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
            assert wide * high <= 0.5 * min(a.area, b.area)


def test_of_two_boxes_over_one_face_the_one_with_more_votes_stays():
    chin, face = Box(20, 60, 40, 40), Box(0, 0, 100, 100)
    assert without_duplicates([Hit(chin, 3), Hit(face, 9)]) == [Hit(face, 9)]
    assert without_duplicates([Hit(chin, 9), Hit(face, 3)]) == [Hit(chin, 9)]
