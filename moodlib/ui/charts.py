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
from numpy.typing import ArrayLike, NDArray

from moodlib.emotions import BY_NAME, EMOTIONS, NAMES, Probabilities
from moodlib.mood.target import Target

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

# Labels stand where they do not run into their neighbours on the plane: pixels to the right and up.
_LABEL_AT: Final[dict[str, tuple[int, int]]] = {
    "angry": (-22, 20),
    "fear": (24, 20),
    "disgust": (0, -20),
    "happy": (-16, -20),
    "surprise": (0, 20),
    "sad": (0, -20),
    "neutral": (0, -20),
}
_CORNERS: Final = ((-0.98, 0.97, "tense"), (0.98, 0.97, "lively"), (-0.98, -0.97, "gloomy"), (0.98, -0.97, "calm"))
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


_AXES: Final = (
    {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": FAINT, "width": 1}},
    {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0, "line": {"color": FAINT, "width": 1}},
)


def mood_map(
    place: tuple[float, float] | None = None,
    emotion: str | None = None,
    trail: pd.DataFrame | None = None,
    target: Target | None = None,
    songs: pd.DataFrame | None = None,
    picks: pd.DataFrame | None = None,
    height: int = 300,
) -> go.Figure:
    """The valence-arousal plane (Russell 1980) with whatever is known on it.

    Args:
        place: Where the listener is: valence and arousal in [-1, 1].
        emotion: The name that colours the place.
        trail: Recent past, columns `valence` and `arousal`, oldest first; rows of NaN break it.
        target: Where the songs should be.
        songs: All songs, columns `felt_valence` and `felt_arousal`: a cloud in the nearest emotion's colour.
        picks: The chosen songs, also with `rank`, `title` and `artist`: highlighted, with a tip each.
        height: In pixels.
    """
    figure = _figure(height)
    # In one go: added one by one, lines and labels took most of the time of a live update.
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        hoverlabel={"align": "left"},
        shapes=list(_AXES),
        annotations=[*_landmark_labels(), *_corner_labels()],
        xaxis={"range": [-1, 1], "visible": False, "fixedrange": True},
        yaxis={"range": [-1, 1], "visible": False, "fixedrange": True},
    )
    if songs is not None:
        _add_cloud(figure, songs)
    _add_landmarks(figure, quiet=songs is not None)
    if trail is not None and len(trail):
        _add_trail(figure, trail)
    if target is not None:
        figure.add_scatter(
            x=[target.valence],
            y=[target.arousal],
            mode="markers",
            name="aim",
            hovertemplate="what the songs aim at<extra></extra>",
            marker={"symbol": "circle-cross-open", "size": 22, "color": BUSY, "line": {"width": 2}},
        )
    if picks is not None:
        _add_picks(figure, picks)
    if place is not None:
        colour = BY_NAME[emotion].colour if emotion in BY_NAME else ACCENT
        figure.add_scatter(
            x=[place[0]],
            y=[place[1]],
            mode="markers",
            name="you",
            hovertemplate="you, now<extra></extra>",
            marker={"size": 20, "color": colour, "line": {"color": RING, "width": 3}},
        )
    return figure


def _add_landmarks(figure: go.Figure, quiet: bool) -> None:
    """The seven emotions as soft lights with their symbols and words."""
    figure.add_scatter(
        x=[emotion.valence for emotion in EMOTIONS],
        y=[emotion.arousal for emotion in EMOTIONS],
        mode="markers",
        hoverinfo="skip",
        marker={
            "size": 130,
            "opacity": 1,
            "color": [_rgba(emotion.colour, 0.0) for emotion in EMOTIONS],
            "gradient": {"type": "radial", "color": [_rgba(e.colour, 0.42 if quiet else 0.34) for e in EMOTIONS]},
            "line": {"width": 0},
        },
    )
    figure.add_scatter(
        x=[emotion.valence for emotion in EMOTIONS],
        y=[emotion.arousal for emotion in EMOTIONS],
        mode="markers",
        hoverinfo="skip",
        marker={
            "size": 13,
            "symbol": [emotion.symbol for emotion in EMOTIONS],
            "color": [emotion.colour for emotion in EMOTIONS],
            "line": {"color": RING, "width": 1.5},
        },
    )


def _landmark_labels() -> list[dict[str, Any]]:
    # White on a deeper shade of the emotion's colour can be read on either theme and over a cloud of songs.
    return [
        {
            "x": emotion.valence,
            "y": emotion.arousal,
            "text": emotion.name,
            "showarrow": False,
            "xshift": _LABEL_AT[emotion.name][0],
            "yshift": _LABEL_AT[emotion.name][1],
            "bgcolor": _deep(emotion.colour),
            "font": {"color": "#FFFFFF", "size": 12},
            "borderpad": 3,
            "opacity": 0.94,
        }
        for emotion in EMOTIONS
    ]


def _corner_labels() -> list[dict[str, Any]]:
    return [
        {
            "x": x,
            "y": y,
            "text": word,
            "showarrow": False,
            "bgcolor": QUIET,
            "font": {"color": "#FFFFFF", "size": 11},
            "borderpad": 3,
            "xanchor": "left" if x < 0 else "right",
            "yanchor": "top" if y > 0 else "bottom",
        }
        for x, y, word in _CORNERS
    ]


def nearest(valence: ArrayLike, arousal: ArrayLike) -> NDArray[np.intp]:
    """Index of the emotion that is nearest on the plane to each place."""
    places = np.stack([np.asarray(valence, dtype=np.float64), np.asarray(arousal, dtype=np.float64)], axis=-1)
    landmarks = np.array([(emotion.valence, emotion.arousal) for emotion in EMOTIONS])
    distances = np.linalg.norm(places[:, None] - landmarks[None], axis=2)
    return np.asarray(distances.argmin(axis=1))


def _add_cloud(figure: go.Figure, songs: pd.DataFrame) -> None:
    """All songs as one WebGL trace for each emotion; a trace each costs less to send than a colour each."""
    valence = songs["felt_valence"].to_numpy(np.float32)
    arousal = songs["felt_arousal"].to_numpy(np.float32)
    owner = nearest(valence, arousal)
    tips = "title" in songs and "artist" in songs
    for index, emotion in enumerate(EMOTIONS):
        mine = owner == index
        figure.add_scattergl(
            x=valence[mine],
            y=arousal[mine],
            mode="markers",
            text=[escape(text) for text in (songs["title"] + " · " + songs["artist"])[mine]] if tips else None,
            hovertemplate="%{text}<extra></extra>" if tips else None,
            hoverinfo=None if tips else "skip",
            marker={"size": 4, "color": emotion.colour, "opacity": 0.42, "line": {"width": 0}},
        )


def _add_trail(figure: go.Figure, trail: pd.DataFrame) -> None:
    age = np.linspace(0.08, 0.75, len(trail))
    figure.add_scatter(
        x=trail["valence"].to_numpy(np.float32),
        y=trail["arousal"].to_numpy(np.float32),
        mode="lines+markers",
        hoverinfo="skip",
        line={"color": FAINT, "width": 2, "shape": "spline"},
        connectgaps=False,
        marker={"size": np.linspace(3, 8, len(trail)), "color": [f"rgba(128,128,128,{a:.2f})" for a in age]},
    )


def _add_picks(figure: go.Figure, picks: pd.DataFrame) -> None:
    figure.add_scatter(
        x=picks["felt_valence"],
        y=picks["felt_arousal"],
        name="picks",
        mode="markers+text",
        text=picks["rank"].astype(str),
        textposition="middle center",
        textfont={"size": 11, "color": "#FFFFFF"},
        customdata=np.stack([picks[name].astype(str).map(escape) for name in ("title", "artist")], axis=-1),
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        marker={"size": 19, "color": "#7A2E5D", "line": {"color": RING, "width": 1.5}},
    )


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
