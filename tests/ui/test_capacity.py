from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moodlib.ui.capacity import Capacity


def test_reading_that_costs_little_runs_at_the_full_rate():
    capacity = Capacity(cameras=6, rate=20, processors=2)
    for camera in range(6):
        assert capacity.enter(capacity if camera == 0 else object())
        capacity.took(0.004)
    assert capacity.interval == 1 / 20


@given(st.integers(1, 30), st.floats(1e-4, 2.0), st.integers(1, 16))
def test_all_cameras_together_never_take_more_than_two_thirds_of_the_processors(cameras, cost, processors):
    capacity = Capacity(cameras=cameras, rate=24, processors=processors)
    held = [object() for _ in range(cameras)]
    assert all(capacity.enter(camera) for camera in held)
    for _ in range(200):
        capacity.took(cost)
    busy = cameras * cost / capacity.interval
    assert busy <= 2 / 3 * processors * (1 + 1e-6)
    assert capacity.interval >= 1 / 24


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60), st.integers(1, 5))
def test_never_more_cameras_than_places(steps, places):
    capacity = Capacity(cameras=places, rate=24, clock=lambda: 0.0)
    cameras, inside = [object() for _ in range(10)], set()
    for number, comes in steps:
        if comes:
            assert capacity.enter(cameras[number]) == (number in inside or len(inside) < places)
            if number in inside or len(inside) < places:
                inside.add(number)
        else:
            capacity.leave(cameras[number])
            inside.discard(number)
        assert capacity.active == len(inside)
