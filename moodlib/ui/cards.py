"""What the pages are put together from: the mood, the songs and their controls."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from moodlib.emotions import NAMES, Probabilities
from moodlib.errors import InputError
from moodlib.mood.target import STRATEGIES, Target
from moodlib.music import explain
from moodlib.music.weights import WEIGHTS, Weight, Weights
from moodlib.spotify import embed
from moodlib.ui import charts, session, words
from moodlib.ui.session import Choice, Listener
from moodlib.ui.steady import steady_chart

PLAYER_HEIGHT = 152
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
    st.segmented_control(
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
    st.session_state["hand_mood"] = listener.picked
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
    """
    st.markdown(f"## {headline}", anchors=False)
    st.caption(caption)
    steady_chart(charts.bars(probabilities), f"{key}_bars", "How sure it is of each of the seven emotions", still=True)
    steady_chart(
        charts.mood_map(place=place, emotion=emotion, trail=trail, height=250),
        f"{key}_map",
        "The mood's place between unpleasant and pleasant, calm and lively",
        still=True,
    )


def song_controls(listener: Listener) -> None:
    """What the songs are for, and the ways to change that."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if listener.mood is not None:
            st.markdown(
                f"## Songs for {words.coloured(listener.mood.name, listener.mood.name)}", anchors=False, width="content"
            )
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


def strategy(listener: Listener) -> None:
    """How the songs answer the mood."""
    st.session_state["strategy"] = listener.strategy
    st.segmented_control(
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
    st.session_state["pool"] = listener.pool
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
    session.current().strategy = st.session_state["strategy"]


@st.fragment(key="song_list")
def song_list() -> None:
    """The songs for the mood, two beside each other where there is room. A click in here runs nothing else."""
    listener = session.current()
    try:
        with st.spinner("Choosing songs …", show_time=False):
            choice = listener.choose()
    except InputError as error:
        st.error(str(error), icon=":material/library_music:")
        return
    if choice is None:
        return
    with st.container(key="songs"), st.grid(2, min_column_width=460, gap="small", key="list_grid") as grid:
        for song in choice.songs.to_dict("records"):
            with grid.cell():
                song_card(song, choice.target, listener)


def song_card(song: dict[Hashable, Any], target: Target, listener: Listener) -> None:
    """One song: rank, what it is, why it is here, how well it fits, and its player.

    Args:
        song: A row of `Choice.songs`.
        target: Where the ranker aimed.
        listener: Whose taste the buttons change.
    """
    track_id = str(song["track_id"])
    playable = embed.is_track_id(track_id)
    opened = playable and (listener.load_at_once or track_id in listener.opened)
    with st.container(border=True, key=f"song_{song['rank']}", gap="xsmall", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            with st.container(width=34):
                st.markdown(f"### :gray[{song['rank']}]", anchors=False)
            with st.container(gap=None):
                st.markdown(f"**{words.plain(str(song['title']))}**")
                st.markdown(words.plain(str(song["artist"])))
            st.button(
                "Play",
                key=f"play_{track_id}",
                icon=":material/play_arrow:",
                disabled=opened or not playable,
                on_click=listener.opened.add,
                args=(track_id,),
                help="Load Spotify's player here." if playable else "Its id is not one of Spotify's.",
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            for known in words.known(song["year"], song["genre"]):
                st.badge(known, color="gray")
            st.badge(f"fits {song['fit']:.0%}", color="primary")
            st.progress(float(song["fit"]), width=80)
            st.space("stretch")
            _rating(track_id, str(song["title"]), listener)
        st.caption(explain.reason(pd.Series(song), target, listener.taste))
        if opened:
            st.iframe(listener.show_player(track_id), height=PLAYER_HEIGHT, alt=f"Spotify player for {song['title']}")


def _rating(track_id: str, title: str, listener: Listener) -> None:
    liked, skipped = track_id in listener.taste.liked, track_id in listener.taste.skipped
    with st.container(horizontal=True, gap="medium", width="content", wrap=False):
        st.button(
            ":material/thumb_up:",
            key=f"like_{track_id}",
            type="primary" if liked else "tertiary",
            on_click=_rate,
            args=(track_id, "like"),
            help=f"More like “{title}” from the next list on.",
        )
        st.button(
            ":material/thumb_down:",
            key=f"skip_{track_id}",
            type="primary" if skipped else "tertiary",
            on_click=_rate,
            args=(track_id, "skip"),
            help=f"Less like “{title}” from the next list on.",
        )


def _rate(track_id: str, word: str) -> None:
    listener = session.current()
    taste = listener.taste
    if track_id in (taste.liked if word == "like" else taste.skipped):
        listener.taste = taste.forget(track_id)
    else:
        listener.taste = taste.like(track_id) if word == "like" else taste.skip(track_id)


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


def weight_sliders(listener: Listener) -> None:
    """A slider for each of the ranker's weights."""
    for weight in WEIGHTS:
        key = f"weight_{weight.name}"
        st.session_state[key] = float(getattr(listener.weights, weight.name))
        st.slider(
            weight.label,
            weight.low,
            weight.high,
            step=0.05,
            key=key,
            help=weight.help,
            on_change=_take_weights,
            args=(weight,),
        )


def _take_weights(_moved: Weight) -> None:
    listener = session.current()
    try:
        listener.weights = Weights(**{weight.name: st.session_state[f"weight_{weight.name}"] for weight in WEIGHTS})
    except InputError as error:
        st.toast(str(error), icon=":material/error:")


def ranked_table(choice: Choice) -> None:
    """The list as a table, with how many places each song moved since the last change."""
    moves = choice.songs["moved"].map(_moved)
    st.dataframe(
        choice.songs[["rank", "title", "artist", "year", "genre", "fit"]].assign(moved=moves),
        hide_index=True,
        height="content",
        alt="The ranked songs",
        column_config={
            "rank": st.column_config.NumberColumn("#", width=40),
            "title": st.column_config.TextColumn("Song", width="medium"),
            "artist": st.column_config.TextColumn("Artist", width="small"),
            "year": st.column_config.NumberColumn("Year", format="%d", width=60),
            "genre": st.column_config.TextColumn("Genre", width=70),
            "fit": st.column_config.ProgressColumn("Fits", format="percent", min_value=0, max_value=1, width=110),
            "moved": st.column_config.TextColumn(
                "Moved", width=70, help="Places gained or lost since your last change."
            ),
        },
    )


def _moved(places: float) -> str:
    if places != places:
        return ""
    if places == 0:
        return "–"
    return f"▲ {places:,.0f}" if places > 0 else f"▼ {-places:,.0f}"
