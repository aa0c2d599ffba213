"""The Privacy page's parts: what is processed where, and who can be contacted."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from moodlib.ui import camera
from moodlib.ui.plain_table import plain_table
from moodlib.ui.session import Listener

PROCESSED: Final = pd.DataFrame(
    [
        ("Webcam frames", "This computer's memory, one at a time", "Gone when the next frame comes", "START / STOP"),
        ("Photos and files", "This computer's memory", "Gone with the next one or the session", "Photo, File"),
        ("Moods over time", "This computer's memory, numbers only", "Gone when the session ends", "START / STOP"),
        ("Likes, skips, settings", "This computer's memory", "Gone when the session ends", "Like, Skip, Tune"),
        ("Songs of the catalogue", "A file of this repository, read only", "Stays as it is", "–"),
        ("Songs that you bring", "This computer's memory", "Gone when the session ends", "Add / Take out, Import"),
        (
            "Your history: a mood a second, songs and reactions",
            "This computer's memory; a database (settings.toml's history_url) only while you keep it",
            "Until you delete it",
            "History page, off at first",
        ),
        (
            "Audio features that were looked up, by song",
            "A cache file on this computer, without your name",
            "Until the file is deleted",
            "Spotify page, only when you ask ReccoBeats",
        ),
    ],
    columns=["What", "Where it is worked on", "How long it is kept", "Your switch"],
)

CONTACTED: Final = pd.DataFrame(
    [
        (
            "This app's own server (127.0.0.1)",
            "Opening the page",
            "Everything above, for as long as it is open",
            "Close the page",
        ),
        (
            "open.spotify.com, and what its player loads",
            "Pressing Play on a song, or “Load players at once”",
            "The song's id and what any web page gives away, such as your address",
            "Leave both alone",
        ),
        (
            "accounts.spotify.com and api.spotify.com",
            "Pressing Connect, Import or Save on the Spotify page",
            "Your sign-in, and which of your songs and playlists are read or made",
            "Leave Connect alone; Disconnect forgets the token",
        ),
        (
            "developer.spotify.com",
            "Following the link to Spotify's dashboard on the Spotify page",
            "What any web page gives away, such as your address",
            "Leave the link alone",
        ),
        (
            "api.reccobeats.com",
            "Pressing “Ask ReccoBeats” on the Spotify page",
            "The ids of the imported songs whose sound is not known here",
            "Leave the button alone",
        ),
        (
            "The database named as history_url in settings.toml",
            "Keeping or reading a history, only if whoever runs the app has named one elsewhere than in a file",
            "Your history",
            "Leave the history off; at first it is a file on this computer",
        ),
        (
            "The STUN or TURN servers named as ice_servers in .streamlit/secrets.toml",
            "Pressing START, only if whoever runs the app has named some",
            "Network addresses, and through TURN the encrypted video",
            "Name none: there are none at first",
        ),
    ],
    columns=["Address", "What makes it happen", "What it learns", "How to prevent it"],
)


def tables() -> None:
    """What is processed, and who is contacted."""
    st.header("What happens to what you show", anchor=False)
    plain_table(PROCESSED, "processed", "What is processed where and kept how long")
    st.header("Who can be contacted", anchor=False)
    plain_table(CONTACTED, "contacted", "Every address, what makes it happen, its switch")
    named = len(camera.ice_servers())
    st.caption(
        f"STUN or TURN servers named in this installation: {named}. Usage statistics: off. Cookies of ours: none. "
        "Your browser remembers one random name, and that only while a history of yours is kept."
    )


def counters(listener: Listener) -> None:
    """This session in figures, counted as it goes."""
    snapshot = listener.camera.snapshot()
    with st.container(key="counters"), st.grid(6, min_column_width=150, gap="small"):
        st.metric("Frames read", f"{snapshot.frames + listener.stills:,}", border=True)
        st.metric("Frames kept", "0", border=True)
        st.metric("Moods kept", f"{len(listener.camera.timeline):,}", border=True)
        st.metric("Players loaded", f"{len(listener.players):,}", border=True)
        st.metric("Bytes written", f"{listener.ledger.bytes_written:,}", border=True)
        st.metric("Outside requests", f"{listener.ledger.requests:,}", border=True)
    _what_happened(listener)


def _what_happened(listener: Listener) -> None:
    """Who was asked and what was written in this session, one line each."""
    contacts, written = listener.ledger.contacts, listener.ledger.written
    with st.container(key="what_happened"):
        if not contacts and not any(written.values()):
            st.caption("So far this session has asked nobody else and has written nothing.")
        for contact in contacts:
            st.caption(f"{contact.host}: asked {contact.count:,} times by {contact.asker}, for {contact.why}")
        for name, size in written.items():
            st.caption(f"{name}: {size:,} bytes written")
