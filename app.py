"""Mood DJ: page configuration and navigation.

`streamlit run app.py` and `python app.py` both open the app.
"""

from __future__ import annotations

import sys

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web import cli


def main() -> None:
    """Set the page up and run the one that the visitor is on."""
    # Not before: what is imported while there is no server yet is never made known to it, and the video component
    # would not be found.
    from moodlib.ui import connection

    st.set_page_config(page_title="Mood DJ", page_icon="static/icon.svg", layout="wide")
    st.logo("static/logo.svg", size="large")
    page = st.navigation(
        [
            st.Page("pages/live.py", title="Live", icon=":material/sentiment_satisfied:", default=True),
            st.Page("pages/tune.py", title="Tune", icon=":material/tune:"),
            st.Page("pages/library.py", title="Library", icon=":material/library_music:"),
            st.Page("pages/account.py", title="Spotify", icon=":material/link:"),
            st.Page("pages/history.py", title="History", icon=":material/history:"),
            st.Page("pages/training.py", title="Training", icon=":material/neurology:"),
            st.Page("pages/privacy.py", title="Privacy", icon=":material/shield_lock:"),
        ],
        position="top",
    )
    connection.returned()
    page.run()


if get_script_run_ctx(suppress_warning=True) is None:
    # Started as a plain script: hand over to Streamlit, which runs this file again with a context.
    sys.argv = ["streamlit", "run", __file__, *sys.argv[1:]]
    sys.exit(cli.main())
main()
