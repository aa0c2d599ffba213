from __future__ import annotations

import json

import numpy as np
import pytest

from moodlib.cli import main
from moodlib.commands import variety as command
from moodlib.music import playlist, variety


def test_distance_within_a_list_is_the_mean_over_pairs():
    places = np.zeros((3, 8))
    places[1, 0], places[2, 1] = 3.0, 4.0
    assert variety.intra_list_distance(places) == pytest.approx((3 + 4 + 5) / 3)
    assert np.isnan(variety.intra_list_distance(places[:1]))


def test_figures_of_the_lists(ranker, some_songs):
    figures = variety.measure(ranker, some_songs, 2)
    assert figures["repeated_artists"] == figures["repeated_titles"] == 0
    assert figures["without_shuffle"]["coverage"] <= figures["with_shuffle"]["coverage"] <= 1
    assert figures["with_shuffle"]["lists"] == 2 * figures["without_shuffle"]["lists"]
    assert 0 < figures["kept_from_day_to_day"] < 1
    # A shuffle may only swap what fits about equally well.
    assert figures["without_shuffle"]["fit"] - figures["with_shuffle"]["fit"] < 0.1
    none, *wider = figures["tolerances"]
    assert (none["tolerance"], none["fit_lost"], none["kept_from_day_to_day"]) == (0, 0, 1)
    assert none["fit"] == pytest.approx(figures["without_shuffle"]["fit"])
    assert all(none["coverage"] < row["coverage"] for row in wider)
    # The row of the tolerance in use says of the lists what the lists themselves say.
    used = next(row for row in wider if row["tolerance"] == figures["tolerance"])
    assert used["coverage"] == pytest.approx(figures["with_shuffle"]["coverage"])
    assert used["fit"] == pytest.approx(figures["with_shuffle"]["fit"])
    assert json.loads(json.dumps(figures)) == figures


def test_the_recorded_figures_are_those_of_the_command():
    recorded = json.loads(command.RECORD.read_text())
    assert recorded["command"].endswith("evaluate variety --record")
    assert recorded["repeated_artists"] == 0
    assert recorded["songs"] == 7000
    assert recorded["tolerance"] == playlist.NEAR
    # What the shuffle is for, and what it may cost.
    used = next(row for row in recorded["tolerances"] if row["tolerance"] == playlist.NEAR)
    assert used["coverage"] > 0.05
    assert used["fit_lost"] < 0.02
    assert used["kept_from_day_to_day"] < 0.1


def test_a_number_of_days_that_makes_no_sense_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", "variety", "--days", "1"])
    assert stop.value.code == 2
    assert "days" in capsys.readouterr().err
