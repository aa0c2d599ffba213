from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from hypothesis import given
from hypothesis import strategies as st

from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.ui.camera import CONNECT_WITHIN, STALE_AFTER, CameraLink, latest_only
from moodlib.ui.capacity import GONE_AFTER, Capacity
from moodlib.vision.reading import Box, Face, FrameReading

HAPPY = np.array([0.9 if name == "happy" else 0.1 / 6 for name in NAMES], dtype=np.float32)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Smiling:
    """Says that every frame shows one happy face, and keeps what it was given."""

    def __init__(self) -> None:
        self.frames: list[np.ndarray] = []

    def process(self, frame, at):
        self.frames.append(frame.copy())
        return FrameReading(at, frame.shape[1], frame.shape[0], (Face(Box(8, 8, 32, 32), HAPPY),))


class Broken:
    def process(self, frame, at):
        raise RuntimeError("the network fell over")


def picture(pts: int = 0) -> av.VideoFrame:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:, :48] = 200
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts, frame.time_base = pts, Fraction(1, 90000)
    return frame


@pytest.fixture
def clock() -> Clock:
    return Clock()


def play(link: CameraLink, clock: Clock, seconds: float, rate: float = 10.0) -> None:
    for step in range(int(seconds * rate)):
        clock.now += 1 / rate
        link.on_frame(picture(step))


def test_frames_become_a_stable_mood(clock):
    link = CameraLink(Smiling, clock)
    play(link, clock, 3)
    snapshot = link.snapshot()
    assert snapshot.live
    assert snapshot.frames == snapshot.readings == 30
    assert snapshot.rate == pytest.approx(10, rel=0.05)
    assert snapshot.state is not None
    assert snapshot.state.stable == "happy"


def test_time_stamp_and_size_are_kept_and_the_picture_is_mirrored(clock):
    smiling = Smiling()
    shown = CameraLink(lambda: smiling, clock).on_frame(picture(1234))
    assert (shown.pts, shown.time_base, shown.width, shown.height) == (1234, Fraction(1, 90000), 96, 64)
    assert smiling.frames[0][:, -40:].mean() > 150
    assert smiling.frames[0][:, :40].mean() < 50


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (Broken, "the network fell over"),
        (
            lambda: (_ for _ in ()).throw(InputError("emotion.tflite is missing; restore it.")),
            "emotion.tflite is missing",
        ),
    ],
)
def test_the_video_goes_on_when_a_frame_cannot_be_read(clock, load, said):
    link = CameraLink(load, clock)
    frame = picture()
    assert link.on_frame(frame) is frame
    snapshot = link.snapshot()
    assert (snapshot.frames, snapshot.errors) == (0, 1)
    assert said in snapshot.problem
    assert snapshot.live


def test_a_session_whose_frames_cannot_be_read_takes_no_other_down(clock):
    capacity = Capacity(cameras=2, rate=24, clock=clock)
    broken, well = CameraLink(Broken, clock, capacity), CameraLink(Smiling, clock, capacity)
    for step in range(30):
        clock.now += 0.1
        broken.on_frame(picture(step))
        well.on_frame(picture(step))
    assert (broken.snapshot().frames, broken.snapshot().errors) == (0, 30)
    assert (well.snapshot().frames, well.snapshot().errors, well.snapshot().problem) == (30, 0, "")
    assert well.snapshot().state.stable == "happy"


def test_reading_goes_on_after_one_frame_that_cannot_be_read(clock):
    class Once(Smiling):
        def process(self, frame, at):
            if len(self.frames) == 5 and not broken:
                broken.append(at)
                raise RuntimeError("this one")
            return super().process(frame, at)

    broken: list[float] = []
    link = CameraLink(Once, clock)
    play(link, clock, 2)
    assert broken
    assert (link.snapshot().frames, link.snapshot().errors, link.snapshot().problem) == (19, 1, "")


@pytest.mark.parametrize("form", ["gray", "rgb24", "nv12", "yuv444p", "yuyv422", "gray16le"])
@pytest.mark.parametrize("side", [1, 2, 3, 17])
def test_a_frame_of_any_form_and_size_is_read_or_counted(clock, form, side):
    link = CameraLink(clock=clock, capacity=Capacity(cameras=1, rate=24, clock=clock))
    noise = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    shown = link.on_frame(av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format=form))
    assert (shown.width, shown.height) == (side, side)
    snapshot = link.snapshot()
    assert snapshot.frames + snapshot.errors == 1
    assert "Traceback" not in snapshot.problem


def test_a_camera_that_shows_nothing_in_time_is_late(clock):
    link = CameraLink(Smiling, clock)
    assert not link.snapshot().late
    link.connection(True)
    clock.now += CONNECT_WITHIN - 0.1
    assert not link.snapshot().late
    clock.now += 0.2
    assert link.snapshot().late
    link.connection(False)
    assert link.snapshot().late
    link.left()
    assert link.snapshot().waiting == 0


def test_a_camera_that_is_stopped_in_time_is_not_waited_for(clock):
    link = CameraLink(Smiling, clock)
    link.connection(True)
    clock.now += 5
    link.connection(False)
    assert link.snapshot().waiting == 0


def test_a_press_counts_from_the_first_one(clock):
    link = CameraLink(Smiling, clock)
    link.asked()
    clock.now += 6
    link.asked()
    clock.now += 6
    assert link.snapshot().late


def test_a_camera_that_falls_silent_is_waited_for_again(clock):
    link = CameraLink(Smiling, clock)
    link.connection(True)
    play(link, clock, 20)
    assert link.snapshot().waiting == 0
    clock.now += STALE_AFTER + 0.1
    snapshot = link.snapshot()
    assert not snapshot.live
    assert not snapshot.late
    clock.now += CONNECT_WITHIN
    assert link.snapshot().late


def test_one_camera_too_many_is_shown_unread_until_another_goes_off(clock):
    capacity = Capacity(cameras=1, rate=24, clock=clock)
    first, second = (CameraLink(Smiling, clock, capacity) for _ in range(2))
    play(first, clock, 2)
    frame = picture(7)
    assert second.on_frame(frame) is frame
    assert second.snapshot().busy
    assert not second.snapshot().late
    assert second.snapshot().frames == 0
    first.ended()
    play(second, clock, 2)
    assert not second.snapshot().busy
    assert second.snapshot().frames == 20
    assert first.snapshot().frames == 20


def test_in_a_crowd_the_picture_sent_back_is_smaller_until_others_have_gone(clock):
    capacity = Capacity(cameras=9, rate=15, processors=2, clock=clock)
    links = [CameraLink(Smiling, clock, capacity) for _ in range(4)]
    first = picture()
    sizes = []
    for link in links:
        shown = link.on_frame(first)
        sizes.append((shown.width, shown.height))
    assert sizes == [(96, 64)] * 3 + [(64, 42)]
    links[3].ended()
    clock.now += 0.1
    shown = links[0].on_frame(first)
    assert (shown.width, shown.height) == (96, 64)


def test_the_end_of_the_video_is_told(clock):
    ends = []
    link = CameraLink(Smiling, clock)
    link.ended()
    link.on_end = lambda: ends.append(clock.now)
    play(link, clock, 1)
    assert not ends
    link.ended()
    assert ends == [clock.now]


def test_the_place_of_a_camera_that_fell_silent_is_free_again(clock):
    capacity = Capacity(cameras=1, rate=24, clock=clock)
    first, second = (CameraLink(Smiling, clock, capacity) for _ in range(2))
    play(first, clock, 1)
    clock.now += GONE_AFTER - 0.1
    second.on_frame(picture())
    assert second.snapshot().busy
    clock.now += 0.2
    second.on_frame(picture())
    assert second.snapshot().frames == 1
    clock.now += 60
    assert not second.snapshot().busy


def test_each_session_sees_only_its_own_mood(clock):
    capacity = Capacity(cameras=2, rate=24, clock=clock)
    other = np.roll(HAPPY, NAMES.index("sad") - NAMES.index("happy"))

    class Weeping(Smiling):
        def process(self, frame, at):
            return FrameReading(at, frame.shape[1], frame.shape[0], (Face(Box(8, 8, 32, 32), other),))

    first, second = CameraLink(Smiling, clock, capacity), CameraLink(Weeping, clock, capacity)
    for step in range(40):
        clock.now += 0.1
        first.on_frame(picture(step))
        second.on_frame(picture(step))
    assert first.snapshot().state.stable == "happy"
    assert second.snapshot().state.stable == "sad"


def test_a_fast_camera_is_read_no_faster_than_allowed_and_drawn_in_between(clock):
    smiling = Smiling()
    link = CameraLink(lambda: smiling, clock, Capacity(cameras=1, rate=10, clock=clock))
    plain = picture().to_ndarray(format="bgr24")[:, ::-1]
    for step in range(60):
        clock.now += 1 / 60
        shown = link.on_frame(picture(step)).to_ndarray(format="bgr24")
        assert not np.array_equal(shown, plain), "every frame carries the box"
    assert 9 <= len(smiling.frames) <= 11


def test_sizes_that_change_with_every_frame_put_no_later_frame_off(clock):
    smiling = Smiling()
    link = CameraLink(lambda: smiling, clock, Capacity(cameras=1, rate=10, clock=clock))
    for step in range(40):
        clock.now += 1 / 60
        odd = av.VideoFrame.from_ndarray(np.zeros((48 + 16 * (step % 2), 96, 3), np.uint8), format="bgr24")
        odd.pts, odd.time_base = step, Fraction(1, 90000)
        link.on_frame(odd)
    before = len(smiling.frames)
    play(link, clock, 1.0, rate=60)
    assert len(smiling.frames) - before >= 9


@given(st.lists(st.floats(-0.02, 0.02), min_size=150, max_size=150), st.floats(0.9, 1.1))
def test_an_uneven_camera_as_fast_as_allowed_is_read_whole(jitter: list[float], speed: float):
    clock = Clock()
    smiling = Smiling()
    link = CameraLink(lambda: smiling, clock, Capacity(cameras=1, rate=15, clock=clock))
    for step, off in enumerate(jitter):
        clock.now = 100 + step / 15 / speed + off
        link.on_frame(picture(step))
    seconds = len(jitter) / 15 / speed
    assert len(smiling.frames) >= 0.9 * min(len(jitter), 15 * seconds)
    assert len(smiling.frames) <= 15 * seconds + 3


def test_the_wall_clock_may_jump_either_way(clock):
    link = CameraLink(Smiling, clock, Capacity(cameras=1, rate=24, clock=clock))
    play(link, clock, 2)
    clock.now -= 3600
    play(link, clock, 2)
    clock.now += 7200
    play(link, clock, 2)
    snapshot = link.snapshot()
    assert snapshot.live
    assert (snapshot.frames, snapshot.errors) == (60, 0), "every frame is read, before and after a jump"
    assert snapshot.state.stable == "happy"
    assert link.timeline.frame()["t"].is_monotonic_increasing


def test_a_size_that_changes_in_the_middle_is_read_at_once(clock):
    smiling = Smiling()
    link = CameraLink(lambda: smiling, clock, Capacity(cameras=1, rate=1, clock=clock))
    link.on_frame(picture())
    clock.now += 0.01
    small = av.VideoFrame.from_ndarray(np.zeros((40, 40, 3), np.uint8), format="bgr24")
    shown = link.on_frame(small)
    assert (shown.width, shown.height) == (40, 40)
    assert [frame.shape for frame in smiling.frames] == [(64, 96, 3), (40, 40, 3)]


def test_a_slow_reader_is_given_the_newest_frame_and_nothing_is_queued():
    class Count(MediaStreamTrack):
        kind = "video"

        def __init__(self):
            super().__init__()
            self.given = 0

        async def recv(self):
            await asyncio.sleep(0.002)
            self.given += 1
            return picture(self.given)

    async def behind() -> list[int]:
        source, relay = Count(), latest_only(latest_only(MediaRelay()))
        reader, late = relay.subscribe(source), []
        for _ in range(5):
            frame = await reader.recv()
            late.append(source.given - frame.pts)
            await asyncio.sleep(0.05)
        reader.stop()
        source.stop()
        return late

    # In a thread of its own: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as own:
        assert max(own.submit(asyncio.run, behind()).result()) <= 2
