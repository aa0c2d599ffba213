"""Library: all songs, found by word, filter or place on the mood map; lists in and out."""

import streamlit as st

from moodlib.ui import bring, library, session

listener = session.open_page()

st.title("Your library", anchor=False)
st.markdown("Every song that a list can be chosen from. Bring your own as a file; take any list away.")

browse, files = st.tabs(["Browse", "Bring songs"], key="library_tabs")
with files:
    bring.from_file(listener)
with browse:
    songs = library.songs(listener)
    if songs is not None:
        found = library.finder(listener, songs)
        listed, plane = st.columns([6, 5], gap="medium")
        with plane:
            circled = library.lasso(found)
        with listed:
            picked = library.table(circled)
            library.save(circled)
        library.detail(listener, songs, picked)
