from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.emotions import BY_NAME, COORDINATES, NAMES
from moodlib.mood.state import MoodState
from moodlib.mood.tracker import Tracker, TrackerConfig

CONFIG = TrackerConfig()


def one_hot(name: str) -> np.ndarray:
    return (np.array(NAMES) == name).astype(np.float32)


def mostly(name: str, share: float = 0.7) -> np.ndarray:
    rest = (1 - share) / (len(NAMES) - 1)
    return np.where(np.array(NAMES) == name, share, rest).astype(np.float32)


def play(
    tracker: Tracker, reading: np.ndarray | None, seconds: float, fps: float = 10, start: float = 0.0
) -> list[MoodState]:
    """Feed the same reading for some seconds; the first one comes one frame after `start`."""
    return [tracker.update(reading, start + (i + 1) / fps) for i in range(round(seconds * fps))]


distributions = (
    st.lists(st.floats(0, 1), min_size=7, max_size=7)
    .filter(lambda p: sum(p) > 0.01)
    .map(lambda p: np.array(p) / sum(p))
)


# --- averaging ---------------------------------------------------------------------------------------------------


def test_no_reading_no_mood() -> None:
    state = Tracker().state
    assert not state.known
    assert not state.paused
    assert state.emotion is None
    assert state.stable is None
    assert state.probabilities == pytest.approx(np.full(7, 1 / 7))


@pytest.mark.parametrize("fps", [5, 10, 15, 60])
def test_mood_does_not_depend_on_frame_rate(fps: int) -> None:
    def after_a_change(fps: float) -> np.ndarray:
        tracker = Tracker()
        play(tracker, mostly("sad"), 3, fps)
        return play(tracker, mostly("happy"), 0.8, fps, start=3)[-1].probabilities

    assert after_a_change(fps) == pytest.approx(after_a_change(30), abs=0.005)


@given(
    steps=st.lists(st.floats(0.001, 0.5), min_size=4, max_size=60),
    change=st.floats(0.2, 0.9),
)
def test_irregular_frames_weigh_by_the_time_they_stand_for(steps: list[float], change: float) -> None:
    tracker = Tracker(TrackerConfig(warm_up=0.05, first_step=0.1))
    times = np.cumsum([0.0, *steps])
    switch = int(change * len(times))
    for index, at in enumerate(times):
        state = tracker.update(one_hot("sad" if index < switch else "happy"), float(at))
    # Each reading stands for the time since the one before, the first for first_step.
    begins = np.concatenate([[-0.1], times[:-1]])
    shares = np.exp((times - times[-1]) / CONFIG.tau) - np.exp((begins - times[-1]) / CONFIG.tau)
    expected = shares[switch:].sum() / shares.sum()
    assert state.probabilities[NAMES.index("happy")] == pytest.approx(expected, abs=1e-5)


def test_a_changed_face_follows_the_time_constant() -> None:
    tracker = Tracker()
    play(tracker, one_hot("sad"), 20)
    state = play(tracker, one_hot("happy"), CONFIG.tau, fps=100, start=20)[-1]
    assert state.probabilities[NAMES.index("happy")] == pytest.approx(1 - math.exp(-1), abs=1e-3)


@given(reading=distributions)
def test_a_constant_reading_is_the_mood(reading: np.ndarray) -> None:
    state = play(Tracker(), reading, 2)[-1]
    assert state.known
    assert state.probabilities == pytest.approx(reading, abs=1e-5)
    assert state.probabilities.dtype == np.float32
    assert state.confidence == pytest.approx(reading.max(), abs=1e-5)
    assert (state.valence, state.arousal) == pytest.approx(tuple(reading @ COORDINATES), abs=1e-5)


@given(
    events=st.lists(st.tuples(st.none() | distributions, st.floats(-1, 5), st.integers(0, 3)), min_size=1, max_size=40)
)
def test_what_a_state_promises(events: list[tuple[np.ndarray | None, float, int]]) -> None:
    tracker, at = Tracker(), 100.0
    for reading, dt, faces in events:
        at += dt
        state = tracker.update(reading, at, faces)
        assert state is tracker.state
        assert state.at == at
        assert state.probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert 0 <= state.confidence <= 1
        assert -1 <= state.valence <= 1
        assert -1 <= state.arousal <= 1
        assert (state.faces == 0) == (reading is None)
        assert state.known == (state.emotion is not None)
        assert not (state.known and state.paused)
        assert state.fading == (state.known and reading is None and state.confidence < state.probabilities.max())
        if not state.known:
            assert state.confidence == state.valence == state.arousal == 0
            assert state.probabilities == pytest.approx(np.full(7, 1 / 7))


@pytest.mark.parametrize("name", NAMES)
def test_a_pure_face_stands_at_its_place_on_the_circumplex(name: str) -> None:
    state = play(Tracker(), one_hot(name), 2)[-1]
    assert state.emotion == name
    assert (state.valence, state.arousal) == pytest.approx((BY_NAME[name].valence, BY_NAME[name].arousal), abs=1e-5)


def test_a_state_cannot_be_changed_from_outside() -> None:
    state = play(Tracker(), one_hot("happy"), 2)[-1]
    with pytest.raises(ValueError, match="read-only"):
        state.probabilities[0] = 1


# --- known, fading, paused -----------------------------------------------------------------------------------------


def test_a_face_is_known_after_the_warm_up() -> None:
    states = play(Tracker(), one_hot("happy"), 2)
    first = next(i for i, state in enumerate(states) if state.known)
    assert (first + 1) / 10 == pytest.approx(CONFIG.warm_up, abs=0.11)
    assert all(state.emotion is None and not state.paused for state in states[:first])


def test_stray_false_detections_never_become_a_mood() -> None:
    tracker = Tracker()
    for frame in range(3000):
        assert not tracker.update(one_hot("fear") if frame % 8 == 0 else None, frame / 10).known


def test_confidence_fades_then_the_mood_pauses() -> None:
    tracker = Tracker()
    before = play(tracker, mostly("happy"), 3)[-1]
    away = play(tracker, None, CONFIG.pause_after + 2, start=3)
    for state in away:
        gone = state.at - 3
        if gone < CONFIG.pause_after - 1e-6:
            assert state.known
            assert state.fading
            assert state.emotion == "happy"
            assert state.probabilities == pytest.approx(before.probabilities)
            assert state.confidence == pytest.approx(before.confidence * math.exp(-gone / CONFIG.fade), rel=1e-5)
        elif gone > CONFIG.pause_after + 1e-6:
            assert state.paused
            assert not state.known
            assert state.emotion is None
            assert state.probabilities == pytest.approx(np.full(7, 1 / 7))
        assert state.stable == "happy", "the songs must not jump when the listener looks away"


def test_nobody_from_the_start_pauses_without_any_mood() -> None:
    state = play(Tracker(), None, CONFIG.pause_after + 1)[-1]
    assert state.paused
    assert state.stable is None


def test_a_missed_detection_changes_nothing() -> None:
    plain, blinking = Tracker(), Tracker()
    for frame in range(60):
        reading = mostly("happy") if frame < 30 else mostly("sad")
        expected = plain.update(reading, frame / 10)
        state = blinking.update(None if frame % 10 == 9 else reading, frame / 10)
    assert state.probabilities == pytest.approx(expected.probabilities, abs=0.02) or state.fading
    assert state.stable == expected.stable == "sad"


def test_who_comes_back_after_a_pause_starts_afresh() -> None:
    tracker = Tracker()
    play(tracker, one_hot("happy"), 5)
    play(tracker, None, CONFIG.pause_after + 1, start=5)
    back = play(tracker, one_hot("sad"), 3, start=9 + CONFIG.pause_after)
    assert not back[0].known
    assert back[0].stable is None
    for state in back:
        if state.known:
            assert state.probabilities[NAMES.index("happy")] == 0, "a leftover of the old mood"
        assert state.stable in (None, "sad")
    assert back[-1].stable == "sad"


@pytest.mark.parametrize("gap", [CONFIG.pause_after + 1, 3600.0, 1e300])
def test_a_huge_gap_is_an_absence(gap: float) -> None:
    tracker = Tracker()
    play(tracker, one_hot("happy"), 5)
    state = tracker.update(one_hot("sad"), 5 + gap)
    assert not state.known
    assert not state.paused
    assert state.stable is None


def test_a_huge_gap_that_ends_without_a_face_is_a_pause() -> None:
    tracker = Tracker()
    play(tracker, one_hot("happy"), 5)
    assert tracker.update(None, 5 + 3600).paused


def test_after_a_short_absence_the_new_face_counts_more_than_the_old() -> None:
    tracker = Tracker()
    play(tracker, one_hot("happy"), 5)
    play(tracker, None, 2.0, start=5)
    state = play(tracker, one_hot("sad"), 0.3, start=7)[-1]
    assert state.known
    assert state.emotion == "sad"


def test_a_clock_that_goes_back_adds_no_time_and_does_not_stop_the_mood() -> None:
    tracker = Tracker()
    before = play(tracker, one_hot("happy"), 5)[-1]
    state = tracker.update(one_hot("sad"), at=-1000)
    assert state.probabilities == pytest.approx(before.probabilities)
    assert play(tracker, one_hot("sad"), 3, start=-1000)[-1].stable == "sad"


def test_reset_forgets_everything() -> None:
    tracker = Tracker()
    play(tracker, one_hot("happy"), 5)
    tracker.reset()
    assert tracker.state.stable is None
    assert not tracker.state.known
    assert not tracker.update(one_hot("sad"), 5.1).known


# --- stability -----------------------------------------------------------------------------------------------------


def test_a_short_flicker_does_not_change_the_stable_mood() -> None:
    tracker = Tracker()
    play(tracker, mostly("happy"), 3)
    flicker = play(tracker, one_hot("sad"), 0.5, start=3) + play(tracker, mostly("happy"), 3, start=3.5)
    assert {state.stable for state in flicker} == {"happy"}


def test_a_lead_that_is_too_small_does_not_change_the_stable_mood() -> None:
    tracker = Tracker()
    play(tracker, mostly("happy"), 3)
    close = np.full(7, 0.02)
    close[NAMES.index("happy")], close[NAMES.index("sad")] = 0.4, 0.5
    state = play(tracker, close, 60, start=3)[-1]
    assert state.emotion == "sad"
    assert state.stable == "happy"


def test_two_that_take_turns_at_the_top_still_end_a_mood_that_is_gone() -> None:
    tracker = Tracker()
    play(tracker, mostly("happy"), 3)
    sadder, angrier = np.zeros(7), np.zeros(7)
    sadder[[NAMES.index("sad"), NAMES.index("angry")]] = 0.7, 0.3
    angrier[[NAMES.index("sad"), NAMES.index("angry")]] = 0.3, 0.7
    for frame in range(30):
        state = tracker.update(sadder if frame % 2 else angrier, 3 + frame / 10)
    assert state.stable in ("sad", "angry")


def test_a_face_between_two_moods_gets_a_stable_one_in_time() -> None:
    between = np.full(7, 0.02)
    between[NAMES.index("neutral")], between[NAMES.index("sad")] = 0.46, 0.44
    states = play(Tracker(), between, 4)
    assert states[int(CONFIG.patience * 10) - 5].stable is None
    assert states[-1].stable == "neutral"


@pytest.mark.parametrize("fps", [3, 5, 15, 30])
def test_time_to_a_stable_mood_does_not_depend_on_frame_rate(fps: int) -> None:
    tracker = Tracker()
    play(tracker, mostly("happy"), 3, fps)
    states = play(tracker, mostly("sad"), 3, fps, start=3)
    change = next(state.at for state in states if state.stable == "sad") - 3
    assert change == pytest.approx(1.15, abs=1 / fps + 0.15)


# --- bad readings and bad configurations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (np.full(6, 1 / 6), "shape"),
        (np.full((1, 7), 1 / 7), "shape"),
        (np.full(7, np.nan), "finite"),
        (np.array([np.inf, 0, 0, 0, 0, 0, 0]), "finite"),
        (np.full(7, 0.15), "sum"),
        (np.zeros(7), "sum"),
        (np.array([1.5, -0.5, 0, 0, 0, 0, 0]), "negative"),
    ],
)
def test_a_reading_that_is_no_distribution_is_refused(reading: np.ndarray, words: str) -> None:
    tracker = Tracker()
    before = play(tracker, one_hot("happy"), 2)[-1]
    with pytest.raises(ValueError, match=words):
        tracker.update(reading, 2.1)
    assert tracker.state is before


@pytest.mark.parametrize("at", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(at: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Tracker().update(one_hot("happy"), at)


@pytest.mark.parametrize("bad", [{"tau": 0}, {"hold": -1}, {"fade": math.nan}, {"lead": 1.0}])
def test_a_configuration_that_makes_no_sense_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        TrackerConfig(**bad)
