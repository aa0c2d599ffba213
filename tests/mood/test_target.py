from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.emotions import BY_NAME, NAMES
from moodlib.errors import InputError
from moodlib.mood.target import MOODS, STRATEGIES, Target, journey_path, target_for, target_of_emotion

axis = st.floats(-1, 1)


def test_the_strategies_and_why() -> None:
    assert list(STRATEGIES) == ["match", "lift", "calm", "energise", "journey"]
    for name, strategy in STRATEGIES.items():
        assert strategy.name == name
        assert strategy.label
        assert strategy.why.endswith(".")
        assert strategy.why.count(".") == 1


@given(valence=axis, arousal=axis)
def test_each_strategy_moves_the_way_it_says(valence: float, arousal: float) -> None:
    assert target_for("match", valence, arousal) == Target(valence, arousal)
    lift = target_for("lift", valence, arousal)
    assert lift.valence > valence or lift.valence == 1
    assert lift.arousal >= arousal
    assert lift.valence >= 0.3
    assert lift.arousal >= 0
    calm = target_for("calm", valence, arousal)
    assert calm.arousal < arousal or calm.arousal == -1
    assert calm.valence >= valence
    energise = target_for("energise", valence, arousal)
    assert energise.arousal > arousal or energise.arousal == 1
    assert energise.valence >= valence


@given(valence=axis, arousal=axis)
def test_a_journey_ends_where_happy_is(valence: float, arousal: float) -> None:
    assert target_for("journey", valence, arousal) == target_of_emotion("happy")


@pytest.mark.parametrize("name", NAMES)
def test_an_emotion_has_its_place(name: str) -> None:
    assert target_of_emotion(name) == Target(BY_NAME[name].valence, BY_NAME[name].arousal)
    assert target_of_emotion(f" {name.upper()} ") == target_of_emotion(name)


def test_moods_beside_the_seven() -> None:
    calm = target_of_emotion("calm")
    assert (calm.valence, calm.arousal) == pytest.approx((0.4725, -0.8325))
    assert target_of_emotion("relaxed") == calm
    assert target_of_emotion("energetic").arousal > max(emotion.arousal for emotion in BY_NAME.values())
    assert set(MOODS) == {*NAMES, "calm", "relaxed", "energetic"}


@given(a=axis, b=axis, c=axis, d=axis, steps=st.integers(2, 40))
def test_a_journey_goes_in_even_steps(a: float, b: float, c: float, d: float, steps: int) -> None:
    path = journey_path(Target(a, b), Target(c, d), steps)
    assert len(path) == steps
    assert path[0] == Target(a, b)
    assert path[-1] == Target(c, d)
    for one, two in itertools.pairwise(path):
        assert two.valence - one.valence == pytest.approx((c - a) / (steps - 1), abs=1e-9)
        assert two.arousal - one.arousal == pytest.approx((d - b) / (steps - 1), abs=1e-9)


def test_a_journey_of_one_step_is_its_end() -> None:
    assert journey_path(Target(0, 0), Target(0.5, 0.5), 1) == [Target(0.5, 0.5)]


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: target_for("party", 0, 0), list(STRATEGIES)),
        (lambda: target_of_emotion("hungry"), list(MOODS)),
    ],
)
def test_an_unknown_name_lists_those_that_are_known(call, names: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert all(name in str(caught.value) for name in names)


@pytest.mark.parametrize("value", [1.01, -7, math.nan, math.inf])
def test_a_place_outside_the_plane_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="valence"):
        target_for("match", value, 0)
    with pytest.raises(InputError, match="arousal"):
        Target(0, value)


def test_a_journey_without_steps_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        journey_path(Target(0, 0), Target(1, 1), 0)
