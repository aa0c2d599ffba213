"""Privacy: what is processed where, who is contacted, and this session in figures."""

import streamlit as st

from moodlib.ui import privacy, session

listener = session.open_page()

st.title("Your face stays here", anchor=False)
st.markdown("Frames live in memory only. Nothing is written and nobody is contacted unless you ask for it.")

st.header("This session", anchor=False)
st.fragment(privacy.counters, run_every=2.0)(listener)
privacy.tables()
