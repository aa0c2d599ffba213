"""The Training page's charts: pure functions from figures to a Plotly figure.

Drawn like those of `charts`: clear backgrounds, no text with a colour of its own, so that the theme fits them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from moodlib.emotions import NAMES
from moodlib.ui.charts import ACCENT, BUSY, CLEAR, FAINT, PART_COLOURS, SECOND, _figure, _rgba

THIRD: Final = "#C98500"
_BAR: Final = 30
"""Room in pixels above a chart, so that the mode bar with its PNG button hides nothing."""
_CELLS: Final = [[0.0, "rgba(184,80,143,0.05)"], [0.5, "rgba(184,80,143,0.62)"], [1.0, "rgba(122,46,93,1)"]]
_GAIN: Final = [[0.0, "#B5551D"], [0.5, "rgba(128,128,128,0.08)"], [1.0, "#1F7A8C"]]
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def config(name: str) -> dict[str, Any]:
    """Passed to `st.plotly_chart`: the mode bar holds nothing but the button that saves a PNG of this name."""
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
        "scrollZoom": False,
        "doubleClick": "reset",
    }


def _bare(height: int, **layout: Any) -> go.Figure:
    figure = _figure(height, **layout)
    figure.update_layout(
        margin={"l": 0, "r": 8, "t": _BAR, "b": 0}, modebar={"bgcolor": CLEAR, "color": BUSY, "activecolor": ACCENT}
    )
    return figure


def _legend(figure: go.Figure, lines: int) -> None:
    """Names under the axis; on a phone each has a line of its own, so the room for them is kept free."""
    figure.update_layout(
        showlegend=True,
        margin={"l": 0, "r": 8, "t": _BAR, "b": 44 + 19 * lines},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )


def _whole(count: int) -> dict[str, int]:
    """Ticks on whole numbers from 1, at most nine or so."""
    return {"tick0": 1, "dtick": max(1, round(count / 8))}


def curves(
    history: pd.DataFrame,
    columns: Mapping[str, str],
    best: int | None = None,
    percent: bool = False,
    height: int = 340,
    axis: str = "epoch",
) -> go.Figure:
    """Figures of a training run by epoch.

    Args:
        history: With `epoch` and the columns asked for.
        columns: Column to what it is called. A name that starts with "val_" is drawn solid, others dotted.
        best: The epoch to mark.
        percent: Show shares as percentages.
        height: In pixels.
        axis: What is counted from left to right.
    """
    figure = _bare(height, hovermode="x unified")
    families = dict.fromkeys(column.removeprefix("val_") for column in columns)
    hues = dict(zip(families, (ACCENT, SECOND, THIRD), strict=False))
    for column, label in columns.items():
        # A figure that has no counterpart in validation, such as the learning rate, is no dotted companion.
        validation = column.startswith("val_") or f"val_{column}" not in columns
        figure.add_scatter(
            x=history["epoch"] + 1,
            y=history[column],
            mode="lines",
            name=label,
            line={
                "color": hues[column.removeprefix("val_")],
                "width": 2.6 if validation else 1.8,
                "dash": "solid" if validation else "dot",
            },
            hovertemplate="%{y:.1%}" if percent else "%{y:.4g}",
        )
    if best is not None:
        figure.add_vline(
            x=best + 1,
            line={"color": BUSY, "width": 1.5, "dash": "dash"},
            annotation_text=f"best: epoch {best + 1}",
            annotation_position="bottom left" if best > len(history) / 2 else "bottom right",
        )
    figure.update_xaxes(title_text=axis, showgrid=False, zeroline=False, fixedrange=True, **_whole(len(history)))
    figure.update_yaxes(tickformat=".0%" if percent else None, gridcolor=FAINT, zeroline=False, fixedrange=True)
    _legend(figure, len(columns))
    return figure


def several(histories: Mapping[str, pd.DataFrame], column: str, percent: bool = True, height: int = 340) -> go.Figure:
    """One figure of several runs by epoch, each with a colour and a dash of its own.

    Args:
        histories: Name of the run to its history; runs without the column are left out.
        column: Which figure.
        percent: Show shares as percentages.
        height: In pixels.
    """
    figure = _bare(height, hovermode="x unified")
    shown = {name: history for name, history in histories.items() if column in history}
    for index, (name, history) in enumerate(shown.items()):
        figure.add_scatter(
            x=history["epoch"] + 1,
            y=history[column],
            mode="lines",
            name=name,
            line={
                "color": PART_COLOURS[index % len(PART_COLOURS)],
                "dash": _DASHES[index % len(_DASHES)],
                "width": 2.4,
            },
            hovertemplate="%{y:.1%}" if percent else "%{y:.4g}",
        )
    longest = max((len(history) for history in shown.values()), default=1)
    figure.update_xaxes(title_text="epoch", showgrid=False, zeroline=False, fixedrange=True, **_whole(longest))
    figure.update_yaxes(tickformat=".0%" if percent else None, gridcolor=FAINT, zeroline=False, fixedrange=True)
    _legend(figure, len(shown))
    return figure


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


def balance(table: pd.DataFrame, height: int = 300) -> go.Figure:
    """How many faces of each emotion: index the emotions, one column a part of the data."""
    figure = _bare(height, barmode="group", bargap=0.3, hovermode="x unified")
    for colour, part in zip((ACCENT, THIRD, SECOND), table.columns, strict=False):
        figure.add_bar(
            x=list(table.index),
            y=table[part],
            name=part,
            marker={"color": colour, "cornerradius": 4},
            hovertemplate="%{y:,}",
        )
    figure.update_xaxes(ticks="", showgrid=False, fixedrange=True)
    figure.update_yaxes(gridcolor=FAINT, zeroline=False, fixedrange=True)
    _legend(figure, 1)
    return figure


def choices(rows: pd.DataFrame, columns: Mapping[str, str], chosen: float, height: int = 340) -> go.Figure:
    """What each share of the FER-2013 head would give.

    Args:
        rows: `weight` in [0, 1] and the columns asked for, shares in [0, 1].
        columns: Column to what it is called.
        chosen: The weight that is served.
        height: In pixels.
    """
    figure = _bare(height, hovermode="x unified")
    for index, (column, label) in enumerate(columns.items()):
        figure.add_scatter(
            x=rows["weight"],
            y=rows[column],
            name=label,
            mode="lines+markers",
            line={
                "color": PART_COLOURS[index % len(PART_COLOURS)],
                "dash": _DASHES[index % len(_DASHES)],
                "width": 2.2,
            },
            hovertemplate="%{y:.1%}",
        )
    figure.add_vline(
        x=chosen, line={"color": BUSY, "width": 1.5, "dash": "dash"}, annotation_text="served",
        annotation_position="top left",
    )  # fmt: skip
    figure.update_xaxes(
        title_text="share of the FER-2013 head",
        tickformat=".0%",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(tickformat=".0%", gridcolor=FAINT, zeroline=False, fixedrange=True)
    _legend(figure, len(columns))
    return figure


def comparison(values: pd.DataFrame, ours: str, height: int | None = None) -> go.Figure:
    """A few figures side by side, one of them ours.

    Args:
        values: `name`, `value` and, where they are known, `low` and `high` (else NaN).
        ours: The name to highlight.
        height: In pixels; by the number of figures when None.
    """
    figure = _bare(height or 90 + 44 * len(values), bargap=0.45)
    figure.add_bar(
        x=values["value"],
        y=values["name"],
        orientation="h",
        text=[f"{value:.3f}" for value in values["value"]],
        textposition="inside",
        insidetextanchor="start",
        textfont={"color": "#FFFFFF"},
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        marker={"color": [ACCENT if name == ours else "#75697B" for name in values["name"]], "cornerradius": 6},
        error_x={
            "array": values["high"] - values["value"],
            "arrayminus": values["value"] - values["low"],
            "symmetric": False,
            "color": BUSY,
            "thickness": 1.8,
        },
    )
    figure.update_xaxes(
        range=[0, max(1.0, float(values["value"].max()))], gridcolor=FAINT, zeroline=False, fixedrange=True
    )
    figure.update_yaxes(autorange="reversed", ticks="", fixedrange=True, ticklabelstandoff=8)
    return figure


def shares(values: pd.DataFrame, height: int = 380) -> go.Figure:
    """Parts of a whole, the largest on top: `name` and `value`."""
    figure = _bare(height, bargap=0.4)
    figure.add_bar(
        x=values["value"],
        y=[str(name).replace("_", " ") for name in values["name"]],
        orientation="h",
        marker={"color": _rgba(ACCENT, 0.8), "cornerradius": 4},
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure.update_xaxes(tickformat=".0%", gridcolor=FAINT, zeroline=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", ticks="", fixedrange=True, ticklabelstandoff=6)
    return figure
