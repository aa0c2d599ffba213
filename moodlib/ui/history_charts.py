"""Charts of the History page."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from moodlib.emotions import BY_NAME, EMOTIONS, NAMES
from moodlib.ui import charts

GAP: Final = 30
"""Seconds without a mood after which the timeline shows a gap."""
POINTS: Final = 1500


def runs(moods: pd.DataFrame) -> pd.DataFrame:
    """Stretches of one emotion: `emotion`, `start` and `end` in seconds since 1970; at most `POINTS`, the longest.

    Args:
        moods: `at` and `emotion`, oldest first.
    """
    at, emotion = moods["at"].to_numpy(dtype=np.int64), moods["emotion"].to_numpy(dtype=object)
    if not len(at):
        return pd.DataFrame({"emotion": [], "start": [], "end": []})
    new = np.r_[True, (emotion[1:] != emotion[:-1]) | (np.diff(at) > GAP)]
    starts = np.flatnonzero(new)
    ends = np.r_[starts[1:], len(at)] - 1
    found = pd.DataFrame({"emotion": emotion[starts], "start": at[starts], "end": at[ends] + 1})
    if len(found) > POINTS:
        found = found.loc[(found["end"] - found["start"]).nlargest(POINTS).index].sort_index()
    return found


def moods_over_time(moods: pd.DataFrame, zone: str, height: int = 280) -> go.Figure:
    """One row for each emotion, a bar for each stretch of time.

    Args:
        moods: `at` in seconds since 1970 and `emotion`, oldest first.
        zone: Time zone to show, such as Europe/Vienna.
        height: In pixels.
    """
    figure = charts.plain_figure(height, barmode="overlay")
    found = runs(moods)
    for emotion in EMOTIONS:
        mine = found[found["emotion"] == emotion.name]
        start = pd.to_datetime(mine["start"], unit="s", utc=True).dt.tz_convert(zone).dt.tz_localize(None)
        figure.add_bar(
            x=((mine["end"] - mine["start"]) * 1000).to_list(),
            base=start.to_list(),
            y=[emotion.name] * len(mine),
            orientation="h",
            name=emotion.name,
            width=0.62,
            marker={"color": emotion.colour, "line": {"width": 0}},
            customdata=(mine["end"] - mine["start"]).to_list(),
            hovertemplate="%{y}: %{customdata} s from %{base|%H:%M:%S}<extra></extra>",
        )
    figure.update_xaxes(type="date", showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(
        categoryorder="array", categoryarray=list(NAMES)[::-1], range=[-0.6, 6.6], ticks="", fixedrange=True
    )
    return figure


def shares(moods: pd.DataFrame) -> pd.Series[float]:
    """Share of the time spent in each emotion, all seven, adding up to 1 (or all 0 without a mood)."""
    counts = moods["emotion"].value_counts().reindex(list(NAMES), fill_value=0)
    return counts / max(1, int(counts.sum()))


def share_of_time(moods: pd.DataFrame, height: int = 280) -> go.Figure:
    """Share of the time spent in each emotion, as bars with their figures."""
    share = shares(moods)
    figure = charts.plain_figure(height, bargap=0.4)
    figure.add_bar(
        x=(share * 100).to_list(),
        y=list(share.index),
        orientation="h",
        text=[f"{value:.0%}" for value in share],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
        marker={"color": [BY_NAME[name].colour for name in share.index], "cornerradius": 6},
    )
    figure.update_layout(margin={"l": 0, "r": 40, "t": 4, "b": 0})
    figure.update_xaxes(range=[0, 100], visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", fixedrange=True, ticklabelstandoff=8)
    return figure


def by_hour(moods: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Minutes by emotion (rows, all seven) and hour of the day (columns 0 to 23).

    Args:
        moods: `at` in seconds since 1970, one row a second, and `emotion`.
        zone: Time zone whose hours count.
    """
    hours = pd.to_datetime(moods["at"].astype("int64"), unit="s", utc=True).dt.tz_convert(zone).dt.hour
    counted = pd.crosstab(moods["emotion"], hours) / 60
    return counted.reindex(index=list(NAMES), columns=range(24), fill_value=0.0).astype(float)


def heat(moods: pd.DataFrame, zone: str, height: int = 290) -> go.Figure:
    """When of the day which emotion: hour by emotion."""
    minutes = by_hour(moods, zone)
    figure = charts.plain_figure(height)
    figure.add_heatmap(
        z=minutes.to_numpy(),
        x=list(minutes.columns),
        y=list(minutes.index),
        xgap=2,
        ygap=2,
        showscale=False,
        zmin=0,
        colorscale=[[0.0, "rgba(184,80,143,0.07)"], [0.5, "rgba(184,80,143,0.65)"], [1.0, "rgba(122,46,93,1)"]],
        hovertemplate="%{y}, %{x}:00 to %{x}:59: %{z:.1f} minutes<extra></extra>",
    )
    hours = [0, 6, 12, 18, 23]
    figure.update_xaxes(tickvals=hours, ticktext=[f"{hour}:00" for hour in hours], showgrid=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    return figure
