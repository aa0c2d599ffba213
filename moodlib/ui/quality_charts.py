"""The Training page's charts of right and wrong: what is confused with what, how sure, in which rooms.

Drawn like those of `training_charts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from moodlib.emotions import NAMES
from moodlib.ui.charts import ACCENT, BUSY, FAINT, SECOND, _rgba
from moodlib.ui.training_charts import THIRD, _bare, _legend

_CELLS: Final = [[0.0, "rgba(184,80,143,0.05)"], [0.5, "rgba(184,80,143,0.62)"], [1.0, "rgba(122,46,93,1)"]]
_GAIN: Final = [[0.0, "#B5551D"], [0.5, "rgba(128,128,128,0.08)"], [1.0, "#1F7A8C"]]


def confusion(counts: Sequence[Sequence[int]], show_counts: bool = False, height: int = 450) -> go.Figure:
    """Which emotion was taken for which: rows are what it was, columns what the network said.

    Args:
        counts: 7 by 7, order of `EMOTIONS`. The colours show shares of each row.
        show_counts: Write faces into the cells, not per cent of the row.
        height: In pixels.
    """
    table = np.asarray(counts, dtype=np.float64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure = _bare(height)
    figure.add_heatmap(
        z=shares,
        x=list(NAMES),
        y=list(NAMES),
        xgap=3,
        ygap=3,
        zmin=0,
        zmax=1,
        showscale=False,
        colorscale=_CELLS,
        hoverinfo="skip",
    )
    # The nearest cell answers, however far from its middle the click is.
    figure.update_layout(hovermode="closest", hoverdistance=-1)
    rows, columns = np.divmod(np.arange(table.size), len(NAMES))
    # A heat map takes no clicks; a marker over each cell, seen only when it is chosen, does.
    figure.add_scatter(
        x=[NAMES[column] for column in columns],
        y=[NAMES[row] for row in rows],
        customdata=np.column_stack([table.ravel(), shares.ravel()]),
        mode="markers",
        marker={"symbol": "square", "size": 34, "opacity": 0, "color": BUSY},
        selected={"marker": {"opacity": 0.45}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{y} taken for %{x}: %{customdata[0]:,} (%{customdata[1]:.0%})<extra></extra>",
    )
    # In one go: added one by one, 49 labels take longer than the rest of the page.
    figure.update_layout(
        annotations=[
            {
                "x": said,
                "y": true,
                "text": f"{table[row, column]:.0f}" if show_counts else f"{shares[row, column] * 100:.0f}",
                "showarrow": False,
                "font": {"size": 13, **({"color": "#FFFFFF"} if shares[row, column] > 0.42 else {})},
            }
            for row, true in enumerate(NAMES)
            for column, said in enumerate(NAMES)
        ]
    )
    figure.update_xaxes(title_text="the network said", ticks="", showgrid=False, fixedrange=True)
    figure.update_yaxes(title_text="it was", autorange="reversed", ticks="", showgrid=False, fixedrange=True)
    return figure


def reliability(bins: Sequence[Mapping[str, float]], height: int = 340) -> go.Figure:
    """How often the network is right when it is so sure: the diagonal is honest.

    Args:
        bins: `low`, `high`, `n`, `confidence` and `accuracy` of each; empty ones are left out.
        height: In pixels.
    """
    filled = [entry for entry in bins if entry["n"]]
    figure = _bare(height, bargap=0.04)
    figure.add_bar(
        x=[(entry["low"] + entry["high"]) / 2 for entry in filled],
        y=[entry["accuracy"] for entry in filled],
        width=[(entry["high"] - entry["low"]) * 0.92 for entry in filled],
        customdata=[[int(entry["n"]), entry["confidence"]] for entry in filled],
        marker={"color": _rgba(ACCENT, 0.75), "cornerradius": 4},
        hovertemplate="says %{customdata[1]:.0%}, right %{y:.0%} of %{customdata[0]:,}<extra></extra>",
    )
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": BUSY, "dash": "dash", "width": 1.5}, hoverinfo="skip"
    )
    figure.update_xaxes(
        title_text="how sure it says it is", range=[0, 1], tickformat=".0%", showgrid=False, fixedrange=True
    )
    figure.update_yaxes(
        title_text="how often it is right", range=[0, 1.02], tickformat=".0%", gridcolor=FAINT, fixedrange=True
    )
    return figure


def intervals(rows: pd.DataFrame, measures: Mapping[str, str], height: int = 400) -> go.Figure:
    """Figures of each emotion with their 95 % intervals.

    Args:
        rows: `emotion` and, for each measure, its column and `<measure>_low`, `<measure>_high` (NaN where unknown).
        measures: Column to what it is called.
        height: In pixels.
    """
    figure = _bare(height, hovermode="y unified", scattermode="group", scattergap=0.4)
    kinds = zip((ACCENT, SECOND, THIRD), ("circle", "diamond", "square"), strict=True)
    for (measure, label), (colour, symbol) in zip(measures.items(), kinds, strict=False):
        figure.add_scatter(
            x=rows[measure],
            y=rows["emotion"],
            name=label,
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 10},
            error_x={
                "array": rows[f"{measure}_high"] - rows[measure],
                "arrayminus": rows[measure] - rows[f"{measure}_low"],
                "symmetric": False,
                "thickness": 1.6,
                "width": 3,
                "color": colour,
            },
            hovertemplate="%{x:.0%}",
        )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", gridcolor=FAINT, zeroline=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False, fixedrange=True, ticklabelstandoff=8)
    _legend(figure, 1)
    return figure


def rooms(table: pd.DataFrame, difference: bool = False, height: int = 430) -> go.Figure:
    """Accuracy by condition and strength.

    Args:
        table: Index the conditions, columns the strengths, cells shares in [0, 1], or differences of such.
        difference: Colour by gain and loss around zero, and write points.
        height: In pixels.
    """
    values = table.to_numpy(dtype=np.float64)
    figure = _bare(height)
    figure.add_heatmap(
        z=values,
        x=list(table.columns),
        y=list(table.index),
        xgap=3,
        ygap=3,
        zmin=-0.3 if difference else 0.15,
        zmax=0.3 if difference else 0.75,
        showscale=False,
        colorscale=_GAIN if difference else _CELLS,
        hovertemplate="%{y}, %{x}: %{z:+.1%}<extra></extra>" if difference else "%{y}, %{x}: %{z:.1%}<extra></extra>",
    )
    figure.update_layout(
        annotations=[
            {
                "x": strength,
                "y": condition,
                "text": f"{values[row, column] * 100:+.1f}" if difference else f"{values[row, column] * 100:.1f}",
                "showarrow": False,
                "font": {
                    "size": 13,
                    **({"color": "#FFFFFF"} if abs(values[row, column]) > (0.13 if difference else 0.42) else {}),
                },
            }
            for row, condition in enumerate(table.index)
            for column, strength in enumerate(table.columns)
            if np.isfinite(values[row, column])
        ]
    )
    figure.update_xaxes(side="bottom", ticks="", showgrid=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", showgrid=False, fixedrange=True, ticklabelstandoff=6)
    return figure
