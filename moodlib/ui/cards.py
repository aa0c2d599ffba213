"""What the pages are put together from: the mood, the songs and their controls."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from moodlib.emotions import NAMES, Probabilities
from moodlib.errors import InputError
from moodlib.mood.target import STRATEGIES
from moodlib.ui import charts, journeys, map_charts, session, words
from moodlib.ui.session import Choice, Listener
from moodlib.ui.steady import steady_chart

_SOURCE_ICONS = {
    "Camera": ":material/videocam:",
    "Photo": ":material/photo_camera:",
    "File": ":material/upload_file:",
    "By hand": ":material/touch_app:",
}
_ORIGIN = {
    "Camera": "seen by the camera",
    "Photo": "seen in your photo",
    "File": "seen in your file",
    "By hand": "picked by hand",
}


def source_picker(listener: Listener) -> None:
    """Where the mood is to come from: camera, photo, file or by hand."""
    st.session_state["source"] = listener.source
    st.pills(
        "Where the mood comes from",
        session.SOURCES,
        key="source",
        required=True,
        format_func=lambda source: f"{_SOURCE_ICONS[source]} {source}",
        label_visibility="collapsed",
        on_change=_take_source,
        wrap=True,
    )


def _take_source() -> None:
    listener = session.current()
    listener.source = st.session_state["source"]
    listener.camera.left()


def hand_mood(listener: Listener, label: str = "How do you feel?") -> None:
    """The seven emotions as chips; a click picks one, another click lets go of it."""
    session.hold("hand_mood", listener.picked)
    st.pills(label, NAMES, key="hand_mood", format_func=words.chip, on_change=_take_hand_mood, wrap=True)


def _take_hand_mood() -> None:
    session.current().pick(st.session_state["hand_mood"])


def mood(
    probabilities: Probabilities,
    emotion: str | None,
    headline: str,
    caption: str,
    place: tuple[float, float] | None,
    trail: pd.DataFrame | None = None,
    key: str = "mood",
    chosen: Choice | None = None,
) -> None:
    """The mood: its name, the confidence of all seven and its place on the plane.

    Args:
        probabilities: Shape (7,).
        emotion: The name; None while there is none.
        headline: Said in large letters.
        caption: Said in small ones.
        place: Valence and arousal; None while there is no mood.
        trail: Where it was before: `valence` and `arousal`.
        key: Of the charts.
        chosen: The list; a journey's way is drawn.
    """
    st.markdown(f"## {headline}", anchors=False)
    st.caption(caption)
    steady_chart(charts.bars(probabilities), f"{key}_bars", "How sure it is of each of the seven emotions", still=True)
    figure = map_charts.mood_map(place=place, emotion=emotion, trail=trail, height=250)
    if chosen is not None and chosen.strategy == "journey":
        journeys.draw(figure, chosen.songs, chosen.list.start, chosen.target)
    steady_chart(
        figure,
        f"{key}_map",
        "The mood's place between unpleasant and pleasant, calm and lively",
        still=True,
    )


def song_controls(listener: Listener) -> None:
    """What the songs are for, and the ways to change that."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if listener.mood is not None:
            st.markdown(f"## {journeys.title(listener.mood.name, listener.setting)}", anchors=False, width="content")
            st.caption(_ORIGIN[listener.mood.source], width="content")
        st.space("stretch")
        st.toggle(
            "Lock this mood",
            key="lock",
            value=listener.locked,
            on_change=_take_lock,
            help="The songs stay with this mood, whatever the camera sees.",
            disabled=listener.mood is None,
        )
        st.button(
            "Refresh",
            key="refresh",
            icon=":material/refresh:",
            on_click=listener.refresh,
            help="Another list for the same mood; your likes and skips count from here on.",
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        strategy(listener)
        st.space("stretch")
        if not listener.own.empty:
            pool(listener)
        st.toggle(
            "Load players at once",
            key="load_at_once",
            value=listener.load_at_once,
            on_change=_take_load_at_once,
            help="Otherwise a player loads, and Spotify is contacted, only when you press play.",
        )
    st.caption(STRATEGIES[listener.strategy].why)
    if listener.strategy == "journey":
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="journey"):
            journeys.controls(listener, width=280)


def strategy(listener: Listener) -> None:
    """How the songs answer the mood."""
    st.session_state["strategy"] = listener.strategy
    st.pills(
        "How the songs answer your mood",
        list(STRATEGIES),
        key="strategy",
        required=True,
        format_func=lambda name: STRATEGIES[name].label,
        on_change=_take_strategy,
        label_visibility="collapsed",
        wrap=True,
    )


def pool(listener: Listener) -> None:
    """Which songs the list is chosen from, once the listener has brought some along."""
    session.hold("pool", listener.pool)
    st.segmented_control(
        "Songs to choose from",
        session.POOLS,
        key="pool",
        required=True,
        on_change=_take_pool,
        label_visibility="collapsed",
        help=f"All songs, or only the {len(listener.own):,} that you brought along.",
    )


def _take_pool() -> None:
    session.current().pool = st.session_state["pool"]


def _take_lock() -> None:
    session.current().locked = st.session_state["lock"]


def _take_load_at_once() -> None:
    session.current().load_at_once = st.session_state["load_at_once"]


def _take_strategy() -> None:
    session.current().set(strategy=st.session_state["strategy"])


def tasters() -> None:
    """One song for each of the seven moods, before there is any: something to begin with."""
    try:
        songs = session.tasters()
    except InputError as error:
        st.error(str(error), icon=":material/library_music:")
        return
    with st.grid(7, min_column_width=150, gap="small", key="tasters"):
        for song in songs.to_dict("records"):
            name = str(song["emotion"])
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(words.badge(name))
                st.markdown(f"**{words.plain(str(song['title']))}**")
                st.caption(f"{words.plain(str(song['artist']))} · {song['year']}")
                st.button(
                    "Ten like this", key=f"mood_{name}", width="stretch", on_click=_pick, args=(name,), type="secondary"
                )


def _pick(name: str) -> None:
    session.current().pick(name)
