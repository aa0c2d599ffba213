from __future__ import annotations

import threading
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.emotions import BY_NAME, NAMES
from moodlib.mood.state import MoodState
from moodlib.mood.timeline import Timeline

PLACES = [*NAMES, "valence", "arousal"]


def state(at: float, emotion: str | None = "happy", stable: str | None = None) -> MoodState:
    known = emotion is not None
    one_hot = (np.array(NAMES) == emotion).astype(np.float32)
    probabilities = one_hot if known else np.full(7, 1 / 7, dtype=np.float32)
    place = (BY_NAME[emotion].valence, BY_NAME[emotion].arousal) if emotion else (0.0, 0.0)
    return MoodState(at, known, not known, False, emotion, stable, float(known), probabilities, *place, int(known))


def test_an_empty_timeline_is_an_empty_frame() -> None:
    frame = Timeline().frame()
    assert list(frame.columns) == ["t", *PLACES, "stable", "known"]
    assert frame.empty


def test_rows_say_what_the_states_said() -> None:
    timeline = Timeline()
    for each in (state(50.0), state(50.5, "sad", "happy"), state(51.0, None, "happy")):
        timeline.add(each)
    frame = timeline.frame()
    assert frame["t"].tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert frame["happy"].tolist()[:2] == [1.0, 0.0]
    assert frame["valence"].iloc[1] == pytest.approx(BY_NAME["sad"].valence)
    assert frame["stable"].tolist() == [None, "happy", "happy"]
    assert frame["known"].tolist() == [True, True, False]
    assert frame.loc[2, PLACES].isna().all()


def test_quick_states_replace_one_another_and_the_newest_is_last() -> None:
    timeline = Timeline(every=0.1)
    for frame in range(3000):
        timeline.add(state(frame / 30, "happy" if frame < 2999 else "sad"))
    assert len(timeline) == pytest.approx(1000, abs=2)
    assert timeline.readings == 3000
    rows = timeline.frame(points=2000)
    assert rows["t"].iloc[0] == 0
    assert rows["t"].iloc[-1] == pytest.approx(2999 / 30)
    assert rows["sad"].iloc[-1] == 1


def test_the_last_seconds_alone() -> None:
    timeline = Timeline()
    for tenth in range(3000):
        timeline.add(state(tenth / 10))
    frame = timeline.frame(seconds=120, points=5000)
    assert frame["t"].min() == pytest.approx(299.9 - 120, abs=0.11)
    assert len(frame) == pytest.approx(1200, abs=2)


def test_a_clock_that_goes_back_keeps_time_rising() -> None:
    timeline = Timeline()
    for at in (10.0, 11.0, 2.0, 3.0):
        timeline.add(state(at))
    assert timeline.frame()["t"].tolist() == pytest.approx([0, 1, 2])


def test_time_without_any_state_breaks_the_line() -> None:
    timeline = Timeline(gap_after=3)
    for at in (0.0, 1.0, 2.0, 60.0, 61.0):
        timeline.add(state(at))
    frame = timeline.frame()
    assert frame["known"].tolist() == [True, True, True, False, True, True]
    assert frame.loc[3, PLACES].isna().all()
    assert 2 < frame["t"][3] < 60


@st.composite
def sessions(draw: st.DrawFn) -> list[MoodState]:
    spans = draw(
        st.lists(st.tuples(st.sampled_from([None, "happy", "sad"]), st.integers(1, 60)), min_size=1, max_size=25)
    )
    dt = draw(st.sampled_from([0.03, 0.1, 0.25, 1.0]))
    moods = [mood for mood, count in spans for _ in range(count)]
    return [state(index * dt, mood) for index, mood in enumerate(moods)]


@given(session=sessions(), points=st.integers(3, 60), seconds=st.none() | st.floats(0, 200))
def test_what_a_frame_promises(session: list[MoodState], points: int, seconds: float | None) -> None:
    timeline = Timeline(recent=40, older=30)
    for each in session:
        timeline.add(each)
    frame = timeline.frame(seconds, points)
    assert 1 <= len(frame) <= points
    assert len(timeline) <= timeline.capacity == 70
    assert frame["t"].is_monotonic_increasing
    assert frame["t"].iloc[-1] == pytest.approx(session[-1].at - session[0].at)
    if seconds is None:
        assert frame["t"].iloc[0] == 0
    else:
        assert frame["t"].iloc[0] >= frame["t"].iloc[-1] - seconds - 1e-9
    assert frame[PLACES].notna().all(axis=1).tolist() == frame["known"].tolist()


@given(session=sessions(), points=st.integers(3, 60))
def test_no_line_is_drawn_over_an_unknown_mood(session: list[MoodState], points: int) -> None:
    timeline = Timeline(recent=40, older=30, every=0.1)
    for each in session:
        timeline.add(each)
    frame = timeline.frame(points=points)
    unknown = np.array([each.at for each in session if not each.known])
    for (_, left), (_, right) in zip(frame.iloc[:-1].iterrows(), frame.iloc[1:].iterrows(), strict=True):
        if left["known"] and right["known"]:
            assert not ((unknown > left["t"] + 1e-6) & (unknown < right["t"] - 1e-6)).any()


def test_ten_hours_stay_small_and_quick() -> None:
    timeline = Timeline()
    known, unknown = state(0.0), state(0.0, None)
    began = time.perf_counter()
    for fifth in range(10 * 3600 * 5):
        mood = unknown if fifth % 500 < 20 else known
        timeline.add(
            MoodState(fifth / 5, mood.known, mood.paused, False, mood.emotion, None, mood.confidence,
                      mood.probabilities, mood.valence, mood.arousal, mood.faces)
        )  # fmt: skip
    took = time.perf_counter() - began
    assert len(timeline) <= timeline.capacity <= 4000
    assert took < 60, "180,000 rows; a second or three on a free machine"
    frame = timeline.frame()
    assert len(frame) == 300
    assert frame["t"].iloc[0] == 0
    assert frame["t"].iloc[-1] == pytest.approx(36_000 - 0.2)
    # The older past is thinned evenly: no hole longer than what one of the chart's 300 points stands for.
    assert np.diff(timeline.frame(points=4000)["t"]).max() < 120


def test_reading_while_another_thread_adds() -> None:
    timeline = Timeline(recent=50, older=50)
    done = threading.Event()
    frames: list[pd.DataFrame] = []

    def read() -> None:
        while not done.is_set():
            frames.append(timeline.frame(points=30))

    reader = threading.Thread(target=read)
    reader.start()
    for tenth in range(5000):
        timeline.add(state(tenth / 10))
    done.set()
    reader.join()
    assert all(frame["t"].is_monotonic_increasing for frame in frames)


def test_clear_starts_again() -> None:
    timeline = Timeline()
    timeline.add(state(5.0))
    timeline.clear()
    assert len(timeline) == timeline.readings == 0
    timeline.add(state(9.0))
    assert timeline.frame()["t"].tolist() == [0.0]


@pytest.mark.parametrize("arguments", [{"points": 2}, {"seconds": -1.0}, {"seconds": float("nan")}])
def test_a_frame_that_makes_no_sense_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        Timeline().frame(**arguments)


@pytest.mark.parametrize("arguments", [{"recent": 1}, {"older": 3}, {"every": 0.0}, {"gap_after": float("nan")}])
def test_a_timeline_that_makes_no_sense_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="needs"):
        Timeline(**arguments)
