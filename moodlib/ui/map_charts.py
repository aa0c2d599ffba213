"""The mood map: songs, landmarks, the listener's place and way on the plane of valence and arousal.

Drawn like the other charts (`charts`).
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from moodlib.emotions import BY_NAME, EMOTIONS
from moodlib.mood.target import Target
from moodlib.ui.charts import ACCENT, BUSY, FAINT, QUIET, RING, _deep, _figure, _rgba

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
