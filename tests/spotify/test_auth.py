"""Connecting, with the real spotipy in front of the stand-in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from moodlib.errors import InputError
from moodlib.spotify.auth import LIFETIME, MAX_WAITING, SCOPES, Desk
from moodlib.spotify.client import Account
from moodlib.spotify.services import Services, SignedOutError, SpotifyError
from tests.spotify.conftest import REDIRECT, come_back, connect, through_spotify
from tests.spotify.standin import CLIENT_ID, StandIn, Trouble


def test_a_sign_in_sends_no_secret_and_writes_no_file(
    desk: Desk[str], spotify: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    address = desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == REDIRECT
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == set(SCOPES)
    assert len(asked["state"]) >= 32
    assert spotify.requests == [], "nobody is asked before the listener goes there"
    account = connect(desk)
    assert (account.id, account.name) == ("listener", "Lis Tener")
    assert list(tmp_path.iterdir()) == []


def test_two_sign_ins_share_nothing(desk: Desk[str]) -> None:
    first, second = (parse_qs(urlsplit(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")).query) for _ in range(2))
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_the_wrong_verifier_is_refused(desk: Desk[str]) -> None:
    """The stand-in does verify: the code of one sign-in does not pass with another's verifier."""
    mine = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    other = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    with pytest.raises(SpotifyError, match="expired or was used"):
        come_back(desk, mine | {"code": other["code"]})


@pytest.mark.parametrize("state", ["", "forged", "é" * 20])
def test_a_forged_state_connects_nothing(desk: Desk[str], spotify: StandIn, state: str) -> None:
    desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")
    with pytest.raises(SpotifyError, match="no sign-in that was begun here"):
        come_back(desk, {"state": state, "code": "code"})
    assert spotify.count("POST /api/token") == 0


def test_a_replayed_state_connects_nothing(desk: Desk[str], spotify: StandIn) -> None:
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    come_back(desk, back)
    with pytest.raises(SpotifyError, match="used already"):
        come_back(desk, back)
    assert spotify.count("POST /api/token") == 1


def test_another_browser_gets_nothing_and_the_right_one_still_may(desk: Desk[str]) -> None:
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "mine", "luggage"))
    with pytest.raises(SpotifyError, match="another browser"):
        come_back(desk, back, "theirs")
    come_back(desk, back, "mine")


def test_a_state_expires(spotify: StandIn) -> None:
    now = [0.0]
    desk: Desk[str] = Desk(spotify.services, clock=lambda: now[0])
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    now[0] = LIFETIME + 1
    with pytest.raises(SpotifyError, match="longer than ten minutes"):
        come_back(desk, back)
    assert spotify.count("POST /api/token") == 0


def test_an_expired_code_is_said(desk: Desk[str], spotify: StandIn) -> None:
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    spotify.codes.clear()
    with pytest.raises(SpotifyError, match="expired or was used"):
        come_back(desk, back)


def test_a_no_at_spotify_is_said(desk: Desk[str], spotify: StandIn) -> None:
    spotify.deny = True
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    with pytest.raises(SpotifyError, match="did not allow"):
        come_back(desk, back)


def test_those_who_wait_are_bounded(desk: Desk[str]) -> None:
    first = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    for _ in range(MAX_WAITING):
        desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")
    with pytest.raises(SpotifyError, match="no sign-in"):
        come_back(desk, first)


@pytest.mark.parametrize(
    ("client_id", "redirect"),
    [
        ("", REDIRECT),
        ("not an id", REDIRECT),
        (CLIENT_ID + "0", REDIRECT),
        (CLIENT_ID, "http://localhost:8501"),
        (CLIENT_ID, "http://192.168.0.2:8501"),
    ],
)
def test_what_spotify_would_not_take_is_said_before_it_is_asked(
    desk: Desk[str], spotify: StandIn, client_id: str, redirect: str
) -> None:
    with pytest.raises(InputError):
        desk.leave(client_id, redirect, "browser", "luggage")
    assert spotify.requests == []


def test_an_expired_token_is_renewed_without_a_word(account: Account, spotify: StandIn) -> None:
    spotify.expire()
    account.get("me")
    assert spotify.count("POST /api/token") == 2
    account.get("me")
    assert spotify.count("POST /api/token") == 2


def test_a_token_about_to_end_is_renewed_before(desk: Desk[str], spotify: StandIn) -> None:
    spotify.lifetime = 30
    account = connect(desk)
    account.get("me")
    assert spotify.count("POST /api/token") >= 2
    assert "401" not in spotify.requests


def test_every_request_is_told_with_its_address(desk: Desk[str], spotify: StandIn) -> None:
    manager = come_back(desk, through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")))
    told: list[str] = []
    account = Account(manager, desk.services, told.append)
    before = len(spotify.requests) - 1
    spotify.expire()
    account.get("me")
    assert told == ["api.spotify.com"] * 2 + ["accounts.spotify.com", "api.spotify.com"]
    assert len(spotify.requests) - before == len(told)


def test_a_revoked_token_ends_the_connection(account: Account, spotify: StandIn) -> None:
    spotify.revoke()
    with pytest.raises(SignedOutError, match="connect again"):
        account.get("me")


def test_disconnecting_forgets_the_token(account: Account, spotify: StandIn) -> None:
    account.disconnect()
    before = len(spotify.requests)
    with pytest.raises(SignedOutError):
        account.get("me")
    assert len(spotify.requests) == before


def test_no_network_is_said(desk: Desk[str], spotify: StandIn) -> None:
    back = through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage"))
    spotify.trouble.append(Trouble("POST /api/token", cut=True))
    with pytest.raises(SpotifyError, match="cannot be reached"):
        come_back(desk, back)


def test_a_stand_in_must_be_on_this_computer() -> None:
    assert Services.configured({}) == Services()
    assert Services.configured({"MOODLIB_SPOTIFY_API": "http://127.0.0.1:9/v1/"}).api == "http://127.0.0.1:9/v1"
    for address in ("https://example.org", "http://127.0.0.1.example.org/"):
        with pytest.raises(InputError, match=r"127\.0\.0\.1"):
            Services.configured({"MOODLIB_SPOTIFY_API": address})
