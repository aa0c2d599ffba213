"""The Spotify page against the stand-in: connect, import, find features, save."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import streamlit as st
from streamlit.testing.v1 import AppTest

from moodlib import paths
from moodlib.ui import connection, session
from moodlib.ui.session import Listener, Mood
from tests.spotify.standin import CLIENT_ID, StandIn, Trouble, track, track_id

PAGE = "pages/account.py"


@pytest.fixture
def spotify(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(saved=70) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        # A page run headless has no cookies.
        monkeypatch.setattr(connection, "browser", lambda: "this browser")
        st.cache_resource.clear()
        yield service
    st.cache_resource.clear()


@pytest.fixture
def page(spotify: StandIn, app: AppTest) -> AppTest:
    app.session_state["listener"].mood = Mood("sad", "By hand")
    return app.switch_page(PAGE).run()


def said(app: AppTest) -> str:
    return " ".join(str(each.value) for each in [*app.error, *app.warning, *app.success])


def listener_of(app: AppTest) -> Listener:
    listener: Listener = app.session_state["listener"]
    return listener


def leave(app: AppTest, client_id: str = CLIENT_ID) -> str:
    """Press Connect; the address of Spotify's page."""
    app.text_input(key="client_id").set_value(client_id)
    app.button(key="go").click().run()
    links = [link.proto.url for link in app.get("link_button")]
    return links[0] if links else ""


def come_back(app: AppTest, address: str) -> AppTest:
    """A new session, as after the redirect."""
    back = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    new = AppTest.from_file(str(paths.ROOT / "app.py"), default_timeout=60)
    for name, value in (pair.split("=", 1) for pair in back.partition("?")[2].split("&")):
        new.query_params[name] = value
    return new.run()


@pytest.fixture
def connected(page: AppTest) -> AppTest:
    return come_back(page, leave(page))


def test_the_page_tells_the_three_steps_and_asks_nobody(page: AppTest, spotify: StandIn) -> None:
    assert not page.exception
    text = " ".join(str(each.value) for each in page.markdown)
    for words in ("counter_1", "counter_2", "counter_3", "http://127.0.0.1:8501", "Client ID"):
        assert words in text
    assert "localhost" not in text
    assert spotify.requests == []


def test_a_bad_client_id_is_said(page: AppTest, spotify: StandIn) -> None:
    assert leave(page, "my id") == ""
    assert "32 characters" in said(page)
    assert spotify.requests == []


def test_the_secrets_may_name_the_client_id_and_the_way_back(page: AppTest) -> None:
    page.secrets["spotify"] = {"client_id": CLIENT_ID, "redirect_uri": "https://mood.example.org"}
    page.run()
    assert not page.text_input
    page.button(key="go").click().run()
    assert "redirect_uri=https%3A%2F%2Fmood.example.org" in page.get("link_button")[0].proto.url


def test_the_new_session_is_connected_and_holds_what_the_old_one_held(connected: AppTest, page: AppTest) -> None:
    assert not connected.exception
    assert any("Connected as Lis Tener" in str(each.value) for each in connected.markdown)
    assert listener_of(connected).mood == Mood("sad", "By hand")
    assert listener_of(connected).camera is not listener_of(page).camera
    assert dict(connected.query_params) == {}


@pytest.mark.parametrize("query", [{"state": "forged", "code": "x"}, {"state": "forged", "error": "access_denied"}])
def test_a_forged_answer_connects_nothing_and_the_page_stays_usable(
    spotify: StandIn, video: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    monkeypatch.chdir(paths.ROOT)
    app = AppTest.from_file(str(paths.ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert "no sign-in that was begun here" in said(app)
    assert listener_of(app).link.account is None
    assert spotify.requests == []
    assert leave(app).startswith(spotify.services.accounts)


def test_an_answer_that_comes_to_another_browser_connects_nothing(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = leave(page)
    monkeypatch.setattr(connection, "browser", lambda: "another browser")
    app = come_back(page, address)
    assert "another browser" in said(app)
    assert listener_of(app).link.account is None
    assert listener_of(app).mood is None


def test_a_no_at_spotify_keeps_the_session(page: AppTest, spotify: StandIn) -> None:
    spotify.deny = True
    app = come_back(page, leave(page))
    assert "did not allow it" in said(app)
    assert listener_of(app).mood == Mood("sad", "By hand")


def test_songs_are_imported_found_asked_for_rated_and_ranked(connected: AppTest, spotify: StandIn) -> None:
    known = session.songs().iloc[0]
    spotify.saved[0] = track(0, id=known["track_id"], name=known["title"])
    spotify.saved[1] = None
    spotify.features = {
        track_id(n): {"energy": 0.2, "valence": 0.1, "danceability": 0.4, "tempo": 80.0} for n in range(2, 60)
    }
    app = connected
    app.button(key="import").click().run()
    assert not app.exception
    assert spotify.count("GET /v1/me/tracks") == 2
    assert [each.value for each in app.metric] == ["69", "1", "0", "68"]
    assert "no longer on Spotify" in str(app.dataframe[0].value)
    assert spotify.count("GET /reccobeats") == 0, "nobody else is asked before the listener agrees"
    assert len(listener_of(app).own) == 69, "those without features are listed as well"
    app.button(key="ask").click().run()
    assert spotify.count("GET /reccobeats") == 2
    assert [each.value for each in app.metric] == ["69", "1", "58", "10"]
    app.slider(key="rated_energy").set_value(20)
    app.slider(key="rated_valence").set_value(10)
    next(button for button in app.button if button.label == "Take it").click().run()
    assert not app.exception
    assert [each.value for each in app.metric] == ["69", "1", "59", "9"]
    listener = listener_of(app)
    listener.pool = "My own"
    choice = listener.choose()
    assert choice is not None
    assert len(listener.songs()) == 60
    assert listener.ledger.requests > 0


def test_a_wait_stops_the_import_with_its_time_and_going_on_ends_it(connected: AppTest, spotify: StandIn) -> None:
    spotify.trouble.append(Trouble("GET /v1/me/tracks", 429, {"Retry-After": "3600"}, after=1))
    app = connected
    app.button(key="import").click().run()
    assert "60 min" in said(app)
    assert len(listener_of(app).own) == 0, "nothing half-imported"
    app.button(key="go_on").click().run()
    assert app.metric[0].value == "70"


def test_an_import_can_be_cancelled(connected: AppTest, spotify: StandIn) -> None:
    spotify.trouble.append(Trouble("GET /v1/me/tracks", 500, after=1))
    app = connected
    app.button(key="import").click().run()
    assert "trouble on its side" in said(app)
    app.button(key="cancel").click().run()
    assert not app.metric
    assert len(listener_of(app).own) == 0
    assert app.button(key="import")


def test_own_playlists_are_offered(connected: AppTest, spotify: StandIn) -> None:
    app = connected
    app.button(key="list").click().run()
    app.multiselect(key="sources").set_value(["Road trip"]).run()
    app.button(key="import").click().run()
    assert app.metric[0].value == "60"


@pytest.mark.parametrize("what", ["The list", "The journey"])
def test_a_list_is_saved_with_its_mood_and_date(connected: AppTest, spotify: StandIn, what: str) -> None:
    app = connected
    app.get_by_key("what").set_value(what).run()
    app.button(key="save").click().run()
    assert not app.exception
    made = listener_of(app).link.saved
    assert made is not None
    held = spotify.playlists[made.id]
    assert held["public"] is False
    assert len(held["songs"]) == 10
    assert "sad" in held["description"]
    assert "20" in held["description"]
    assert held["name"] in said(app)
    assert [link.proto.url for link in app.get("link_button")] == [made.url]


def test_a_list_is_added_to_the_library(connected: AppTest, spotify: StandIn) -> None:
    app = connected
    app.button(key="keep").click().run()
    assert "10 songs added" in said(app)
    assert len(spotify.saved) == 80


def test_disconnecting_forgets_the_token(connected: AppTest, spotify: StandIn) -> None:
    account = listener_of(connected).link.account
    assert account is not None
    connected.button(key="disconnect").click().run()
    assert listener_of(connected).link.account is None
    assert account._manager.cache_handler.get_cached_token() is None
    assert connected.button(key="go")


def test_the_browsers_cookie_says_the_same_under_every_mask() -> None:
    from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

    first, second = (generate_xsrf_token_string(b"0123456789abcdef", 1) for _ in range(2))
    assert first != second
    assert connection.unmasked(first) == connection.unmasked(second) == b"0123456789abcdef".hex()
    for other in ("", "plain", "2|zz|zz|1", "2||00|1"):
        assert connection.unmasked(other) == other
