"""Songs that the listener brought along: ranked and listed like the catalogue's."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from moodlib.errors import InputError
from moodlib.mood.target import target_of_emotion
from moodlib.music import catalogue
from moodlib.music.presets import Setting
from moodlib.music.taste import NO_TASTE
from moodlib.music.weights import Weights
from moodlib.ui import session
from moodlib.ui.session import Listener, Mood


def brought(count: int = 12) -> pd.DataFrame:
    """Songs of which only energy and valence are known."""
    return pd.DataFrame(
        {
            "track_id": [f"own-{number}" for number in range(count)],
            "title": [f"{letter * 6} tune" for letter in "abcdefghijklmnopqrst"[:count]],
            "artist": [f"Band {number}" for number in range(count)],
            "energy": [number / count for number in range(count)],
            "valence": [1 - number / count for number in range(count)],
        }
    )


def test_songs_are_added_once_and_the_same_table_comes_back() -> None:
    listener = Listener(mood=Mood("happy", "By hand"))
    assert listener.songs() is session.songs()
    assert listener.add_songs(brought(), "a file") == 12
    assert listener.add_songs(brought(14), "another file") == 2
    assert list(listener.own.columns) == [*catalogue.COLUMNS, "source"]
    assert len(listener.songs()) == len(session.songs()) + 14
    assert listener.songs() is listener.songs()
    listener.forget_songs()
    assert listener.songs() is session.songs()


def test_a_song_of_the_catalogue_is_not_there_twice() -> None:
    listener = Listener()
    listener.add_songs(session.songs().head(3), "a file")
    assert len(listener.songs()) == len(session.songs())


@pytest.mark.parametrize("strategy", ["match", "calm"])
def test_the_list_can_be_chosen_from_them_alone(strategy: str) -> None:
    listener = Listener(mood=Mood("happy", "By hand"), setting=Setting(strategy=strategy))
    before = listener.choose()
    listener.add_songs(brought(), "a file")
    listener.pool = "My own"
    choice = listener.choose()
    assert choice is not None
    assert choice is not before
    assert set(choice.songs["track_id"]) <= set(brought()["track_id"])
    assert len(choice.songs) == 10
    assert choice.songs["score"].notna().all()


def test_a_journey_through_songs_of_unknown_tempo_is_refused_in_a_sentence() -> None:
    listener = Listener(mood=Mood("sad", "By hand"), setting=Setting(strategy="journey"), pool="My own")
    listener.add_songs(brought(), "a file")
    with pytest.raises(InputError, match="tempo is unknown"):
        listener.choose()


def test_what_nobody_knows_of_a_song_counts_as_the_middle() -> None:
    listener = Listener()
    listener.add_songs(brought().assign(energy=float("nan")), "a file")
    listener.pool = "My own"
    ranked = session.ranker().rank(
        listener.songs(), target_of_emotion("happy"), NO_TASTE, Weights(energy=1.0, acousticness=1.0)
    )
    assert (ranked["part_energy"] == 0).all()
    assert (ranked["part_acousticness"] == 0).all()


def test_a_card_says_only_what_is_known_and_offers_no_player_without_a_spotify_id(app: AppTest) -> None:
    listener = app.session_state["listener"]
    listener.mood = Mood("happy", "By hand")
    listener.add_songs(brought(), "a file")
    listener.pool = "My own"
    app.run()
    assert not app.exception
    plays = [button for button in app.button if str(button.key).startswith("play_")]
    assert len(plays) == 10
    assert all(button.disabled for button in plays)
    shown = "".join(str(element.value) for element in app.markdown)
    assert "nan" not in shown
    assert app.get_by_key("pool").value == "My own"
