"""A journey on any page: where to, how long, and its way on the map."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, Final, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from moodlib.emotions import NAMES
from moodlib.mood.target import MOODS, Target
from moodlib.music import journey as way
from moodlib.music.presets import LENGTHS, MINUTES, Setting
from moodlib.ui import charts, session, words
from moodlib.ui.session import Listener

CAPTION: Final = (
    "The dotted line is the way in even steps, the other line goes from song to song. From one song to the next, "
    f"energy changes by at most {way.ENERGY_BOUND:g} (of 1) and the beat by at most {way.TEMPO_BOUND:.0%}."
)
NEARNESS: Final = "How near to its step of the way listeners would feel the song."
# In units of the plane, which is 2 wide. Steps of a journey of ten songs are about 0.15 apart.
_NEARNESS: Final = ((0.1, "on the way"), (0.25, "near the way"), (math.inf, "off the way"))
_BY: Final[tuple[str, str]] = ("Songs", "Minutes")
_USUAL: Final = 3.5
"""Minutes of a song, so that the slider stays at about the same length when its unit changes."""


def controls(listener: Listener, width: int | None = None) -> None:
    """Where the journey leads and how long it is, in songs or in minutes.

    Args:
        listener: Whose setting is shown and changed.
        width: Of each control in pixels; as wide as there is room when None.
    """
    wide: int | Literal["stretch"] = width or "stretch"
    setting = listener.setting
    session.hold("to", setting.to)
    st.selectbox("Where to", MOODS, key="to", on_change=_take, args=("to", "to"), width=wide)
    by_songs = setting.minutes is None
    session.hold("journey_by", _BY[0] if by_songs else _BY[1])
    st.segmented_control("How long, in", _BY, key="journey_by", required=True, on_change=_take_unit)
    if by_songs:
        session.hold("length", setting.length)
        st.slider("Songs on the way", *LENGTHS, key="length", on_change=_take, args=("length", "length"), width=wide)
    else:
        session.hold("minutes", setting.minutes)
        st.slider(
            "Minutes on the way", *MINUTES, step=5, key="minutes", on_change=_take, args=("minutes", "minutes"),
            width=wide,
        )  # fmt: skip


def _take(key: str, field: str) -> None:
    session.current().set(**{field: st.session_state[key]})


def _take_unit() -> None:
    listener = session.current()
    if st.session_state["journey_by"] == _BY[0]:
        listener.set(minutes=None)
    else:
        listener.set(minutes=_by_the_clock(listener.length))


def _by_the_clock(songs: int) -> int:
    """About as many minutes as some songs last, on the slider's steps."""
    return min(max(5 * round(songs * _USUAL / 5), MINUTES[0]), MINUTES[1])


def summary(songs: pd.DataFrame) -> str:
    """How long a journey became."""
    minutes = songs["duration_ms"].sum() / 60_000.0
    return f"{len(songs)} songs, {minutes:.0f} minutes."


def title(mood: str, setting: Setting) -> str:
    """What a list is for, in Markdown: a mood, or the way from one to another."""
    if setting.strategy != "journey":
        return f"Songs for {words.coloured(mood, mood)}"
    to = words.coloured(setting.to, setting.to) if setting.to in NAMES else setting.to
    return f"From {words.coloured(mood, mood)} to {to}"


def nearness(song: Mapping[Hashable, Any]) -> str:
    """How near a song of a journey lies to its step, in words."""
    away = math.hypot(song["felt_valence"] - song["step_valence"], song["felt_arousal"] - song["step_arousal"])
    return next(said for bound, said in _NEARNESS if away <= bound)


def draw(figure: go.Figure, songs: pd.DataFrame, start: Target, end: Target) -> None:
    """Add a journey to a map: the way in even steps and the line from song to song.

    Args:
        figure: A map of moods.
        songs: From `journey.plan`.
        start: Where the listener is.
        end: Where they want to be.
    """
    figure.add_scatter(
        x=songs["felt_valence"],
        y=songs["felt_arousal"],
        mode="lines+markers",
        name="songs",
        hoverinfo="skip",
        line={"color": "#7A2E5D", "width": 2},
        marker={"color": "#7A2E5D", "size": 7, "line": {"color": charts.RING, "width": 1}},
    )
    figure.add_scatter(
        x=[start.valence, *songs["step_valence"], end.valence],
        y=[start.arousal, *songs["step_arousal"], end.arousal],
        mode="lines",
        name="way",
        hoverinfo="skip",
        line={"color": charts.BUSY, "width": 3, "dash": "dot"},
    )
    # Numbers and the listener's own mark over lines, not under them.
    figure.data = sorted(figure.data, key=lambda trace: trace.name in ("picks", "you"))
