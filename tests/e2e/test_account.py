"""A real browser goes over the stand-in's sign-in page and back, takes songs out and puts a list in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import running_server, visit
from tests.spotify.standin import CLIENT_ID, StandIn, track, track_id

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.conftest import Visit


@pytest.fixture
def spotify() -> Iterator[StandIn]:
    with StandIn(saved=130) as service:
        # Titles that differ: a list holds one of several that are nearly the same.
        for number, song in enumerate(service.saved):
            song["name"] = hashlib.sha256(bytes([number])).hexdigest()[:16]
        service.saved[7] = track(7, is_local=True, id=None, name="Home tape")
        sound = {"energy": 0.2, "valence": 0.2, "danceability": 0.4, "tempo": 80.0}
        service.features = {track_id(n): sound for n in range(120)}
        yield service


@pytest.fixture
def guest(
    smiling_browser: Browser, spotify: StandIn, repo_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visit]:
    """A visitor of one test alone, at a server that speaks to the stand-in alone."""
    with (
        running_server(repo_root, tmp_path_factory.mktemp("account"), spotify.environment) as server,
        visit(smiling_browser, server) as visitor,
    ):
        visitor.open()
        visitor.files_before = server.files()
        yield visitor


def enter_client_id(guest: Visit) -> None:
    guest.page.get_by_role("link", name="Spotify", exact=True).first.click()
    guest.at("client_id").locator("input").fill(CLIENT_ID)
    guest.at("client_id").locator("input").press("Tab")
    guest.settle()


def test_an_account_is_connected_songs_come_and_a_list_goes(guest: Visit, spotify: StandIn) -> None:
    guest.choose("source", "By hand")
    guest.choose("hand_mood", "sad")
    guest.wait_for_songs()
    enter_client_id(guest)
    assert guest.strangers == []
    assert spotify.requests == []
    guest.at("go").get_by_role("button").click()
    guest.wait_for_text("connected", "Connected as Lis Tener")
    assert guest.page.url.rstrip("/").endswith("/account"), "neither code nor state stays in the address"
    assert guest.page.evaluate("document.cookie").count("_streamlit_xsrf") == 1, "what the state is bound to"
    guest.at("import").get_by_role("button").click()
    guest.wait_for_text("sound", r"129[\s\S]*1 entry is no song of")
    assert spotify.count("GET /reccobeats") == 0
    assert guest.server.files() == guest.files_before, "the token and the songs are in memory only"
    guest.at("ask").get_by_role("button").click()
    guest.wait_for_text("sound", r"119")
    # The mood that was picked before the way over Spotify's page is still there.
    guest.at("save").get_by_role("button").click()
    guest.at("open_saved").wait_for()
    made = list(spotify.playlists.values())[-1]
    assert re.fullmatch(r"Mood DJ: sad, \d\d \w+ \d{4}", made["name"])
    assert made["public"] is False
    assert len(made["songs"]) == 10
    new = {name for name in guest.server.files() if guest.server.files()[name] != guest.files_before.get(name)}
    assert {Path(name).name for name in new} == {"features.sqlite"}
    for folder in guest.server.folders:
        for path in folder.rglob("*.sqlite"):
            assert not any(token.encode() in path.read_bytes() for token in spotify.tokens | spotify.refresh_tokens)
    assert not any(token in guest.server.log.read_text() for token in spotify.tokens | spotify.refresh_tokens)
    base = spotify.services.accounts
    assert {url.partition("?")[0] for url in guest.strangers} == {f"{base}/authorize"}
    # The imported songs are ranked alone, and disconnecting shows the three steps again.
    guest.page.get_by_role("link", name="Live", exact=True).first.click()
    guest.choose("pool", "My own")
    expect(guest.at("songs").locator('[class*="st-key-play_standIn"]')).to_have_count(10)
    assert all(name.startswith("standIn") for name in guest.wait_for_songs())
    guest.page.get_by_role("link", name="Spotify", exact=True).first.click()
    guest.at("disconnect").get_by_role("button").click()
    guest.wait_for_text("connect", "Create app")
    assert guest.errors == []


def test_an_import_can_be_cancelled_while_it_runs(guest: Visit, spotify: StandIn) -> None:
    enter_client_id(guest)
    guest.at("go").get_by_role("button").click()
    guest.wait_for_text("connected", "Connected as Lis Tener")
    # Long enough to be still running when a slow browser has found the button.
    spotify.saved += [track(number) for number in range(1000, 11_000)]
    spotify.latency = 0.2
    guest.at("import").get_by_role("button").click()
    guest.at("cancel").get_by_role("button").click()
    guest.at("import").wait_for()
    guest.settle()
    spotify.latency = 0.0
    assert 0 < spotify.count("GET /v1/me/tracks") < 200
    assert "10," not in guest.text("sound"), "nothing half-imported"
    assert guest.errors == []


def test_a_forged_answer_is_said(visitor: Visit) -> None:
    visitor.page.goto(f"{visitor.server.url}?state=forged&code=forged")
    visitor.page.get_by_text("no sign-in that was begun here").wait_for()
    visitor.wait_for_text("connect", "Create app")
