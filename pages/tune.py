"""Tune: steer the ranker and watch the list move."""

import streamlit as st

from moodlib.ui import session, tune

listener = session.open_page()
tune.take_address(listener)

st.title("Tune the list", anchor=False)
st.markdown(
    "Move a slider and the songs find a new order at once. The Live page uses the same setting, and the address of "
    "this page holds it."
)

knobs, result = st.columns([4, 9], gap="medium")
with knobs:
    tune.knobs(listener)
with result:
    tune.complaints(listener)
    choice = tune.choice(listener)
    if choice is not None:
        tune.heading(listener, choice)
        tune.song_list(listener, choice)
        tune.parts(choice)
        tune.song_map(choice)
        tune.comparison(listener, choice)
tune.write_address(listener)
