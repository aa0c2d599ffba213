"""The Tune page's parts."""

from __future__ import annotations

import streamlit as st

from moodlib.errors import InputError
from moodlib.mood.target import STRATEGIES
from moodlib.music.weights import WEIGHTS
from moodlib.ui import cards, charts, session, words
from moodlib.ui.session import Choice, Listener

_LABELS = {weight.name: weight.label for weight in WEIGHTS}


def knobs(listener: Listener) -> None:
    """Mood, strategy, length, all weights, and the way back."""
    with st.container(border=True):
        cards.hand_mood(listener, "Rank for")
        st.session_state["strategy_choice"] = listener.strategy
        st.selectbox(
            "How the songs answer it",
            list(STRATEGIES),
            key="strategy_choice",
            on_change=_take_strategy,
            format_func=lambda name: STRATEGIES[name].label,
            help=STRATEGIES[listener.strategy].why,
        )
        if not listener.own.empty:
            cards.pool(listener)
        st.session_state["length"] = listener.length
        st.slider("Songs in the list", *session.LENGTHS, key="length", on_change=_take_length)
    with st.container(border=True):
        st.markdown("### What counts", anchors=False)
        cards.weight_sliders(listener)
        st.button(
            "Reset",
            key="reset",
            icon=":material/restart_alt:",
            on_click=listener.reset_weights,
            width="stretch",
            help="All of this page back to where it was at first.",
        )


def _take_strategy() -> None:
    session.current().strategy = st.session_state["strategy_choice"]


def _take_length() -> None:
    session.current().length = st.session_state["length"]


def choice(listener: Listener) -> Choice | None:
    """The list for the listener's mood, or for the example while there is none."""
    try:
        return listener.choose(listener.mood or session.EXAMPLE)
    except InputError as error:
        st.error(str(error), icon=":material/library_music:")
        return None


def heading(listener: Listener, chosen: Choice) -> None:
    """What the list is for."""
    name = chosen.mood.name
    st.markdown(f"## Songs for {words.coloured(name, name)}", anchors=False)
    if listener.mood is None:
        st.caption("An example: no mood is known yet. Pick one, or let the Live page find yours.")
    else:
        st.caption(STRATEGIES[listener.strategy].why)


def figures(chosen: Choice) -> None:
    """What each score is made of, and where the songs lie on the plane."""
    with st.container(border=True, key="parts"):
        st.markdown("### What each score is made of", anchors=False)
        st.plotly_chart(
            charts.score_parts(chosen.songs, _LABELS),
            key="parts_chart",
            config=charts.CONFIG,
            alt="The parts of each song's score",
        )
    with st.container(border=True, key="song_map"):
        st.markdown("### Where the songs lie", anchors=False)
        st.plotly_chart(
            charts.mood_map(songs=session.cloud(), picks=chosen.songs, target=chosen.target, height=460),
            key="song_map_chart",
            config=charts.CONFIG,
            alt="All songs on the plane of moods, those of the list by their rank",
        )
        st.caption(
            "Each dot is a song where listeners' labels put it; the numbers are the list. The cross is the mood: "
            "it often lies nearer to the middle than the songs that people call by it."
        )
