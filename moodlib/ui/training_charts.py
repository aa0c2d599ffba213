"""The Training page's charts of runs, data and shares: pure functions from figures to a Plotly figure.

Drawn like those of `charts`: clear backgrounds, no text with a colour of its own, so that the theme fits them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from moodlib.ui.charts import ACCENT, BUSY, CLEAR, FAINT, PART_COLOURS, SECOND, _figure, _rgba

THIRD: Final = "#C98500"
_BAR: Final = 30
"""Room in pixels above a chart, so that the mode bar with its PNG button hides nothing."""
_PERCENT: Final = ".2~%"
"""Of an axis: whole percentages without decimals, but 68.5 between 68 and 69, which curves close together need."""
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
    figure.update_yaxes(tickformat=_PERCENT if percent else None, gridcolor=FAINT, zeroline=False, fixedrange=True)
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
    figure.update_yaxes(tickformat=_PERCENT if percent else None, gridcolor=FAINT, zeroline=False, fixedrange=True)
    _legend(figure, len(shown))
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
