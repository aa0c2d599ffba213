"""A Plotly chart that changes in place.

`st.plotly_chart` takes a new figure for a new chart: it is torn down and drawn anew, which at two figures a second was
seen as blank charts (the element's id is a hash of the figure). Here one chart stays and `Plotly.react` moves what has
changed; zoom, hover and the page's height stay as they are. Plotly comes from this app's own `static/` folder.
"""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

JS: Final = """
const SOURCE = "app/static/plotly-basic.min.js"

function plotly() {
  if (!window.moodPlotly) {
    window.moodPlotly = new Promise((resolve, reject) => {
      // The app may be served under a path of its own; its scripts say where.
      const own = document.querySelector('script[src*="static/js"]')
      const root = own ? own.src.slice(0, own.src.indexOf("static/js")) : document.baseURI
      const script = document.createElement("script")
      script.src = new URL(SOURCE, root).href
      script.onload = () => resolve(window.Plotly)
      script.onerror = () => reject(new Error("Plotly did not load"))
      // What the visitor can press comes first: reading a megabyte of code keeps the browser from it.
      const soon = window.requestIdleCallback || ((call) => setTimeout(call, 200))
      soon(() => document.head.append(script), { timeout: 2000 })
    })
  }
  return window.moodPlotly
}

function draw(host, data) {
  host.style.height = data.height + "px"
  host.setAttribute("aria-label", data.alt)
  const style = getComputedStyle(host)
  const figure = JSON.parse(data.figure)
  figure.layout.font = {
    ...figure.layout.font,
    color: style.getPropertyValue("--st-text-color").trim() || style.color,
    family: style.fontFamily,
  }
  figure.layout.hoverlabel = {
    ...figure.layout.hoverlabel,
    bgcolor: style.getPropertyValue("--st-secondary-background-color").trim(),
    bordercolor: style.getPropertyValue("--st-border-color").trim(),
  }
  figure.layout.autosize = true
  host.pending = figure
  plotly().then((Plotly) => {
    // While the library loaded, newer figures may have come; only the last one is drawn.
    if (host.pending !== figure || !host.isConnected) return
    Plotly.react(host, figure.data, figure.layout, { ...data.config, responsive: true })
  })
}
"""
"""What draws: `draw(host, data)` with `data` as `sent` makes it. For this chart and for those built upon it."""
_EXPORT: Final = """
export default function (component) {
  const host = component.parentElement.querySelector(".steady")
  if (host) draw(host, component.data)
}
"""

_chart = st.components.v2.component(
    "steady_chart",
    html='<div class="steady" role="img"></div>',
    css=".steady { width: 100%; }",
    js=JS + _EXPORT,
    # Plotly puts its style sheet into the document's head, where a shadow root would not see it.
    isolate_styles=False,
)


def steady_chart(figure: go.Figure, key: str, alt: str, *, still: bool = False) -> None:
    """Show a figure, or move the one that is there.

    Args:
        figure: With a height of its own.
        key: Which chart it is.
        alt: What it shows, for those who do not see it.
        still: Nothing to point at: fingers scroll the page over it.
    """
    _chart(key=key, data=sent(figure, alt, still=still), height=figure.layout.height)


def sent(figure: go.Figure, alt: str, *, still: bool = False) -> dict[str, Any]:
    """What the browser's `draw` is given; see `steady_chart` for the arguments."""
    return {
        "figure": figure.to_json(),
        "height": figure.layout.height,
        "alt": alt,
        "config": {"displayModeBar": False, "scrollZoom": False, "staticPlot": still},
    }
