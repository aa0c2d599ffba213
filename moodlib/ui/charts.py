"""The charts: pure functions from data to a Plotly figure.

Backgrounds are transparent and no text has a colour of its own, so that Streamlit's theme fits them to light and dark.
Emotions keep their colour, dash and symbol from `moodlib.emotions` everywhere. Figures that are sent again every second
are kept small: some hundred points, thinned before they come here.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from moodlib.emotions import EMOTIONS, NAMES, Probabilities

CLEAR: Final = "rgba(0,0,0,0)"
RING: Final = "rgba(255,255,255,0.92)"
FAINT: Final = "rgba(128,128,128,0.28)"
BUSY: Final = "rgba(128,128,128,0.75)"
QUIET: Final = "rgba(96,84,102,0.78)"
ACCENT: Final = "#B8508F"
SECOND: Final = "#2F8FA8"
CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": "reset"}
"""Passed to `st.plotly_chart`: the mode bar hides what it stands on at phone width."""
STILL: Final[dict[str, Any]] = {**CONFIG, "staticPlot": True}
"""For charts that have nothing to point at: fingers scroll the page over them."""

_SONG_PARTS_TOP: Final = 12


def _rgba(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def _deep(colour: str, share: float = 0.72) -> str:
    red, green, blue = (round(int(colour[at : at + 2], 16) * share) for at in (1, 3, 5))
    return f"#{red:02X}{green:02X}{blue:02X}"


def _figure(height: int, **layout: Any) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        uirevision="constant",
        showlegend=False,
        dragmode=False,
        **layout,
    )
    return figure


def plain_figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure as all charts here begin: clear, without legend, of so many pixels."""
    return _figure(height, **layout)


def bars(probabilities: Probabilities, height: int = 218) -> go.Figure:
    """Confidence of all seven as slim horizontal bars.

    Args:
        probabilities: Shape (7,), summing to 1.
        height: In pixels.
    """
    percent = (np.asarray(probabilities, dtype=np.float64) * 100).round(1)
    figure = _figure(height, bargap=0.52)
    figure.add_bar(
        x=[100.0] * len(NAMES), y=list(NAMES), orientation="h", marker={"color": FAINT, "cornerradius": 6}, opacity=0.5
    )
    figure.add_bar(
        x=percent.tolist(),
        y=list(NAMES),
        orientation="h",
        marker={"color": [emotion.colour for emotion in EMOTIONS], "cornerradius": 6},
    )
    for name, value in zip(NAMES, percent, strict=True):
        figure.add_annotation(x=113, y=name, text=f"{value:.0f} %", showarrow=False, xanchor="right", font={"size": 13})
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(range=[0, 114], visible=False, fixedrange=True)
    figure.update_yaxes(
        autorange="reversed",
        ticks="",
        showgrid=False,
        fixedrange=True,
        tickfont={"size": 14},
        ticklabelstandoff=8,
        automargin=True,
    )
    return figure


def timeline(frame: pd.DataFrame, seconds: float | None = None, height: int = 260) -> go.Figure:
    """All seven emotions over time.

    Args:
        frame: `Timeline.frame(...)`: `t` in seconds and a column for each emotion; NaN where the mood was not known.
        seconds: Width of the window; the whole session when None.
        height: In pixels.
    """
    figure = _figure(height, hovermode="x unified")
    t = frame["t"].to_numpy(np.float64) if len(frame) else np.zeros(1)
    end = float(t[-1])
    start = float(t[0]) if seconds is None else max(0.0, end - seconds)
    width = max(seconds or 0.0, end - start, 30.0)
    for emotion in EMOTIONS:
        values = frame[emotion.name].to_numpy(np.float32) if len(frame) else np.full(1, np.nan, np.float32)
        figure.add_scatter(
            x=t.astype(np.float32),
            y=(values * 100).round(1).astype(np.float32),
            mode="lines",
            name=emotion.name,
            connectgaps=False,
            line={"color": emotion.colour, "dash": emotion.dash, "width": 2.4, "shape": "spline", "smoothing": 0.6},
            hovertemplate="%{y:.0f} %",
        )
    ticks = _minutes(start, start + width)
    figure.update_xaxes(
        range=[start, start + width],
        tickmode="array",
        tickvals=[at for at, _ in ticks],
        ticktext=[text for _, text in ticks],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
        hoverformat=".0f",
        unifiedhovertitle={"text": "%{x:.0f} s"},
    )
    figure.update_yaxes(
        range=[0, 101],
        tickvals=[0, 50, 100],
        ticksuffix=" %",
        gridcolor=FAINT,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        showlegend=True,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend={"orientation": "h", "y": -0.14, "x": 0, "itemwidth": 36, "font": {"size": 13}},
    )
    return figure


def _minutes(start: float, end: float) -> list[tuple[float, str]]:
    """At most seven round ticks between two times in seconds, as minutes and seconds."""
    steps = (5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)
    step = next((step for step in steps if (end - start) / step <= 6), 7200)
    first = int(np.ceil(start / step)) * step
    return [(at, f"{at // 60}:{at % 60:02d}") for at in range(first, int(end) + 1, step)]


def score_parts(picked: pd.DataFrame, labels: Mapping[str, str], height: int | None = None) -> go.Figure:
    """What each song's score is made of, stacked.

    Args:
        picked: Best first, with `rank`, `title` and `part_*` columns.
        labels: What a part is called; by its name without `part_`.
        height: In pixels; by the number of songs when None.
    """
    parts = [column for column in picked.columns if column.startswith("part_")]
    weights = picked[parts].abs().sum().sort_values(ascending=False)
    shown = [part for part in weights.index if weights[part] > 0][:_SONG_PARTS_TOP]
    # Plotly reads a little HTML in its texts; a title is only text.
    names = [f"{rank}  {escape(_short(title))}" for rank, title in zip(picked["rank"], picked["title"], strict=True)]
    figure = _figure(height or 110 + 30 * len(picked), barmode="relative", bargap=0.38)
    for index, part in enumerate(shown):
        name = part.removeprefix("part_")
        figure.add_bar(
            x=picked[part].round(3),
            y=names,
            orientation="h",
            name=labels.get(name, name.replace("_", " ")),
            marker={"color": PART_COLOURS[index % len(PART_COLOURS)], "cornerradius": 3},
            hovertemplate="%{x:+.2f}",
        )
    figure.update_layout(
        showlegend=True,
        hovermode="y unified",
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        legend={"orientation": "h", "y": -0.08, "x": 0},
    )
    figure.update_yaxes(
        autorange="reversed", ticks="", showgrid=False, fixedrange=True, ticklabelstandoff=6, automargin=True
    )
    figure.update_xaxes(gridcolor=FAINT, zerolinecolor=BUSY, fixedrange=True, automargin=True)
    return figure


# Wong 2011 (Nature Methods 8:441), without black, and three greys of the theme's own hue.
PART_COLOURS: Final = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8B7E92",
    "#B5A9BA",
    "#5F5266",
)


def _short(text: str, letters: int = 22) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
