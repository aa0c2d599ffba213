"""The stand-in for Spotify, and accounts connected to it - or to the real service when the environment gives a token.

With `SPOTIFY_CLIENT_ID` and `SPOTIFY_TOKEN` (an access token with the scopes of `moodlib.spotify.auth.SCOPES`) the
tests that use `any_account` run against Spotify as well.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from moodlib.spotify.auth import SCOPES, Desk, Pkce
from moodlib.spotify.client import Account
from moodlib.spotify.features import Cache
from moodlib.spotify.services import Services
from tests.spotify.standin import CLIENT_ID, StandIn

REDIRECT = "http://127.0.0.1:8501"


@pytest.fixture
def spotify() -> Iterator[StandIn]:
    with StandIn() as service:
        yield service


@pytest.fixture
def desk(spotify: StandIn) -> Desk[str]:
    return Desk(spotify.services)


def through_spotify(address: str) -> dict[str, str]:
    """What Spotify puts into the address that it sends the browser back to."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def come_back(desk: Desk[str], back: dict[str, str], browser: str = "browser") -> Pkce:
    """What the page does with what Spotify put into the address."""
    manager, luggage = desk.arrive(back["state"], browser)
    assert luggage == "luggage"
    manager.finish(back.get("code", ""), back.get("error", ""))
    return manager


def connect(desk: Desk[str]) -> Account:
    manager = come_back(desk, through_spotify(desk.leave(CLIENT_ID, REDIRECT, "browser", "luggage")))
    return Account(manager, desk.services)


@pytest.fixture
def account(desk: Desk[str]) -> Account:
    return connect(desk)


@pytest.fixture(params=["stand-in", "real"])
def any_account(request: pytest.FixtureRequest) -> Account:
    """Connected to the stand-in, and once more to Spotify itself when the environment gives a token."""
    if request.param == "stand-in":
        return connect(request.getfixturevalue("desk"))
    client_id, token = os.environ.get("SPOTIFY_CLIENT_ID"), os.environ.get("SPOTIFY_TOKEN")
    if not client_id or not token:
        pytest.skip("needs SPOTIFY_CLIENT_ID and SPOTIFY_TOKEN")
    manager = Pkce(client_id, REDIRECT, Services())
    manager.cache_handler.save_token_to_cache(
        {"access_token": token, "expires_at": time.time() + 3000, "scope": " ".join(SCOPES)}
    )
    return Account(manager, Services())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache" / "features.sqlite")
