"""The History page's parts: what was felt and heard, and what of it is kept."""

from __future__ import annotations

import json
import math
import time
import uuid
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from moodlib import settings
from moodlib.errors import InputError
from moodlib.history import address
from moodlib.history.store import Store
from moodlib.music.exports import harmless
from moodlib.ui import charts, history_charts, words
from moodlib.ui.history_key import history_key
from moodlib.ui.session import Listener

_ASKED: Final = "history_asked"
DELETED: Final = "Everything is deleted, in memory and in the database, and the history is off."
SAID_FOR: Final = 30.0
"""Seconds for which it is said, unless the history is turned on again before."""
SETTLES: Final = 3.0
"""Seconds after a deletion in which the history cannot be turned on."""
UNSWEPT: Final = (
    "The database was too busy to clear the room that it took; nobody can read it any more except whoever runs the "
    "database, until it is swept there (VACUUM FULL)."
)


@dataclass(frozen=True, slots=True)
class Past:
    """What is shown: moods and events, oldest first, and whether they come from the database."""

    moods: pd.DataFrame
    events: pd.DataFrame
    stored: bool


@st.cache_resource(show_spinner=False, max_entries=1)
def _store(url: str) -> Store:
    """The database; not opened before it is needed. Shared by all sessions."""
    connection = st.connection("history", type="sql", url=url, **address.options(url))
    return Store(connection.engine)


def database() -> Store:
    """The history's database as settings.toml names it.

    Raises:
        InputError: It names none that can be used.
    """
    return _store(address.resolve(settings.limits().history_url))


def switch(listener: Listener) -> None:
    """Turn the history on and off, and say what that means."""
    known = history_key(
        listener.history_id if listener.diary.kept else "", forget=st.session_state.get("history_forget", False)
    )
    if known and not listener.diary.kept and not st.session_state.get("history_forget"):
        # A browser that has been here before: its older history is its own.
        listener.history_id = known
        st.session_state["history_known"] = True
    with st.container(border=True, key="history_switch"):
        st.session_state["history_on"] = listener.diary.kept
        st.toggle("Keep my history", key="history_on", on_change=_take_switch, args=(listener,))
        if listener.diary.kept:
            st.caption(
                f"On: one mood a second, songs played, liked and skipped go to {words.plain(database().name)}. "
                "Never a picture, never a face. It goes off by itself when you leave."
            )
        else:
            st.caption("Off: what you see below is in memory only and gone when you leave.")
        problem = st.session_state.get("history_problem", "") or listener.diary.problem
        if problem:
            st.error(problem, icon=":material/database_off:")


def _take_switch(listener: Listener) -> None:
    st.session_state["history_problem"] = ""
    deleted_at = st.session_state.get("history_said", ("", -math.inf))[1]
    try:
        if st.session_state["history_on"]:
            # The browser says that its key is gone while it may still show the old switch as on, and says that too:
            # nobody's wish, and it must not turn the history on again.
            if time.monotonic() - deleted_at < SETTLES:
                return
            listener.diary.keep(database(), listener.history_id)
            st.session_state["history_forget"] = False
            st.session_state["history_known"] = True
        else:
            listener.diary.stop()
    except InputError as error:
        st.session_state["history_problem"] = str(error)


def past(listener: Listener) -> Past:
    """What there is to show: what is kept of this listener, or this session's memory."""
    session = Past(listener.diary.moods(), listener.diary.events(), stored=False)
    if not st.session_state.get("history_known"):
        return session
    choice = st.segmented_control(
        "Show",
        ["This session", "All that is kept"],
        default="This session",
        required=True,
        key="history_which",
        label_visibility="collapsed",
    )
    if choice == "This session":
        return session
    try:
        listener.diary.flush(force=True)
        kept = database()
        return Past(kept.moods(listener.history_id), kept.events(listener.history_id), stored=True)
    except InputError as error:
        st.error(str(error), icon=":material/database_off:")
        return session


def overview(shown: Past) -> None:
    """Timeline, share of time, hour by emotion."""
    if shown.moods.empty:
        st.info(
            "No mood yet. Turn the camera on at the Live page; each second with a face becomes one row here.",
            icon=":material/timeline:",
        )
        return
    zone = _zone()
    with st.container(border=True, key="history_timeline"):
        st.markdown("### Moods over time", anchors=False)
        st.plotly_chart(
            history_charts.moods_over_time(shown.moods, zone),
            key="history_timeline_chart",
            config=charts.CONFIG,
            alt="Each emotion's stretches of time",
        )
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True, key="history_shares"):
        st.markdown("### Share of time", anchors=False)
        st.plotly_chart(
            history_charts.share_of_time(shown.moods),
            key="history_shares_chart",
            config=charts.STILL,
            alt="Share of the time in each emotion",
        )
    with right, st.container(border=True, key="history_heat"):
        st.markdown("### By hour of the day", anchors=False)
        st.plotly_chart(
            history_charts.heat(shown.moods, zone),
            key="history_heat_chart",
            config=charts.CONFIG,
            alt="Minutes by hour and emotion",
        )
    st.caption(f"{len(shown.moods):,} seconds with a mood; times are those of {zone.replace('_', ' ')}.")


def _zone() -> str:
    try:
        zone = str(st.context.timezone or "UTC")
        pd.Timestamp(0, tz=zone)
    except (KeyError, ValueError, TypeError):
        return "UTC"
    return zone


def heard(shown: Past) -> None:
    """What was played, liked and skipped in which mood."""
    st.header("Songs and moods", anchor=False)
    if shown.events.empty:
        st.caption("Nothing played, liked or skipped yet.")
        return
    counts = pd.crosstab(shown.events["mood"].replace("", "no mood"), shown.events["what"])
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.dataframe(counts.reset_index(), hide_index=True, height="content", alt="How often in which mood")
    with right:
        st.dataframe(
            shown.events[["title", "artist", "what", "mood"]].iloc[::-1].head(500),
            hide_index=True,
            height="content" if len(shown.events) < 10 else 360,
            column_config={"title": "Song", "artist": "Artist", "what": "You", "mood": "In the mood"},
            alt="Songs and what you did with them",
        )


def take_away(listener: Listener, shown: Past) -> None:
    """Save, look at the very rows, delete."""
    st.header("Yours to take and to delete", anchor=False)
    with st.container(horizontal=True, gap="small", key="history_buttons"):
        for name, data, media in (
            ("moods.csv", to_csv(shown.moods), "text/csv"),
            ("songs.csv", to_csv(shown.events), "text/csv"),
            ("history.json", to_json(shown), "application/json"),
        ):
            st.download_button(
                name, data=data, file_name=name, mime=media, on_click="ignore", key=f"history_{name}",
                icon=":material/download:",
            )  # fmt: skip
        st.button("Show exactly what is stored", key="history_show", icon=":material/visibility:", on_click=_ask_show)
        st.button(
            "Delete everything", key="history_delete", icon=":material/delete:", on_click=_delete, args=(listener,)
        )
    said, at = st.session_state.get("history_said", ("", 0.0))
    # Not for one run alone: the browser forgets its key meanwhile, and says so, which runs the page again.
    if said and not listener.diary.kept and time.monotonic() - at < SAID_FOR:
        st.success(said, icon=":material/delete_forever:")
    if st.session_state.pop(_ASKED, False):
        _show(listener)


def _ask_show() -> None:
    st.session_state[_ASKED] = True


def _show(listener: Listener) -> None:
    with st.container(border=True, key="history_stored"):
        if not st.session_state.get("history_known"):
            st.markdown("Nothing is stored: you have not turned the history on.")
            return
        try:
            listener.diary.flush(force=True)
            kept = database()
            moods, events = kept.moods(listener.history_id), kept.events(listener.history_id)
        except InputError as error:
            st.error(str(error), icon=":material/database_off:")
            return
        st.markdown(
            f"{len(moods):,} moods and {len(events):,} songs are stored under the name {listener.history_id} in "
            f"{words.plain(kept.name)} ({kept.size:,} bytes). These are all their columns:"
        )
        st.dataframe(moods, hide_index=True, height=240, key="stored_moods", alt="The moods as stored")
        st.dataframe(events, hide_index=True, height=240, key="stored_events", alt="The songs as stored")


def _delete(listener: Listener) -> None:
    st.session_state["history_problem"] = ""
    try:
        swept = listener.diary.erase(database() if st.session_state.get("history_known") else None, listener.history_id)
    except InputError as error:
        st.session_state["history_problem"] = str(error)
        return
    listener.history_id = uuid.uuid4().hex
    st.session_state["history_known"], st.session_state["history_forget"] = False, True
    st.session_state["history_said"] = (DELETED if swept else f"{DELETED} {UNSWEPT}", time.monotonic())


def to_csv(rows: pd.DataFrame) -> bytes:
    """Rows as CSV; no text in it begins like a formula."""
    safe = rows.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(harmless)
    return safe.to_csv(index=False).encode("utf-8-sig", "replace")


def to_json(shown: Past) -> bytes:
    """Moods and songs as JSON."""
    both: dict[str, Any] = {"moods": shown.moods.to_dict("records"), "songs": shown.events.to_dict("records")}
    return json.dumps(both, ensure_ascii=False, indent=1).encode("utf-8", "replace")
