from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from moodlib.emotions import BY_NAME, EMOTIONS, NAMES
from moodlib.mood.state import MoodState
from moodlib.mood.target import Target
from moodlib.mood.timeline import Timeline
from moodlib.ui import charts, map_charts, words

EVEN = np.full(7, 1 / 7, dtype=np.float32)


def hours(seconds: float, every: float = 0.1) -> Timeline:
    timeline = Timeline()
    for step in range(int(seconds / every)):
        timeline.add(MoodState(step * every, True, False, False, "happy", "happy", 0.2, EVEN, 0.1, 0.1, 1))
    return timeline


def test_bars_show_all_seven_in_order_and_colour():
    probabilities = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05], dtype=np.float32)
    bar = charts.bars(probabilities).data[1]
    assert list(bar.y) == list(NAMES)
    assert list(bar.x) == pytest.approx(probabilities * 100, abs=0.06)
    assert list(bar.marker.color) == [emotion.colour for emotion in EMOTIONS]


def test_timeline_has_a_line_of_its_own_kind_for_each_emotion():
    figure = charts.timeline(hours(10).frame(), 120.0)
    assert [trace.name for trace in figure.data] == list(NAMES)
    assert [(trace.line.color, trace.line.dash) for trace in figure.data] == [(e.colour, e.dash) for e in EMOTIONS]
    assert figure.layout.uirevision == "constant"
    assert list(figure.layout.xaxis.range) == [0.0, 120.0]


@pytest.mark.parametrize("seconds", [120.0, None])
def test_timeline_stays_small_however_long_the_session(seconds):
    figure = charts.timeline(hours(3600).frame(seconds, points=240), seconds)
    assert max(len(trace.x) for trace in figure.data) <= 240
    assert len(figure.to_json()) < 40_000


def test_an_empty_timeline_is_a_chart_too():
    assert len(charts.timeline(Timeline().frame(), 120.0).data) == 7


def test_the_listener_stands_where_the_mood_is_in_its_colour():
    figure = map_charts.mood_map(place=(0.3, -0.2), emotion="sad", target=Target(0.5, 0.1))
    you = next(trace for trace in figure.data if trace.name == "you")
    assert (you.x[0], you.y[0], you.marker.color) == (0.3, -0.2, BY_NAME["sad"].colour)
    aim = next(trace for trace in figure.data if trace.name == "aim")
    assert (aim.x[0], aim.y[0]) == (0.5, 0.1)


def test_every_song_of_the_cloud_is_shown_once():
    songs = pd.DataFrame({"felt_valence": np.linspace(-1, 1, 50), "felt_arousal": np.linspace(1, -1, 50)})
    clouds = [trace for trace in map_charts.mood_map(songs=songs).data if trace.type == "scattergl"]
    assert sum(len(trace.x) for trace in clouds) == 50


def test_a_place_belongs_to_the_emotion_that_stands_on_it():
    owner = map_charts.nearest([e.valence for e in EMOTIONS], [e.arousal for e in EMOTIONS])
    assert list(owner) == list(range(7))


def test_score_parts_leave_out_what_plays_no_role():
    picked = pd.DataFrame(
        {"rank": [1, 2], "title": ["A", "B" * 60], "part_mood_fit": [0.9, 0.8], "part_taste": [0.0, 0.0]}
    )
    figure = charts.score_parts(picked, {"mood_fit": "Mood fit"})
    assert [trace.name for trace in figure.data] == ["Mood fit"]
    assert list(figure.data[0].x) == [0.9, 0.8]


def test_no_chart_needs_an_address():
    figures = [charts.bars(EVEN), map_charts.mood_map(), charts.timeline(Timeline().frame())]
    assert not any("http" in json.dumps(figure.to_plotly_json(), default=str) for figure in figures)


def test_a_title_is_text_and_nothing_else():
    assert words.plain("[a](http://b) :red[c] $x$ *d*") == r"\[a\]\(http\://b\) \:red\[c\] \$x\$ \*d\*"
