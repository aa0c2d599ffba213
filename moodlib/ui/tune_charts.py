"""The Tune page's own figures: the map with a journey on it, two lists beside each other, a song's contributions."""

from __future__ import annotations

from html import escape
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from moodlib.mood.target import Target
from moodlib.ui import charts, journeys, map_charts, words
from moodlib.ui.song_map import over_songs

_EDGE: Final = 0.95
_INWARDS: Final = 0.7
MAP: Final = (
    "Each dot is a song where listeners' labels put it; the numbers are the list. The cross is the mood: "
    "it often lies nearer to the middle than the songs that people call by it."
)


def song_map(picks: pd.DataFrame, start: Target, target: Target, journey: bool, height: int = 460) -> go.Figure:
    """The list on the plane; for a journey the way and the songs along it. The other songs are no part of it.

    Args:
        picks: The list.
        start: Where the listener is.
        target: Where the songs aim.
        journey: Whether the songs lead from `start` to `target`.
        height: In pixels.
    """
    figure = over_songs(map_charts.mood_map(picks=picks, target=target, height=height))
    if journey:
        journeys.draw(figure, picks, start, target)
    # The marks matter more here than the words around them; those of the corners make room for lists that lie there.
    figure.update_annotations(opacity=0.7)
    for word in figure.layout.annotations:
        if abs(word.x) > _EDGE:
            word.x *= _INWARDS
    return figure


def side_by_side(mine: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Two lists as one table of text: place, A, B, and B's song's place in A, if it has one."""
    rows = max(len(mine), len(other))
    place = mine.set_index("track_id")["rank"]

    def named(songs: pd.DataFrame) -> list[str]:
        pairs = zip(songs["title"], songs["artist"], strict=True)
        return [f"{words.plain(str(title))} · {words.plain(str(artist))}" for title, artist in pairs]

    on_a = [str(place[i]) if i in place.index else "–" for i in other["track_id"]]
    columns = {"A": named(mine), "B": named(other), "in A": on_a}
    filled = {name: [*values, *[""] * (rows - len(values))] for name, values in columns.items()}
    return pd.DataFrame({"#": [str(n + 1) for n in range(rows)], **filled})


def contributions(table: pd.DataFrame, height: int | None = None) -> go.Figure:
    """What moved one song up or down, as bars to the right and to the left.

    Args:
        table: `what` and `value`, largest first.
        height: In pixels; by the number of rows when None.
    """
    figure = charts._figure(height or 40 + 24 * len(table), bargap=0.35)
    colours = ["#0072B2" if value >= 0 else "#D55E00" for value in table["value"]]
    figure.add_bar(
        x=table["value"].round(4),
        y=[escape(str(what)) for what in table["what"]],
        orientation="h",
        text=[f"{value:+.2f}" for value in table["value"]],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
        marker={"color": colours, "cornerradius": 3},
    )
    figure.update_layout(margin={"l": 0, "r": 44, "t": 4, "b": 0})
    figure.update_xaxes(gridcolor=charts.FAINT, zerolinecolor=charts.BUSY, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", fixedrange=True, ticklabelstandoff=8, automargin=True)
    return figure
