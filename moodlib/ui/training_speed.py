"""The Training page's figures of the video: what a frame costs, ours beside the plain way, by stage."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from moodlib import paths
from moodlib.ui import runs
from moodlib.ui.charts import FAINT, PART_COLOURS
from moodlib.ui.runs import number
from moodlib.ui.training import chart, missing
from moodlib.ui.training_charts import _bare, _legend

RESULTS: Final = paths.ROOT / "benchmarks" / "results" / "frames.json"
BENCHMARK: Final = "python benchmarks/frames.py"
STAGES: Final = ("search", "network", "decode", "encode", "crop", "tracking", "drawing")
"""The largest first, so that what costs is what the eye meets first."""
REST: Final = "the rest"
"""What a frame takes beside its stages."""
_SMALL: Final = STAGES[4:]
"""Stages of a fraction of a millisecond: the chart draws them as one with the rest."""
_WAYS: Final = ("plain", "ours")


def table(results: dict[str, Any]) -> pd.DataFrame:
    """One row a film and way: milliseconds a frame, by stage, and how many times faster ours is (mean)."""
    rows = []
    for film, found in (results.get("films") or {}).items():
        for way in _WAYS:
            row: dict[str, Any] = {"film": film, "way": way}
            row |= {f"{name}, ms": number(found, way, name) for name in ("median", "p95", "mean")}
            row |= {f"{stage}, ms": number(found, way, "mean_by_stage", stage) for stage in STAGES}
            stages = [row[f"{stage}, ms"] for stage in STAGES]
            whole = row["mean, ms"]
            row[f"{REST}, ms"] = None if whole is None or None in stages else max(0.0, whole - sum(stages))
            if way == "ours":
                row["times faster"] = number(found, "times_faster", "mean")
                row["times faster than with Keras"] = number(found, "with_keras", "times_faster_mean")
                row["overlap with full search"] = number(found, "overlap_with_full_search_median")
            rows.append(row)
    return pd.DataFrame(rows)


def bars(rows: pd.DataFrame, height: int = 420) -> go.Figure:
    """Stacked bars of milliseconds a frame: one a film and way, one colour a stage.

    Args:
        rows: Of `table`.
        height: In pixels.
    """
    figure = _bare(height, barmode="stack", bargap=0.28, hovermode="closest")
    names = [f"{film} · {way}" for film, way in zip(rows["film"], rows["way"], strict=True)]
    parts = {stage: [stage] for stage in STAGES[:4]} | {REST: [*_SMALL, REST]}
    for colour, (name, stages) in zip(PART_COLOURS, parts.items(), strict=False):
        figure.add_bar(
            y=names,
            x=rows[[f"{stage}, ms" for stage in stages]].astype(float).sum(axis=1, min_count=1),
            name=name,
            orientation="h",
            marker={"color": colour},
            hovertemplate=f"{name}: %{{x:.1f}} ms<extra></extra>",
        )
    figure.update_xaxes(title_text="milliseconds a frame", gridcolor=FAINT, zeroline=False, fixedrange=True)
    # Every bar has its name, on a phone too.
    figure.update_yaxes(autorange="reversed", dtick=1, ticks="", showgrid=False, fixedrange=True)
    _legend(figure, 3)
    figure.update_layout(legend_traceorder="normal")
    return figure


def frames() -> None:
    """What a frame of the webcam costs."""
    results = runs.results(RESULTS)
    rows = table(results)
    with st.container(border=True):
        if rows.empty:
            st.markdown("### What a video frame costs", anchors=False)
            missing("What a video frame costs has not been measured", BENCHMARK)
            return
        sizes = list(dict.fromkeys(film.split(",")[0] for film in rows["film"]))
        size = st.segmented_control(
            "Frame", sizes, default=sizes[0], key="frames_of", required=True, label_visibility="collapsed"
        )
        shown = rows[rows["film"].str.startswith(f"{size},")]
        shown = shown.assign(film=shown["film"].str.split(", ").str[1])
        chart(
            "What a video frame costs",
            bars(shown),
            None,
            f"{runs.in_repository(RESULTS)} · `{BENCHMARK}`",
            rows,
            alt="Milliseconds a frame by stage, the plain way and ours",
            note=_words(results, size or sizes[0]),
        )
        with st.expander("Each stage in figures", icon=":material/table_rows:"):
            st.dataframe(shown, hide_index=True, alt="Milliseconds a frame by stage")


def _words(results: dict[str, Any], size: str) -> str:
    one = (results.get("films") or {}).get(f"{size}, 1 face", {})
    said = "Plain is the cascade over the whole frame and the network on every face, both on the same frames"
    median, p95 = number(one, "ours", "median"), number(one, "ours", "p95")
    times, keras = number(one, "times_faster", "mean"), number(one, "with_keras", "times_faster_mean")
    if median is not None and p95 is not None:
        said += f". One face: {median:.1f} ms in the median, {p95:.1f} ms at the 95th percentile"
    if times is not None and keras is not None:
        said += f"; {times:.0f} times the plain way's rate, {keras:.0f} times when that calls model.predict as usual"
    return f"{said}."
