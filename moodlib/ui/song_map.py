"""The map of all songs: thousands of songs that are sent and painted once, and a few marks over them that move.

In a Plotly figure each move of a slider would build, send and draw all songs anew, for ten marks that have changed.
Here the songs are an element of their own, the same at every run, which Streamlit's message cache answers with a
reference; the browser paints them on a canvas below a steady chart. The tip that names a song is plain text, so that
markup in a title stays text.
"""

from __future__ import annotations

import json
from typing import Final

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from moodlib.emotions import EMOTIONS
from moodlib.ui import map_charts, session, steady

SPAN: Final = 1.06
"""The plane shows from -SPAN to SPAN, so that a mark at its edge is seen whole."""
_STEPS: Final = 1000

_CLOUD_JS: Final = """
export default function (component) {
  const { data } = component
  const map = (window.moodMap = window.moodMap || {})
  if (map.bytes === data) return
  map.bytes = data
  map.songs = JSON.parse(new TextDecoder().decode(data))
  if (map.paint) map.paint()
}
"""

_MAP_JS: Final = (
    steady.JS
    + """
const NEAR = 8

function spot(songs, index, box) {
  const reach = songs.span * songs.steps
  return [((songs.x[index] + reach) / (2 * reach)) * box.width, ((reach - songs.y[index]) / (2 * reach)) * box.height]
}

function paint(canvas, songs) {
  const box = canvas.getBoundingClientRect(), dense = window.devicePixelRatio || 1
  if (!songs || !box.width) return
  canvas.width = box.width * dense
  canvas.height = box.height * dense
  const pen = canvas.getContext("2d")
  pen.scale(dense, dense)
  pen.globalAlpha = 0.42
  for (let index = 0; index < songs.x.length; index++) {
    const [x, y] = spot(songs, index, box)
    pen.fillStyle = songs.colours[songs.of[index]]
    pen.beginPath()
    pen.arc(x, y, 2, 0, 2 * Math.PI)
    pen.fill()
  }
}

function point(frame, event) {
  const songs = window.moodMap && window.moodMap.songs
  const tip = frame.querySelector(".tip"), box = frame.getBoundingClientRect()
  const x = event.clientX - box.left, y = event.clientY - box.top
  let best = -1, least = NEAR * NEAR
  // A mark of the list that is pointed at has a tip of its own.
  const marked = frame.querySelector(".hoverlayer .hovertext")
  for (let index = 0; songs && !marked && index < songs.x.length; index++) {
    const [left, top] = spot(songs, index, box)
    const far = (left - x) ** 2 + (top - y) ** 2
    if (far < least) [best, least] = [index, far]
  }
  tip.hidden = best < 0
  if (best < 0) return
  tip.textContent = songs.names[best]
  const [left, top] = spot(songs, best, box)
  tip.style.left = Math.max(0, Math.min(left + 10, box.width - tip.offsetWidth)) + "px"
  tip.style.top = Math.max(0, top - tip.offsetHeight - 6) + "px"
}

export default function (component) {
  const { data, parentElement } = component
  const frame = parentElement.querySelector(".song-map")
  if (!frame) return
  const canvas = frame.querySelector("canvas")
  const map = (window.moodMap = window.moodMap || {})
  frame.style.height = data.height + "px"
  draw(frame.querySelector(".steady"), data)
  if (!frame.watched) {
    frame.watched = new ResizeObserver(() => paint(canvas, map.songs))
    frame.watched.observe(frame)
    for (const kind of ["pointermove", "pointerdown"]) frame.addEventListener(kind, (event) => point(frame, event))
    frame.addEventListener("pointerleave", () => (frame.querySelector(".tip").hidden = true))
  }
  if (map.paint === undefined || map.canvas !== canvas) {
    map.canvas = canvas
    map.paint = () => paint(canvas, map.songs)
    map.paint()
  }
}
"""
)

_CSS: Final = """
.song-map { position: relative; width: 100%; }
.song-map canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.song-map .steady { position: absolute; inset: 0; }
.song-map .tip {
  position: absolute; z-index: 2; max-width: 90%; padding: 2px 8px; pointer-events: none; font-size: 13px;
  color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: 4px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
"""

_cloud = st.components.v2.component("song_cloud", html="<span hidden></span>", js=_CLOUD_JS, isolate_styles=False)
_map = st.components.v2.component(
    "song_map",
    html="""<div class="song-map">
      <canvas></canvas><div class="steady" role="img"></div><div class="tip" hidden></div>
    </div>""",
    css=_CSS,
    js=_MAP_JS,
    isolate_styles=False,
)


def packed(songs: pd.DataFrame) -> bytes:
    """All songs as the browser wants them.

    Args:
        songs: `title`, `artist`, and `felt_valence` and `felt_arousal` in [-1, 1].

    Returns:
        JSON: places in thousandths, `of` which emotion (the nearest) in whose colour, and names.
    """
    places = (songs[["felt_valence", "felt_arousal"]].to_numpy(float) * _STEPS).round().astype(int)
    said = {
        "span": SPAN,
        "steps": _STEPS,
        "colours": [emotion.colour for emotion in EMOTIONS],
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "of": map_charts.nearest(songs["felt_valence"], songs["felt_arousal"]).tolist(),
        "names": (songs["title"] + " · " + songs["artist"]).tolist(),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@st.cache_resource(show_spinner=False, max_entries=1)
def all_songs() -> bytes:
    """The catalogue, packed once for all sessions.

    Raises:
        InputError: The catalogue or the model file is missing or damaged.
    """
    return packed(session.cloud())


def over_songs(figure: go.Figure) -> go.Figure:
    """The figure, its axes those of the map below it."""
    figure.update_xaxes(range=[-SPAN, SPAN])
    figure.update_yaxes(range=[-SPAN, SPAN])
    return figure


def marks_over_songs(cloud: bytes, figure: go.Figure, key: str, alt: str) -> None:
    """Show marks over all songs, or move those that are there. One map on a page.

    Args:
        cloud: From `packed`; the same object again costs next to nothing.
        figure: The marks, on axes from -SPAN to SPAN without margins, with a height of its own.
        key: Which map it is.
        alt: What it shows, for those who do not see it.
    """
    with st.container(gap=None):
        _map(key=key, data=steady.sent(figure, alt), height=figure.layout.height)
        _cloud(key=f"{key}_songs", data=cloud)
