"""The Training page's figures of quality: mistakes, each emotion, calibration, and the choice of the one answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from moodlib.emotions import NAMES
from moodlib.ui import quality_charts, run_tables, runs, training_charts
from moodlib.ui.runs import Run
from moodlib.ui.training import chart, heading, missing, percent_columns, source

_COUNTS, _RATES = "faces", "per cent of a row"
_LABELS, _VOTES = "FER-2013 labels", "FER+ votes"
_LINES = (
    "FER-2013 labels",
    "FER+ majority",
    "weak expressions, FER-2013 labels",
    "weak expressions, share of votes",
    "weak emotions called neutral",
)


def _beyond(chosen: dict[str, Any]) -> str:
    """What the calibration does beside the temperature; runs made before it did nothing."""
    if "bias" not in chosen:
        return ""
    return f", {chosen['smoothing']:.2f} of an even distribution taken back and a bias for each emotion"


def mistakes(run: Run) -> None:
    """Which emotion is taken for which; a click on a cell says more."""
    left, right = st.columns([3, 2], gap="medium")
    measured = bool(run.metrics.get("confusion"))
    with left, st.container(border=True, height="stretch"):
        if not measured:
            st.markdown("### What it takes for what", anchors=False)
            missing("No confusion has been measured for this run", runs.MEASURE_AGAIN.replace("RUN", run.name))
            return
        counts = run_tables.confusion(run)
        heading("What it takes for what", counts, f"{run.name}-confusion")
        shown = st.segmented_control(
            "Cells show", [_RATES, _COUNTS], default=_RATES, key="confusion_cells", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        event = st.plotly_chart(
            quality_charts.confusion(run.metrics["confusion"], shown == _COUNTS),
            key=f"{run.name}-confusion-{shown}",
            config=training_charts.config(f"{run.name}-confusion"),
            on_select="rerun",
            selection_mode="points",
            alt="Confusion of the seven emotions: rows what it was, columns what the network said",
        )
        st.caption("Served answer against FER-2013's labels on PublicTest. Click a cell to read what it says.")
        source(run, "metrics.json")
    with right, st.container(border=True, height="stretch"):
        st.markdown("### In words", anchors=False)
        cell = _chosen(event)
        pairs = run_tables.mix_ups(counts)
        true, said = cell or (str(pairs["it was"].iloc[0]), str(pairs["taken for"].iloc[0]))
        st.markdown(run_tables.in_words(counts, true, said))
        st.markdown(f"**Labelled {true}, but taken for**" if cell else "**Most frequent**")
        st.dataframe(
            pairs[pairs["it was"] == true] if cell else pairs.head(10),
            hide_index=True,
            height="content",
            alt="Which emotion is taken for which",
            column_config={
                "it was": st.column_config.TextColumn("It was"),
                "taken for": st.column_config.TextColumn("Taken for"),
                "faces": st.column_config.NumberColumn("Faces"),
                "share": st.column_config.ProgressColumn(
                    "Of that row", format="percent", min_value=0, max_value=1, width=118
                ),
            },
        )
        source(run, "metrics.json")


def _chosen(event: Any) -> tuple[str, str] | None:
    """The cell that was clicked: what it was, what the network said."""
    points = event.get("selection", {}).get("points", []) if event else []
    if not points:
        return None
    true, said = str(points[0].get("y")), str(points[0].get("x"))
    return (true, said) if true in NAMES and said in NAMES else None


def emotions(run: Run) -> None:
    """Each emotion's precision, recall and F1 with intervals, and how many faces there are."""
    table = run_tables.per_class(run)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        if table.empty:
            st.markdown("### Emotion by emotion", anchors=False)
            missing("No figures by emotion have been measured", runs.MEASURE_AGAIN.replace("RUN", run.name))
        else:
            chart(
                "Emotion by emotion",
                quality_charts.intervals(table, run_tables.MEASURES),
                run,
                "metrics.json",
                table,
                alt="Precision, recall and F1 of each emotion with 95 % intervals",
                note="Bars are 95 % intervals: Wilson's for precision and recall, resampled for F1.",
            )
    with right, st.container(border=True, height="stretch"):
        if table.empty:
            return
        st.markdown("### The same in figures", anchors=False)
        _table(table)
        if table["recall_low"].isna().all():
            missing("This run was measured without intervals", runs.MEASURE_AGAIN.replace("RUN", run.name))
        source(run, "metrics.json")


def _table(per_class: pd.DataFrame) -> None:
    columns: dict[str, Any] = {
        measure: st.column_config.ProgressColumn(label.capitalize(), format="percent", min_value=0.0, max_value=1.0)
        for measure, label in run_tables.MEASURES.items()
    }
    st.dataframe(
        per_class[["emotion", *run_tables.MEASURES, "support"]],
        hide_index=True,
        height="content",
        alt="Precision, recall, F1 and support of each emotion",
        column_config=columns
        | {
            "emotion": st.column_config.TextColumn("Emotion"),
            "support": st.column_config.NumberColumn("Faces", format="localized"),
        },
    )


def calibration(run: Run) -> None:
    """Is it as sure as it is right, by the labels and by the votes?"""
    with st.container(border=True, height="stretch"):
        if not run.metrics.get("reliability"):
            st.markdown("### Is it as sure as it is right?", anchors=False)
            missing("No calibration has been measured for this run", runs.MEASURE_AGAIN.replace("RUN", run.name))
            return
        by = st.segmented_control(
            "Right by", [_LABELS, _VOTES], default=_LABELS, key="calibrated_by", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        bins = run.metrics.get("reliability" if by == _LABELS else "reliability_ferplus") or []
        error = run.figure("served", "ece" if by == _LABELS else "ece_ferplus")
        chart(
            "Is it as sure as it is right?",
            quality_charts.reliability(bins),
            run,
            "metrics.json",
            pd.DataFrame(bins),
            alt="How often the network is right for each degree of confidence",
            note=f"Calibration error {'–' if error is None else f'{error:.3f}'} against {by} on PublicTest. A bar that "
            "reaches the dashed line is honest; below it the network is too sure of itself.",
        )


def one_answer(run: Run) -> None:
    """Why the two heads are pooled as they are."""
    table = run_tables.choices(run)
    with st.container(border=True, height="stretch"):
        if table.empty:
            st.markdown("### Two label sets, one answer", anchors=False)
            missing("How ways to make one answer compare has not been measured", runs.EVALUATE_SERVING)
            return
        chosen = run.serving["chosen"]
        chart(
            "Two label sets, one answer",
            training_charts.choices(
                table, {name: name for name in _LINES if table[name].notna().any()}, float(chosen["weight"])
            ),
            run,
            "serving.json",
            table,
            alt="Accuracy by each share of the FER-2013 head",
            note=f"PublicTest, {run.serving['n']:,} faces; at 0 % the FER+ head answers alone. Weak: at most "
            f"{run.serving['weak_share']:.0%} of FER+'s votes agree. Served: weight {chosen['weight']:.2f}, "
            f"temperature {chosen['temperature']:.2f}{_beyond(chosen)}, fitted on {run.serving['held_aside']:,} faces "
            "held aside: the best prediction of both label sets among the weights that can be honest about both.",
        )
        with st.expander("Each choice, each emotion", icon=":material/table_rows:"):
            st.dataframe(
                table,
                hide_index=True,
                alt="Figures of each share of the FER-2013 head",
                column_config=percent_columns(table, "weight", "temperature"),
            )
