"""Charts of the Library page."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from moodlib.ui import charts, map_charts

MAP_POINTS: Final = 8000
"""More dots than this are not told apart and take long to send; the lasso works on all songs, shown or not."""

MAP_CONFIG: Final[dict[str, Any]] = {**charts.CONFIG, "doubleClick": "reset+autosize"}

RADAR: Final = {
    "danceability": "danceable",
    "energy": "energy",
    "valence": "bright",
    "acousticness": "acoustic",
    "instrumentalness": "instrumental",
    "liveness": "live",
    "speechiness": "spoken",
}
"""Features from 0 to 1, and what the radar calls them."""


def song_map(songs: pd.DataFrame, height: int = 430, *, drawing: bool = True) -> go.Figure:
    """Songs on the plane of moods, to be circled with the lasso or only looked at.

    Args:
        songs: With `felt_valence`, `felt_arousal`, `title` and `artist`; those without a place are left out, and of
            more than `MAP_POINTS` only so many are shown, evenly taken.
        height: In pixels.
        drawing: Dragging over it draws; otherwise the page scrolls under a finger.
    """
    placed = songs[songs["felt_valence"].notna()]
    if len(placed) > MAP_POINTS:
        placed = placed.iloc[np.linspace(0, len(placed) - 1, MAP_POINTS).astype(int)]
    figure = map_charts.mood_map(songs=placed.reset_index(drop=True), height=height)
    if drawing:
        figure.update_layout(dragmode="lasso", newselection={"line": {"color": charts.ACCENT, "width": 2}})
    return figure


def radar(song: pd.Series[Any], middle: pd.Series[Any], height: int = 320) -> go.Figure:
    """A song's features from 0 to 1, the middle song's behind them.

    Args:
        song: A row with the features of `RADAR`; an unknown one leaves a gap.
        middle: The median of all songs.
        height: In pixels.
    """
    words = [*RADAR.values(), next(iter(RADAR.values()))]
    figure = go.Figure()
    for row, name, colour, fill in (
        (middle, "the middle song", charts.BUSY, "none"),
        (song, "this song", charts.ACCENT, "toself"),
    ):
        values = [float(row[feature]) for feature in RADAR]
        figure.add_scatterpolar(
            r=[*values, values[0]],
            theta=words,
            name=name,
            mode="lines+markers",
            fill=fill,
            line={"color": colour, "width": 2, "dash": "dot" if fill == "none" else "solid"},
            marker={"size": 5},
            hovertemplate="%{theta}: %{r:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=height,
        # Room for the words beside the circle, also on a phone.
        margin={"l": 84, "r": 84, "t": 24, "b": 24},
        paper_bgcolor=charts.CLEAR,
        showlegend=True,
        legend={"orientation": "h", "y": -0.12, "x": 0.5, "xanchor": "center"},
        polar={
            "bgcolor": charts.CLEAR,
            "radialaxis": {"range": [0, 1], "tickvals": [0.5, 1], "showticklabels": False, "gridcolor": charts.FAINT},
            "angularaxis": {"gridcolor": charts.FAINT, "linecolor": charts.FAINT},
        },
        dragmode=False,
    )
    return figure


def song_place(song: pd.Series[Any], near: pd.DataFrame, height: int = 320) -> go.Figure:
    """Where a song lies on the plane of moods, its neighbours numbered around it."""
    place = (float(song["felt_valence"]), float(song["felt_arousal"]))
    figure = map_charts.mood_map(picks=near.assign(rank=range(1, len(near) + 1)) if len(near) else None, height=height)
    figure.add_scatter(
        x=[place[0]],
        y=[place[1]],
        mode="markers",
        hovertemplate="this song<extra></extra>",
        marker={"size": 20, "color": charts.ACCENT, "symbol": "star", "line": {"color": charts.RING, "width": 2}},
    )
    return figure
