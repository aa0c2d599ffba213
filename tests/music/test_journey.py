from __future__ import annotations

import json
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moodlib.errors import InputError
from moodlib.mood.target import MOODS, Target, target_of_emotion
from moodlib.music import journey
from moodlib.music.taste import NO_TASTE
from moodlib.music.titles import artist_key, core_title
from moodlib.music.weights import Weights

SAD, HAPPY = target_of_emotion("sad"), target_of_emotion("happy")
coordinates = st.floats(-1, 1, allow_nan=False)
targets = st.builds(Target, coordinates, coordinates)
a_few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(table: pd.DataFrame) -> None:
    """The laws of a journey, worked out from the songs' own figures."""
    energy = np.abs(np.diff(table["energy"]))
    assert energy.max() <= journey.ENERGY_BOUND + 1e-12
    for before, after in pairwise(table["tempo"]):
        nearest = min(abs(after * octave / before - 1) for octave in (0.25, 0.5, 1, 2, 4))
        back = min(abs(before * octave / after - 1) for octave in (0.25, 0.5, 1, 2, 4))
        assert max(nearest, back) <= journey.TEMPO_BOUND + 1e-9
    assert table["artist"].map(artist_key).is_unique
    assert table["title"].map(core_title).is_unique
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert np.allclose(table["energy_change"][1:], np.diff(table["energy"]), atol=2e-4)
    steps = table[["step_valence", "step_arousal"]].diff().iloc[1:]
    assert np.allclose(steps, steps.iloc[0], atol=2e-4), "the steps are even"


@a_few
@given(start=targets, end=targets, count=st.integers(2, 20), seed=st.none() | st.integers(0, 99))
def test_no_jump_whatever_the_way(ranker, shipped, start, end, count, seed):
    if journey.same_place(start, end):
        with pytest.raises(InputError, match="begins and ends at the same mood"):
            journey.plan(ranker, shipped, start, end, NO_TASTE, Weights(), count, seed=seed)
        return
    table = journey.plan(ranker, shipped, start, end, NO_TASTE, Weights(), count, seed=seed)
    assert len(table) == count
    check(table)
    assert table.loc[0, ["step_valence", "step_arousal"]].tolist() == pytest.approx([start.valence, start.arousal])
    last = table.iloc[-1]
    assert [last["step_valence"], last["step_arousal"]] == pytest.approx([end.valence, end.arousal])


@pytest.mark.parametrize(("start", "end"), list(permutations(["sad", "happy", "angry", "calm", "neutral"], 2)))
def test_between_named_moods_songs_lie_where_the_way_is(ranker, shipped, start, end):
    table = journey.plan(ranker, shipped, target_of_emotion(start), target_of_emotion(end), NO_TASTE, Weights())
    check(table)
    off = np.hypot(table["felt_valence"] - table["step_valence"], table["felt_arousal"] - table["step_arousal"])
    assert off.max() < 0.25
    assert off.mean() < 0.12


@a_few
@given(minutes=st.floats(*journey.MINUTES))
def test_a_journey_in_minutes_lasts_about_as_long(ranker, shipped, minutes):
    table = journey.plan(ranker, shipped, SAD, HAPPY, NO_TASTE, Weights(), None, minutes)
    check(table)
    assert abs(table["duration_ms"].sum() / 60_000 - minutes) < 2 + minutes / 50


def test_the_same_seed_goes_the_same_way_and_another_goes_another(ranker, shipped):
    ways = [journey.plan(ranker, shipped, SAD, HAPPY, NO_TASTE, Weights(), 8, seed=seed) for seed in (1, 1, 2)]
    ids = [way["track_id"].tolist() for way in ways]
    assert ids[0] == ids[1] != ids[2]


def test_skipped_songs_and_unwanted_artists_are_left_out(ranker, shipped):
    weights = Weights(taste=0.0)
    table = journey.plan(ranker, shipped, SAD, HAPPY, NO_TASTE, weights, 6)
    taste = NO_TASTE.skip(table["track_id"][0]).block(table["artist"][3].upper())
    again = journey.plan(ranker, shipped, SAD, HAPPY, taste, weights, 6)
    assert table["track_id"][0] not in set(again["track_id"])
    assert table["artist"][3] not in set(again["artist"])


def test_each_song_is_scored_for_its_own_step(ranker, shipped):
    table = journey.plan(ranker, shipped, SAD, HAPPY, NO_TASTE, Weights(), 4)
    alone = ranker.rank(shipped, SAD, NO_TASTE, Weights()).set_index("track_id")
    assert table["fit"][0] == pytest.approx(alone.loc[table["track_id"][0], "fit"], abs=1e-6)
    parts = [column for column in table if column.startswith("part_")]
    assert np.allclose(table[parts].sum(axis=1), table["score"])


@pytest.mark.parametrize(
    ("before", "after", "change"), [(100, 112, 0.12), (112, 100, 0.12), (70, 140, 0), (80, 44, 0.1), (90, 90, 0)]
)
def test_half_and_double_are_the_same_beat(before, after, change):
    assert journey.tempo_change(np.array(before), np.array(after)) == pytest.approx(change)


def test_a_table_in_which_no_way_keeps_the_bounds_is_said(ranker, make_songs):
    songs = make_songs({"energy": 0.1}, {"energy": 0.9}, {"energy": 0.5})
    with pytest.raises(InputError, match="longer journey or loosen the filters"):
        journey.plan(ranker, songs, SAD, HAPPY, NO_TASTE, Weights(), 3)


@pytest.mark.parametrize(
    ("count", "minutes", "words"),
    [(1, None, "2 to 50 songs"), (51, None, "2 to 50 songs"), (None, 3.0, "6 to 180 minutes"),
     (None, float("nan"), "6 to 180 minutes"), (5, 20.0, "either in songs or in minutes"),
     (None, None, "either in songs or in minutes")],
)  # fmt: skip
def test_lengths_that_make_no_sense_are_refused(ranker, four, count, minutes, words):
    with pytest.raises(InputError, match=words):
        journey.plan(ranker, four, SAD, HAPPY, NO_TASTE, Weights(), count, minutes)


# The command.


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    from moodlib.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["journey", *arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


def test_the_command_prints_the_songs_as_json(capsys):
    code, out, err = run(capsys, "--from", "sad", "--to", "happy", "--songs", "12", "--json")
    songs = json.loads(out)
    assert (code, err, len(songs)) == (0, "", 12)
    assert songs[0]["energy_change"] is None
    check(pd.DataFrame(songs).astype({"energy_change": float}))


def test_the_command_prints_a_table(capsys):
    code, out, _ = run(capsys, "--from", "sad", "--minutes", "15")
    assert code == 0
    assert " minutes." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "sad", "--to", "sad"), "same mood"),
        (("--from", "calm", "--to", "relaxed"), "same mood"),
        (("--from", "glum"), "no mood"),
        (("--from", "sad", "--songs", "4", "--minutes", "20"), "either in songs or in minutes"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, words):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_every_mood_can_be_left_for_every_other(ranker, shipped):
    for start, end in [(a, b) for a, b in permutations(MOODS, 2) if {a, b} != {"calm", "relaxed"}][::7]:
        check(journey.plan(ranker, shipped, target_of_emotion(start), target_of_emotion(end), NO_TASTE, Weights(), 3))
