"""Tune: steer the ranker and watch the list move."""

import streamlit as st

from moodlib.ui import cards, session, tune

listener = session.open_page()

st.title("Tune the list", anchor=False)
st.markdown("Move a slider and the songs find a new order at once. The Live page uses the same settings.")

knobs, result = st.columns([4, 9], gap="medium")
with knobs:
    tune.knobs(listener)
with result:
    choice = tune.choice(listener)
    if choice is not None:
        tune.heading(listener, choice)
        cards.ranked_table(choice)
        tune.figures(choice)
