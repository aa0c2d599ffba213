"""The list of songs: a card for each, with why it is here, its player, and what the listener says of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import pandas as pd
import streamlit as st

from moodlib.errors import InputError
from moodlib.music import contributions, explain, shown
from moodlib.spotify import embed
from moodlib.ui import charts, journeys, players, session, tune_charts, words
from moodlib.ui.session import Choice, Listener

_TOUCH: Final = 32
"""Pixels: an icon alone is 16 wide, which a thumb misses."""
_MOVED_HELP = "Places gained or lost since the list before."
_MENU: Final[dict[str, str]] = {
    "seed": ":material/playlist_add: More like this",
    "block": ":material/person_off: Not this artist",
    "why": ":material/help: Why this song?",
}


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
    if choice.strategy == "journey":
        st.caption(journeys.summary(choice.songs))
    last_word(listener)
    players.queue(choice.songs, listener)
    with st.container(key="songs"), st.grid(2, min_column_width=460, gap="small", key="list_grid"):
        # Each card is a cell itself: within a cell of its own it would not stretch to its neighbour's height.
        for song in choice.songs.to_dict("records"):
            song_card(song, choice, listener)


def song_card(song: dict[Hashable, Any], choice: Choice, listener: Listener, *, play: bool = True) -> None:
    """One song: rank, what it is, why it is here, how well it fits, and its player.

    Args:
        song: A row of `Choice.songs`.
        choice: The list that it is on.
        listener: Whose taste the buttons change.
        play: Whether the song can be played here.
    """
    track_id = str(song["track_id"])
    opened = False
    with st.container(border=True, key=f"song_{song['rank']}", gap="xsmall", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            with st.container(width=34):
                st.markdown(f"### :gray[{song['rank']}]", anchors=False)
            with st.container(gap=None):
                st.markdown(f"**{words.plain(str(song['title']))}**")
                st.markdown(words.plain(str(song["artist"])))
            if play:
                opened = players.play_button(track_id, listener)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if track_id == listener.playing:
                st.badge("playing", icon=":material/graphic_eq:", color="green")
            for known in words.known(song["year"], song["genre"]):
                st.badge(known, color="gray")
            if choice.strategy == "journey":
                st.badge(journeys.nearness(song), color="primary", help=journeys.NEARNESS)
            else:
                st.badge(f"fits {song['fit']:.0%}", color="primary")
            moved = words.moved(float(song["moved"]))
            if moved:
                st.badge(moved, color="blue" if float(song["moved"]) > 0 else "gray", help=_MOVED_HELP)
            st.space("stretch")
            _rating(song, listener)
        st.caption(words.plain(str(song["why"])))
        if listener.asked_why == track_id:
            _in_full(song, choice)
        if opened:
            players.single(song, listener)


def _in_full(song: dict[Hashable, Any], choice: Choice) -> None:
    """All that made the song's score, as figures."""
    aim = shown.aim(song, choice.strategy, choice.target)
    parts, sounds = contributions.table(session.ranker(), pd.Series(song), aim)
    with st.container(key="in_full", gap="xsmall"):
        st.markdown(f"**The parts of its score, {song['score']:.2f}**")
        st.plotly_chart(
            tune_charts.contributions(parts), key="why_parts", config=charts.STILL, alt="The parts of the song's score"
        )
        st.markdown(f"**What speaks for {explain.mood_words(aim)} in its sound**")
        st.plotly_chart(
            tune_charts.contributions(sounds), key="why_sounds", config=charts.STILL, alt="What each feature adds"
        )
        st.caption("In log odds, by TreeSHAP: +0.7 doubles the odds that listeners feel the song so, −0.7 halves them.")
        st.button("Close", key="why_close", icon=":material/close:", on_click=_why, args=(None,), type="tertiary")


def _why(track_id: str | None) -> None:
    session.current().asked_why = track_id


def _rating(song: dict[Hashable, Any], listener: Listener) -> None:
    """Like, skip, and a menu with the rest."""
    track_id, title = str(song["track_id"]), str(song["title"])
    liked, skipped = track_id in listener.taste.liked, track_id in listener.taste.skipped
    with st.container(horizontal=True, gap=None, width="content", wrap=False, vertical_alignment="center"):
        st.button(
            ":material/thumb_up:",
            key=f"like_{track_id}",
            width=_TOUCH,
            type="primary" if liked else "tertiary",
            on_click=_rate,
            args=(track_id, title, "like"),
            help=f"I like “{words.plain(title)}”.",
        )
        st.button(
            ":material/thumb_down:",
            key=f"skip_{track_id}",
            width=_TOUCH,
            type="primary" if skipped else "tertiary",
            on_click=_rate,
            args=(track_id, title, "skip"),
            help=f"Leave “{words.plain(title)}” out.",
        )
        st.menu_button(
            ":material/more_horiz:",
            list(_MENU),
            key=f"more_{track_id}",
            type="tertiary",
            width=_TOUCH,
            format_func=_MENU.__getitem__,
            on_click=_take_menu,
            args=(track_id, title, str(song["artist"])),
        )
        if embed.is_track_id(track_id):
            st.link_button(
                ":material/open_in_new:",
                embed.track_url(track_id),
                key=f"open_{track_id}",
                type="tertiary",
                width=_TOUCH,
                help="Open in Spotify.",
            )


def _rate(track_id: str, title: str, word: str) -> None:
    listener = session.current()
    taste = listener.taste
    if track_id in (taste.liked if word == "like" else taste.skipped):
        listener.say(f"No word on “{title}” any more", taste.without(track_id))
    elif word == "like":
        listener.say(f"You like “{title}”", taste.like(track_id))
        listener.note("liked", track_id)
    else:
        listener.say(f"“{title}” is left out", taste.skip(track_id))
        listener.note("skipped", track_id)


def _take_menu(track_id: str, title: str, artist: str) -> None:
    listener, word = session.current(), st.session_state[f"more_{track_id}"]
    if word == "seed":
        listener.say(f"More like “{title}”", listener.taste.seed(track_id))
    elif word == "block":
        listener.say(f"Nothing by {artist}", listener.taste.block(artist))
    elif word == "why":
        _why(track_id)


def last_word(listener: Listener) -> None:
    """What the listener said last, whether the list counts it yet, and the way back."""
    if not listener.said:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="last_word"):
        st.markdown(f":material/check: {words.plain(listener.said[-1][0])}.", width="content")
        st.button("Undo", key="undo", icon=":material/undo:", on_click=listener.undo, type="tertiary")
        if listener.unheard:
            st.button(
                "Count it now",
                key="count_now",
                icon=":material/sync:",
                on_click=listener.recount,
                help="The list stays as it is until you ask, so that no player stops.",
            )
