"""The Tune page, headless: what each control does to the list, and that the address brings all of it back."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from moodlib import paths
from moodlib.music.presets import DEFAULT, PRESETS, Setting
from moodlib.music.weights import WEIGHTS, Weights
from moodlib.ui import journeys, session, tune_charts
from moodlib.ui.session import Listener


@pytest.fixture
def tune(app: AppTest) -> AppTest:
    return app.switch_page("pages/tune.py").run()


def listener(app: AppTest) -> Listener:
    found = app.session_state["listener"]
    assert isinstance(found, Listener)
    return found


def song_ids(app: AppTest) -> list[str]:
    return [str(b.key).removeprefix("like_") for b in app.button if str(b.key).startswith("like_")]


def everything(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.markdown, *app.caption])


def test_an_example_is_ranked_and_called_one(tune: AppTest) -> None:
    assert not tune.exception
    assert "An example" in everything(tune)
    assert listener(tune).mood is None
    assert len(song_ids(tune)) == 10
    assert [s.key for s in tune.slider if str(s.key).startswith("weight_")] == [f"weight_{w.name}" for w in WEIGHTS]
    assert not tune.get("iframe")


def test_a_slider_reorders_says_how_far_songs_moved_and_reset_takes_it_back(tune: AppTest) -> None:
    before = song_ids(tune)
    tune.slider(key="weight_acousticness").set_value(1.0).run()
    assert song_ids(tune) != before
    assert "▲" in everything(tune)
    tune.slider(key="length").set_value(20).run()
    assert len(song_ids(tune)) == 20
    tune.button(key="reset").click().run()
    assert listener(tune).setting == DEFAULT
    assert tune.slider(key="weight_acousticness").value == 0.0
    assert song_ids(tune) == before


def test_all_weights_at_zero_is_said_and_the_last_one_not_taken(tune: AppTest) -> None:
    for weight in WEIGHTS:
        if weight.default:
            tune.slider(key=f"weight_{weight.name}").set_value(0.0).run()
    assert not tune.exception
    assert "All weights are zero" in tune.warning[0].value
    assert any(getattr(listener(tune).weights, weight.name) for weight in WEIGHTS)
    assert len(song_ids(tune)) == 10


def test_ranges_keep_songs_within_and_say_what_to_loosen(tune: AppTest) -> None:
    tune.slider(key="years").set_value((1990, 1999)).run()
    choice = listener(tune).choose(session.EXAMPLE)
    assert choice is not None
    assert choice.songs["year"].between(1990, 1999).all()
    tune.slider(key="years").set_value((1950, 1950)).run()
    tune.slider(key="tempos").set_value((219, 220)).run()
    assert not tune.exception
    assert "loosen the" in tune.error[0].value
    tune.button(key="reset").click().run()
    assert len(song_ids(tune)) == 10


def test_a_preset_sets_everything_and_one_of_ones_own_comes_back(tune: AppTest) -> None:
    campfire = next(preset for preset in PRESETS if preset.name == "Campfire")
    tune.get_by_key("preset").set_value("Campfire").run()
    assert listener(tune).setting == campfire.setting
    tune.slider(key="weight_novelty").set_value(0.5).run()
    mine = listener(tune).setting
    tune.text_input(key="preset_name").set_value("  Sunday   morning ").run()
    tune.button(key="keep_preset").click().run()
    tune.button(key="reset").click().run()
    tune.get_by_key("preset").set_value("Sunday morning").run()
    assert listener(tune).setting == mine


@pytest.mark.parametrize(("name", "words"), [("", "needs a name"), ("Campfire", "always there")])
def test_a_name_that_cannot_be_taken_is_said(tune: AppTest, name: str, words: str) -> None:
    tune.text_input(key="preset_name").set_value(name).run()
    tune.button(key="keep_preset").click().run()
    assert words in tune.warning[0].value
    assert listener(tune).presets == {}


def test_two_settings_stand_side_by_side_and_change_places(tune: AppTest) -> None:
    first = song_ids(tune)
    tune.button(key="keep_b").click().run()
    tune.slider(key="weight_energy").set_value(-0.5).run()
    table = tune.table[0].value
    assert list(table.columns) == ["#", "A", "B", "in A"]
    assert len(table) == 10
    moved = song_ids(tune)
    assert moved != first
    tune.button(key="swap").click().run()
    assert song_ids(tune) == first
    assert listener(tune).other == Setting(weights=Weights(energy=-0.5))
    tune.button(key="close_b").click().run()
    assert not tune.table


def test_the_table_of_two_lists_is_right() -> None:
    mine = pd.DataFrame({"track_id": ["a", "b"], "title": ["One", "<b>Two"], "artist": ["X", "Y"], "rank": [1, 2]})
    other = pd.DataFrame({"track_id": ["b", "c", "d"], "title": ["<b>Two", "$x$", "Four"], "artist": ["Y", "Z", "W"]})
    table = tune_charts.side_by_side(mine, other)
    assert table["in A"].tolist() == ["2", "–", "–"]
    assert table["A"].tolist() == ["One · X", r"\<b\>Two · Y", ""]
    assert table["B"][1] == r"\$x\$ · Z"


# The address.


def test_a_link_brings_the_whole_page_back(tune: AppTest) -> None:
    tune.get_by_key("hand_mood").set_value("sad").run()
    tune.slider(key="weight_novelty").set_value(0.75).run()
    tune.slider(key="years").set_value((1980, 2025)).run()
    tune.slider(key="length").set_value(7).run()
    tune.button(key="shuffle").click().run()
    tune.selectbox(key="against").set_value("Campfire").run()
    setting, other, listed = listener(tune).setting, listener(tune).other, song_ids(tune)
    link = {key: values if isinstance(values, str) else values[-1] for key, values in tune.query_params.items()}

    again = AppTest.from_file(str(paths.ROOT / "app.py"), default_timeout=60).run()
    again.switch_page("pages/tune.py")
    for key, value in link.items():
        again.query_params[key] = value
    again.run()
    assert not again.exception
    assert not again.warning
    assert listener(again).setting == setting
    assert listener(again).other == other
    assert listener(again).picked == "sad"
    assert song_ids(again) == listed


def test_a_bad_address_gives_sentences_and_the_defaults(tune: AppTest) -> None:
    for key, value in {"energy": "7", "strategy": "<script>", "songs": "many", "mood": "glum", "toString": "1"}.items():
        tune.query_params[key] = value
    tune.run()
    assert not tune.exception
    assert len(tune.warning) == 5
    assert listener(tune).setting == DEFAULT
    assert listener(tune).mood is None
    tune.run()
    assert not tune.warning, "each is said once"


# What was said of songs.


def test_a_like_moves_the_list_at_once_and_can_be_undone(tune: AppTest) -> None:
    before = song_ids(tune)
    tune.button(key=f"like_{before[4]}").click().run()
    after = song_ids(tune)
    assert after != before
    assert listener(tune).taste.liked == (before[4],)
    tune.button(key="undo").click().run()
    assert song_ids(tune) == before
    assert listener(tune).taste.silent


def test_a_skip_and_an_unwanted_artist_leave_the_list(tune: AppTest) -> None:
    before = song_ids(tune)
    tune.button(key=f"skip_{before[0]}").click().run()
    assert before[0] not in song_ids(tune)
    second = song_ids(tune)[0]
    choose(tune, second, "block")
    assert second not in song_ids(tune)
    assert len(listener(tune).taste.blocked) == 1
    for _ in range(2):
        tune.button(key="undo").click().run()
    assert song_ids(tune) == before
    assert not [button for button in tune.button if button.key == "undo"]


def choose(app: AppTest, track_id: str, word: str) -> None:
    """Take an entry of a song's menu."""
    app.get_by_key(f"more_{track_id}").set_value(word).run()


def test_more_like_this_moves_the_list(tune: AppTest) -> None:
    before = song_ids(tune)
    choose(tune, before[2], "seed")
    assert listener(tune).taste.seeds == (before[2],)
    assert song_ids(tune) != before


# Journey.


def test_a_journey_shows_its_way_or_says_why_there_is_none(tune: AppTest) -> None:
    tune.get_by_key("hand_mood").set_value("sad").run()
    tune.selectbox(key="strategy_choice").set_value("journey").run()
    assert not tune.exception
    assert len(song_ids(tune)) == 10
    assert "even steps" in everything(tune)
    tune.selectbox(key="to").set_value("sad").run()
    assert "same mood" in tune.error[0].value
    tune.selectbox(key="to").set_value("calm").run()
    assert len(song_ids(tune)) == 10


def test_a_journey_is_as_long_as_asked_for_in_songs_or_in_minutes(tune: AppTest) -> None:
    tune.get_by_key("hand_mood").set_value("sad").run()
    tune.selectbox(key="strategy_choice").set_value("journey").run()
    tune.selectbox(key="to").set_value("energetic").run()
    tune.slider(key="length").set_value(6).run()
    assert len(song_ids(tune)) == 6
    tune.get_by_key("journey_by").set_value("Minutes").run()
    assert listener(tune).setting.minutes == 20, "about as long as it was"
    tune.slider(key="minutes").set_value(40).run()
    assert not tune.exception
    choice = listener(tune).chosen
    assert choice is not None
    assert choice.songs["duration_ms"].sum() / 60_000 == pytest.approx(40, abs=2)
    assert f"{len(choice.songs)} songs, " in everything(tune)
    said = {key: values if isinstance(values, str) else values[-1] for key, values in tune.query_params.items()}
    assert (said["strategy"], said["to"], said["minutes"]) == ("journey", "energetic", "40")

    again = AppTest.from_file(str(paths.ROOT / "app.py"), default_timeout=60).run()
    again.switch_page("pages/tune.py")
    for key, value in said.items():
        again.query_params[key] = value
    again.run()
    assert song_ids(again) == song_ids(tune)
    assert again.slider(key="minutes").value == 40
    again.get_by_key("journey_by").set_value("Songs").run()
    assert listener(again).setting.minutes is None
    assert len(song_ids(again)) == 6


def test_a_journeys_songs_say_how_near_they_lie_to_their_steps(tune: AppTest) -> None:
    song = {"felt_valence": 0.1, "felt_arousal": 0.0, "step_valence": 0.1, "step_arousal": 0.08}
    assert journeys.nearness(song) == "on the way"
    assert journeys.nearness(song | {"step_arousal": 0.2}) == "near the way"
    assert journeys.nearness(song | {"step_arousal": -0.9}) == "off the way"
    tune.get_by_key("hand_mood").set_value("sad").run()
    tune.selectbox(key="strategy_choice").set_value("journey").run()
    tune.selectbox(key="to").set_value("calm").run()
    said = everything(tune)
    assert "From :" in said
    assert "to calm" in said
    assert said.count(" the way]") == 10
    assert "fits " not in said
    # No artist comes twice on the way whatever this slider says.
    assert "per_artist" not in [slider.key for slider in tune.slider]
    choice = listener(tune).chosen
    assert choice is not None
    assert not choice.songs["part_variety"].any()


def test_the_way_on_the_map_goes_from_the_mood_to_the_destination() -> None:
    from moodlib.mood.target import Target

    start, end = Target(-0.8, -0.4), Target(0.6, 0.2)
    songs = pd.DataFrame(
        {
            "rank": [1, 2], "title": ["a", "b"], "artist": ["c", "d"], "felt_valence": [-0.7, 0.5],
            "felt_arousal": [-0.3, 0.1], "step_valence": [-0.8, 0.6], "step_arousal": [-0.4, 0.2],
        }
    )  # fmt: skip
    traces = {trace.name: trace for trace in tune_charts.song_map(songs, start, end, journey=True).data}
    assert (traces["way"].x[0], traces["way"].y[0]) == (start.valence, start.arousal)
    assert (traces["way"].x[-1], traces["way"].y[-1]) == (end.valence, end.arousal)
    assert list(traces["songs"].x) == [-0.7, 0.5]
    assert "way" not in {trace.name for trace in tune_charts.song_map(songs, start, end, journey=False).data}


def test_markup_in_a_title_stays_text_in_the_figures() -> None:
    from moodlib.emotions import BY_NAME
    from moodlib.ui import charts, map_charts

    songs = pd.DataFrame(
        {"rank": [1], "title": ["<b>x</b>"], "artist": ["<i>y"], "felt_valence": [0.1], "felt_arousal": [0.1]}
    ).assign(part_mood_fit=0.5)
    drawn = map_charts.mood_map(picks=songs, place=(0, 0), emotion=next(iter(BY_NAME))).to_json()
    drawn += charts.score_parts(songs, {}).to_json()
    assert "\\u003cb\\u003ex" not in drawn
    assert "<b>x" not in drawn
    assert "&lt;b&gt;x" in drawn.replace("\\u0026", "&")
