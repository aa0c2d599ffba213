"""Spotify: your own account, its songs in, your lists out."""

import streamlit as st

from moodlib.ui import account, imports, session

listener = session.open_page()

st.title("Your own music", anchor=False)
st.markdown(
    "Everything here works without an account. With one, your own songs are ranked for your mood and lists become "
    "playlists."
)
account.message(listener)
if listener.link.account is None:
    account.connect(listener)
else:
    account.connected(listener)
    imports.importing(listener)
imports.sound(listener)
if listener.link.account is not None:
    account.saving(listener)
