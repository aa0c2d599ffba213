"""The Spotify page's parts: connecting, and lists that go into the account."""

from __future__ import annotations

import copy
from datetime import date
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from moodlib.errors import InputError
from moodlib.mood.target import STRATEGIES
from moodlib.spotify import library
from moodlib.ui import cards, connection, session
from moodlib.ui.session import Choice, Listener

_DASHBOARD: Final = "https://developer.spotify.com/dashboard"

_GO_JS: Final = """
export default function (component) {
  // In this tab, for the way back ends in this app.
  window.location.assign(component.data.address)
}
"""
_go = st.components.v2.component("go_to_spotify", html="<span></span>", js=_GO_JS)


def redirect_address() -> str:
    """Where Spotify sends the browser back to: what the secrets say, else this server's loopback address."""
    named = _secret("redirect_uri")
    return named or f"http://127.0.0.1:{st.get_option('server.port')}"


def _secret(name: str) -> str:
    """A value of the section `[spotify]` of .streamlit/secrets.toml, or ""."""
    try:
        return str(st.secrets.get("spotify", {}).get(name, ""))
    except (FileNotFoundError, st.errors.StreamlitSecretNotFoundError):
        return ""


def message(listener: Listener) -> None:
    """What the last thing that was asked of Spotify ended in, said once."""
    link = listener.link
    if link.message:
        st.error(link.message, icon=":material/error:")
    if link.done:
        st.success(link.done, icon=":material/check:")
    link.message, link.done = "", ""


def connect(listener: Listener) -> None:
    """The three steps to a client id, and the button that goes to Spotify."""
    known, back = _secret("client_id"), redirect_address()
    here = str(st.context.url or back)
    if urlsplit(here).netloc != urlsplit(back).netloc:
        # The browser comes back to another address, where it is not recognised.
        st.warning(f"To connect, open this page at [{back}]({back}/account).", icon=":material/warning:")
    with st.container(border=True, key="connect"):
        st.markdown("## Connect your account", anchors=False)
        if not known:
            st.markdown(
                f":material/counter_1: Open [Spotify's dashboard]({_DASHBOARD}), sign in (its owner needs Premium) and "
                "press **Create app**.\n\n"
                f":material/counter_2: Give it any name, choose **Web API**, and enter this redirect URI: `{back}`\n\n"
                ":material/counter_3: Save, copy the **Client ID** from its settings and paste it here. No secret is "
                "needed. (Whoever runs this app can write it into `.streamlit/secrets.toml` as `client_id` under "
                "`[spotify]`.)"
            )
            st.text_input(
                "Client ID",
                key="client_id",
                value=listener.link.client_id,
                max_chars=64,
                placeholder="32 characters, 0 to 9 and a to f",
            )
        st.caption(
            "You will be asked at Spotify whether this app may read your library, your top songs and playlists, save "
            "songs and make private playlists. The permission is kept in this session's memory only."
        )
        st.button(
            "Connect with Spotify",
            key="go",
            type="primary",
            icon=":material/link:",
            on_click=_leave,
            args=(known, back),
        )
        if listener.link.address:
            _go(key="go_now", data={"address": listener.link.address})
            st.link_button("Go on at Spotify", listener.link.address, key="go_by_hand", icon=":material/open_in_new:")
            listener.link.address = ""


def _leave(known: str, back: str) -> None:
    listener = session.current()
    listener.link.client_id = known or str(st.session_state["client_id"]).strip()
    try:
        listener.link.address = connection.desk().leave(listener.link.client_id, back, connection.browser(), listener)
    except InputError as error:
        listener.link.message = str(error)


def connected(listener: Listener) -> None:
    """Whose account it is, and the way out."""
    account = listener.link.account
    with st.container(horizontal=True, vertical_alignment="center", key="connected"):
        if account is not None:
            st.badge(f"Connected as {account.name}", icon=":material/link:", color="green")
        st.space("stretch")
        st.button("Disconnect", key="disconnect", icon=":material/link_off:", on_click=_disconnect)


def _disconnect() -> None:
    link = session.current().link
    if link.account is not None:
        link.account.disconnect()
    link.account, link.playlists, link.going, link.saved, link.problem = None, None, None, None, ""


def saving(listener: Listener) -> None:
    """The list, or a journey, as a private playlist or into the library."""
    with st.container(border=True, key="saving"):
        st.markdown("## Save your songs", anchors=False)
        cards.hand_mood(listener, "Songs for")
        what = st.segmented_control(
            "What to save", ["The list", "The journey"], key="what", default="The list", required=True
        )
        chosen = _chosen(listener, journey=what == "The journey")
        if chosen is None:
            st.caption("No mood yet, so there is no list: pick a mood here, or let the Live page find yours.")
            return
        name = st.text_input(
            "Name of the playlist", f"Mood DJ: {chosen.mood.name}, {date.today():%d %b %Y}", max_chars=100
        )
        about = _description(chosen, "journey" if what == "The journey" else listener.strategy)
        st.caption(f"{len(chosen.songs)} songs. {about}")
        ids = list(chosen.songs["track_id"])
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Save as a private playlist",
                key="save",
                type="primary",
                icon=":material/playlist_add:",
                on_click=_save,
                args=(name, about, ids),
            )
            st.button("Add to my library", key="keep", icon=":material/favorite:", on_click=_keep, args=(ids,))
            if listener.link.saved is not None:
                st.link_button(
                    "Open in Spotify", listener.link.saved.url, key="open_saved", icon=":material/open_in_new:"
                )


def _chosen(listener: Listener, *, journey: bool) -> Choice | None:
    try:
        if not journey:
            return listener.choose()
        traveller = copy.copy(listener)
        traveller.set(strategy="journey")
        return traveller.choose()
    except InputError as error:
        st.error(str(error), icon=":material/library_music:")
        return None


def _description(chosen: Choice, strategy: str) -> str:
    way = STRATEGIES[strategy].label.lower()
    return f"For a {chosen.mood.name} mood on {date.today():%d %B %Y}, {way}. Made with Mood DJ."


def _save(name: str, about: str, ids: list[str]) -> None:
    link = session.current().link
    link.saved = None
    if link.account is None:
        return
    try:
        link.saved = library.save_playlist(link.account, name, about, ids)
        link.done = f"“{link.saved.name}” holds {link.saved.songs} songs."
    except InputError as error:
        link.message = str(error)


def _keep(ids: list[str]) -> None:
    link = session.current().link
    if link.account is None:
        return
    try:
        added = library.add_to_library(link.account, ids)
        link.done = f"{added} songs added to your library; the other {len(ids) - added} were there already."
    except InputError as error:
        link.message = str(error)
