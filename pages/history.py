"""History: moods and songs of this session, kept only when the listener says so."""

import streamlit as st

from moodlib.ui import history, session

listener = session.open_page()

st.title("Your history", anchor=False)
st.markdown("How you felt and what you played. It is yours: off unless you turn it on, and gone when you say so.")

history.switch(listener)
shown = history.past(listener)
history.overview(shown)
history.heard(shown)
history.take_away(listener, shown)
