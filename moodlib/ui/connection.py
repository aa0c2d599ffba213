"""What a session holds of a Spotify account, and the way back from Spotify's page."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from moodlib.errors import InputError
from moodlib.ui.camera import CameraLink

if TYPE_CHECKING:
    from moodlib.spotify.auth import Desk
    from moodlib.spotify.client import Account
    from moodlib.spotify.features import Cache, Lookup
    from moodlib.spotify.library import Import, Playlist, Skipped, Source


@dataclass
class Connection:
    """A session's account and what goes on with it. Nothing of it is written anywhere.

    Attributes:
        account: The connected account, which holds the token; None while there is none.
        client_id: As it was typed in.
        address: Spotify's page, when the listener is about to go there.
        message: Said once on the account's page: why something failed.
        done: Likewise: what has been done.
        playlists: Own playlists, once they were listed.
        going: An import under way.
        lookup: A search for audio features under way.
        problem: Why what is under way has stopped.
        imported: Every imported song, whether its sound is known or not; see `features.from_catalogue`.
        skipped: What could not be imported.
        asked: Ids that ReccoBeats was asked for.
        saved: The playlist made last.
    """

    account: Account | None = None
    client_id: str = ""
    address: str = ""
    message: str = ""
    done: str = ""
    playlists: list[Source] | None = None
    going: Import | None = None
    lookup: Lookup | None = None
    problem: str = ""
    imported: pd.DataFrame | None = None
    skipped: list[Skipped] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    saved: Playlist | None = None


@st.cache_resource(show_spinner=False, max_entries=1)
def desk() -> Desk[Any]:
    """Where listeners who are at Spotify's page are waited for. Shared by all sessions."""
    from moodlib.spotify.auth import Desk

    return Desk()


@st.cache_resource(show_spinner=False, max_entries=1)
def feature_cache() -> Cache:
    """The cache of audio features on disk. Shared by all sessions."""
    from moodlib.spotify.features import Cache

    return Cache()


def browser() -> str:
    """What tells this browser from others: the cookie that Streamlit itself sets against forged requests."""
    return unmasked(str(st.context.cookies.get("_streamlit_xsrf", "")))


def unmasked(cookie: str) -> str:
    """What stays the same of that cookie: each answer of the server writes it under another mask.

    Its form is Tornado's second version, `2|mask|token XOR mask|time`, in hexadecimal digits; any other comes back as
    it is.
    """
    parts = cookie.strip('"').split("|")
    if len(parts) != 4 or parts[0] != "2":
        return cookie
    try:
        mask, token = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return cookie
    return bytes(byte ^ mask[place % len(mask)] for place, byte in enumerate(token)).hex() if mask else cookie


def returned() -> None:
    """Take in a listener who comes back from Spotify's page, with all that their session held, and show the account.

    Spotify's answer is in the page's address. Streamlit has begun a new session for it; the one that was left waits at
    the desk and goes on here.
    """
    if "state" not in st.query_params or not {"code", "error"} & set(st.query_params):
        return
    # Only here, since most sessions never need Spotify's client.
    from moodlib.spotify.client import Account
    from moodlib.ui import session

    state, code, refusal = (str(st.query_params.get(name, "")) for name in ("state", "code", "error"))
    st.query_params.clear()
    try:
        manager, left = desk().arrive(state, browser())
        # The camera stays with the session that it was opened in.
        listener = session.adopt(dataclasses.replace(left, camera=CameraLink()))
        if code and not refusal:
            listener.ledger.asked("accounts.spotify.com", "sign-in")
        manager.finish(code, refusal)
        listener.link.account = Account(
            manager, desk().services, lambda host: listener.ledger.asked(host, "your account")
        )
        listener.link.message = ""
    except InputError as error:
        session.current().link.message = str(error)
    st.switch_page("pages/account.py")
