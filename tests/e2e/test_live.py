"""The main job in a real browser: a face in the webcam becomes ranked, playable songs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Visit

TRACK_ID = re.compile(r"[0-9A-Za-z]{22}")
PLAYER = "https://open.spotify.com/embed/track/"


@pytest.fixture(scope="module")
def songs(repo_root: Path) -> pd.DataFrame:
    return pd.read_parquet(repo_root / "data" / "catalogue.parquet").set_index("track_id")


# These tests share one visitor and one camera session, in this order.


def test_a_smiling_face_is_found(on_camera: Visit) -> None:
    # The heading alone: the chart below it names all seven at all times.
    on_camera.wait_for_text("mood_now", r"\bhappy\b", part="h2")


def test_happy_becomes_the_stable_mood(on_camera: Visit) -> None:
    on_camera.wait_for_text("stable_mood", r"\bhappy\b")


def test_the_timeline_grows(on_camera: Visit) -> None:
    readings = 0
    for _ in range(5):
        readings = on_camera.wait_for_more_readings(readings)
    assert on_camera.at("timeline").locator(".js-plotly-plot").count() == 1


def test_ten_songs_of_the_catalogue_are_listed(on_camera: Visit, songs: pd.DataFrame) -> None:
    ids = on_camera.wait_for_songs()
    assert len(ids) == len(set(ids)) == 10
    for rank, track_id in enumerate(ids, start=1):
        assert TRACK_ID.fullmatch(track_id)
        card = on_camera.text(f"song_{rank}")
        assert songs.loc[track_id, "title"] in card
        assert songs.loc[track_id, "artist"] in card
        assert str(songs.loc[track_id, "year"]) in card


def test_the_songs_stay_while_the_mood_stays(on_camera: Visit) -> None:
    before = on_camera.wait_for_songs()
    on_camera.page.wait_for_timeout(3000)
    assert on_camera.track_ids() == before


def test_nobody_else_is_asked_until_a_player_is_wanted(on_camera: Visit) -> None:
    ids = on_camera.wait_for_songs()
    assert any(url.startswith("ws://") for url in on_camera.requests), "the recording misses web sockets"
    assert on_camera.strangers == []
    on_camera.stub_players()
    on_camera.at(f"play_{ids[2]}").get_by_role("button").click()
    frame = on_camera.at("song_3").locator("iframe")
    frame.wait_for()
    assert (frame.get_attribute("src") or "").split("?")[0] == PLAYER + ids[2]
    frame.content_frame.get_by_text("a player").wait_for()
    assert {url.split("?")[0] for url in on_camera.strangers} == {PLAYER + ids[2]}


def test_the_camera_session_has_written_no_file(on_camera: Visit) -> None:
    assert on_camera.readings() > 0, "the camera was not on"
    assert on_camera.files_before
    assert on_camera.server.files() == on_camera.files_before


def test_no_script_of_the_page_has_failed(on_camera: Visit) -> None:
    assert on_camera.errors == []
