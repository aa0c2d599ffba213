"""The Training page's parts: what was measured, and where each figure is written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from moodlib.ui import charts, runs
from moodlib.ui.runs import Run

_ACCURACY = {
    "val_fer2013_accuracy": "validation, FER-2013 labels",
    "fer2013_accuracy": "training, FER-2013 labels",
    "val_ferplus_accuracy": "validation, FER+ labels",
    "ferplus_accuracy": "training, FER+ labels",
}
_LOSS = {"val_loss": "validation", "loss": "training"}
_CURVES = {"Accuracy": (_ACCURACY, True), "Loss": (_LOSS, False)}


def choose_run(found: list[Run], label: str, key: str) -> Run | None:
    """Let the visitor choose one of several runs; the one in use comes first."""
    if not found:
        return None
    in_use = set(runs.served().values())
    names = [run.name for run in found]
    first = next((index for index, name in enumerate(names) if name in in_use), len(names) - 1)
    name = st.selectbox(
        label,
        names,
        index=first,
        key=key,
        width=320,
        format_func=lambda name: f"{name} (in use)" if name in in_use else name,
    )
    return next(run for run in found if run.name == name)


def headline(run: Run) -> None:
    """The figures that matter most."""
    shown = (
        ("FER-2013 accuracy", ("fer2013_accuracy",), "Share right by FER-2013's own labels."),
        ("As served", ("served", "fer2013_accuracy"), "The same, for the seven-way distribution that the app shows."),
        ("FER+ majority", ("ferplus_majority_accuracy",), "Share right by the majority of ten FER+ annotators."),
        ("Macro F1", ("macro_f1",), "The mean of the seven emotions' F1: rare ones count as much as common ones."),
        ("Calibration error", ("served", "ece"), "How far confidence and accuracy lie apart, on average."),
    )
    if not run.metrics:
        missing(f"{run.file('metrics.json')} is missing", runs.EVALUATE_EMOTION)
        return
    with st.grid(5, min_column_width=150, gap="small"):
        for label, keys, help_text in shown:
            value = run.figure(*keys)
            st.metric(
                label,
                "–" if value is None else f"{value:.1%}" if keys[-1] != "macro_f1" else f"{value:.3f}",
                border=True,
                help=help_text,
            )
    source(run, "metrics.json")


def learning(run: Run) -> None:
    """Accuracy, loss and learning rate by epoch."""
    if run.history.empty:
        missing(f"{run.file('history.csv')} is missing", runs.TRAIN_EMOTION)
        return
    if "note" in run.config:
        st.info(str(run.config["note"]), icon=":material/info:")
    left, right = st.columns(2, gap="medium")
    for column, (title, (names, percent)) in zip((left, right), _CURVES.items(), strict=True):
        with column, st.container(border=True):
            st.markdown(f"### {title}", anchors=False)
            present = {name: label for name, label in names.items() if name in run.history}
            st.plotly_chart(
                charts.curves(run.history, present, run.best, percent),
                key=f"curve_{title}",
                config=charts.CONFIG,
                alt=f"{title} by epoch, training and validation",
            )
            source(run, "history.csv")
    if "learning_rate" in run.history:
        with st.container(border=True):
            st.markdown("### Learning rate", anchors=False)
            st.plotly_chart(
                charts.curves(run.history, {"learning_rate": "learning rate"}, height=190),
                key="curve_rate",
                config=charts.CONFIG,
                alt="Learning rate by epoch",
            )
            source(run, "history.csv")


def mistakes(run: Run) -> None:
    """Confusion, each emotion's figures, calibration."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        st.markdown("### What it takes for what", anchors=False)
        if run.metrics.get("confusion"):
            st.plotly_chart(
                charts.confusion(run.metrics["confusion"]),
                key="confusion",
                config=charts.CONFIG,
                alt="Confusion of the seven emotions, in per cent of each true one",
            )
            st.caption("Per cent of each row.")
            source(run, "metrics.json")
        else:
            missing("No confusion has been measured for this run", runs.EVALUATE_EMOTION)
    with right, st.container(border=True, height="stretch"):
        st.markdown("### Emotion by emotion", anchors=False)
        per_class = run.per_class()
        if per_class.empty:
            missing("No figures by emotion have been measured for this run", runs.EVALUATE_EMOTION)
        else:
            _table(per_class)
            source(run, "metrics.json")
    with st.container(border=True):
        st.markdown("### Is it as sure as it is right?", anchors=False)
        if run.metrics.get("reliability"):
            st.plotly_chart(
                charts.reliability(run.metrics["reliability"]),
                key="reliability",
                config=charts.CONFIG,
                alt="How often the network is right for each degree of confidence",
            )
            st.caption("A bar that reaches the dashed line is honest; below it the network is too sure of itself.")
            source(run, "metrics.json")
        else:
            missing("No calibration has been measured for this run", runs.EVALUATE_EMOTION)


def _table(per_class: pd.DataFrame) -> None:
    st.dataframe(
        per_class,
        hide_index=True,
        height="content",
        alt="Precision, recall, F1 and support of each emotion",
        column_config={
            "emotion": st.column_config.TextColumn("Emotion"),
            "precision": st.column_config.ProgressColumn("Precision", format="percent", min_value=0.0, max_value=1.0),
            "recall": st.column_config.ProgressColumn("Recall", format="percent", min_value=0.0, max_value=1.0),
            "f1": st.column_config.ProgressColumn("F1", format="percent", min_value=0.0, max_value=1.0),
            "support": st.column_config.NumberColumn("Faces", format="localized"),
        },
    )


def ranker(run: Run) -> None:
    """The ranker's figures on artists that it never saw."""
    flat = _flat(run.metrics)
    scores = {name: value for name, value in flat.items() if "ndcg" in name.lower()}
    if scores:
        with st.container(border=True):
            st.markdown("### How well the songs at the top fit", anchors=False)
            best = max(scores, key=lambda name: scores[name])
            st.plotly_chart(
                charts.comparison(scores, best), key="ndcg", config=charts.STILL, alt="NDCG of each way to rank"
            )
            st.caption("NDCG: 1 is the best order possible. Measured on artists that training never saw.")
            source(run, "metrics.json")
    with st.expander("Every figure", icon=":material/table_rows:"):
        st.dataframe(
            pd.DataFrame({"figure": list(flat), "value": list(flat.values())}), hide_index=True, alt="Every figure"
        )
        source(run, "metrics.json")


def _flat(tree: dict[str, Any], path: str = "") -> dict[str, float]:
    """All numbers of nested dictionaries, by their path."""
    found: dict[str, float] = {}
    for key, value in tree.items():
        here = f"{path} · {key}" if path else str(key)
        if isinstance(value, dict):
            found |= _flat(value, here)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[here] = float(value)
    return found


def source(run: Run, name: str) -> None:
    """Which file a figure is from."""
    st.caption(f":material/description: {run.file(name)}")


def missing(what: str, command: str) -> None:
    """Say what is missing and which command makes it."""
    st.info(f"{what}. This makes it:", icon=":material/terminal:")
    st.code(command, language="bash")
