"""The Training page's other figures: real rooms, the data's balance, size and speed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from moodlib.ui import quality_charts, run_tables, runs, training_charts
from moodlib.ui.runs import Run
from moodlib.ui.training import chart, heading, missing, percent_columns, source

_OURS, _BASELINE, _DIFFERENCE = "this run", "baseline", "difference"


def rooms(run: Run, found: list[Run]) -> None:
    """How accuracy holds when the room or the camera is bad, beside the baseline."""
    with st.container(border=True):
        if not run.robustness:
            st.markdown("### In real rooms", anchors=False)
            missing("How this run holds in real rooms has not been measured", runs.EVALUATE_ROBUSTNESS)
            return
        baseline = next((other for other in reversed(found) if other.is_baseline and other.robustness), None)
        beside = baseline is not None and baseline.name != run.name
        with st.container(horizontal=True, gap="medium"):
            shown = st.segmented_control(
                "Whose", [_OURS, _BASELINE, _DIFFERENCE] if beside else [_OURS], default=_OURS, key="rooms_of",
                required=True, label_visibility="collapsed",
            )  # fmt: skip
            figure = st.selectbox(
                "Right by",
                list(run_tables.ROOM_FIGURES),
                format_func=run_tables.ROOM_FIGURES.__getitem__,
                key="rooms_figure",
                label_visibility="collapsed",
                width=280,
            )
        table = _rooms(run, baseline, shown, figure)
        chart(
            "In real rooms",
            quality_charts.rooms(table, shown == _DIFFERENCE),
            baseline if shown == _BASELINE and baseline else run,
            "robustness.json",
            table,
            alt="Accuracy by condition and strength",
            note=_words(run, baseline if beside else None, figure, shown),
        )
        with st.expander("What light, middle and heavy are", icon=":material/table_rows:"):
            long = run_tables.rooms_long(run)
            st.dataframe(
                long,
                hide_index=True,
                alt="Every condition and strength with its setting",
                column_config=percent_columns(long, "condition", "strength", "setting"),
            )
            source(run, "robustness.json")
        if baseline is None:
            missing("No baseline has been measured to compare with", runs.TRAIN_BASELINE)


def _rooms(run: Run, baseline: Run | None, shown: str | None, figure: str) -> pd.DataFrame:
    ours = run_tables.rooms(run, figure)
    if baseline is None or shown == _OURS:
        return ours
    theirs = run_tables.rooms(baseline, figure)
    return theirs if shown == _BASELINE else ours - theirs


def _words(run: Run, baseline: Run | None, figure: str, shown: str | None) -> str:
    clean = runs.number(run.robustness, "clean", figure, "accuracy")
    said = f"Per cent right ({run_tables.ROOM_FIGURES[figure]}) on {run.robustness.get('n', 0):,} faces of PublicTest"
    if shown == _DIFFERENCE:
        said = f"Points that this run is ahead of the baseline ({run_tables.ROOM_FIGURES[figure]})"
    said += f"; on the faces as they are {'–' if clean is None else f'{clean:.1%}'}"
    if baseline is not None:
        theirs = runs.number(baseline.robustness, "clean", figure, "accuracy")
        said += (
            f", the baseline {'–' if theirs is None else f'{theirs:.1%}'}. The baseline, {baseline.name}, is a "
            f"mini_XCEPTION-like network trained on the same faces for {baseline.epochs} epochs"
        )
    return f"{said}."


def balance(run: Run) -> None:
    """How many faces of each emotion the network learned from and was measured on."""
    table = run_tables.balance(run)
    with st.container(border=True, height="stretch"):
        if table.empty:
            st.markdown("### The data's balance", anchors=False)
            missing("How many faces of each emotion there were is not recorded", runs.MEASURE_AGAIN)
            return
        chart(
            "The data's balance",
            training_charts.balance(table),
            run,
            "metrics.json",
            table,
            alt="Faces of each emotion in each part of the data",
            note="FER-2013's labels.",
        )


def size(run: Run) -> None:
    """Parameters, bytes, and what one face takes."""
    results = runs.served_kinds()
    table = run_tables.kinds(results)
    with st.container(border=True, height="stretch"):
        heading("Size and speed", table, "served-kinds")
        with st.container(horizontal=True, gap="small"):
            for label, value in _sizes(run):
                st.metric(label, value, border=True)
        source(run, "metrics.json")
        if table.empty:
            missing("No kind of LiteRT file has been measured", runs.BENCHMARK_SERVED)
            return
        percent = st.column_config.NumberColumn(format="%.2f%%")
        shares = ["FER-2013", "FER+", "served"]
        st.dataframe(
            table.assign(**{name: table[name] * 100 for name in shares}),
            hide_index=True,
            height="content",
            alt="Size, accuracy and latency of each kind of LiteRT file",
            column_config={
                **dict.fromkeys(shares, percent),
                "MB": st.column_config.NumberColumn(format="%.1f"),
                "difference": st.column_config.NumberColumn(format="scientific"),
                "median, ms": st.column_config.NumberColumn(format="%.1f"),
                "p95, ms": st.column_config.NumberColumn(format="%.1f"),
                "processor, ms": st.column_config.NumberColumn(format="%.1f"),
            },
        )
        rule = results.get("rule", {})
        st.caption(
            f"Run {results.get('run')}, {results.get('data')}; one face on one core, all kinds and Keras in turn in "
            f"one run. The smallest ships that loses at most {100 * rule.get('lost_at_most', 0):.1f} points and "
            f"changes no probability by more than {rule.get('difference_at_most', 0):g}. Median and p95 are what "
            "the clock says, other programs' share of the core included; processor is the median of the call alone."
        )
        st.caption(f":material/description: {runs.in_repository(runs.SERVED_RESULTS)} · `{runs.BENCHMARK_SERVED}`")


def _sizes(run: Run) -> list[tuple[str, str]]:
    parameters, served = run.figure("parameters"), run.figure("bytes", "emotion.tflite")
    check = run.figure("face_check", "auc")
    return [
        ("Parameters", "–" if parameters is None else f"{parameters / 1e6:.2f} M"),
        ("Served file", "–" if served is None else f"{served / 1e6:.1f} MB"),
        ("Its weights", str(run.metrics.get("litert_weights", "–"))),
        ("Face or not, AUC", "–" if check is None else f"{check:.3f}"),
    ]
