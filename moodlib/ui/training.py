"""The Training page's parts: choosing runs, how they learnt, what was tried; and what all its parts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from moodlib.ui import run_tables, runs, training_charts
from moodlib.ui.plain_table import plain_table
from moodlib.ui.runs import Run

FOLLOW_EVERY = 5.0
"""Seconds between two looks at a training that is under way."""

_ACCURACY = {
    "val_fer2013_accuracy": "validation, FER-2013 labels",
    "fer2013_accuracy": "training, FER-2013 labels",
    "val_ferplus_accuracy": "validation, FER+ labels",
    "ferplus_accuracy": "training, FER+ labels",
}
_LOSS = {"val_loss": "validation", "loss": "training"}
_CURVES = {"Accuracy": (_ACCURACY, True), "Loss": (_LOSS, False)}
_HEADLINE = (
    ("FER-2013 labels", ("fer2013_accuracy",), "Share right by FER-2013's own labels, its own head."),
    ("As served", ("served", "fer2013_accuracy"), "The same, for the seven-way distribution that the app shows."),
    ("FER+ majority", ("ferplus_majority_accuracy",), "Share right by the majority of ten FER+ taggers, its own head."),
    (
        "No duplicates",
        ("without_duplicates", "served", "fer2013_accuracy"),
        "As served, without the faces whose very picture is also a training picture.",
    ),
    ("Macro F1", ("macro_f1",), "The mean of the seven emotions' F1: rare ones count as much as common ones."),
    ("Calibration error", ("served", "ece"), "How far confidence and accuracy lie apart, on average, by the labels."),
)


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


def choose_others(found: list[Run], run: Run) -> list[Run]:
    """Let the visitor choose runs to compare with."""
    others = [other.name for other in found if other.name != run.name]
    chosen = st.multiselect("Compare with", others, key="compare", width=420, placeholder="No other run")
    return [other for other in found if other.name in chosen]


def chart(
    title: str,
    figure: go.Figure,
    run: Run | None,
    file: str,
    table: pd.DataFrame,
    *,
    alt: str,
    note: str = "",
) -> None:
    """A figure with its data as CSV, a PNG button in its corner, and the file that it is from."""
    name = _file_name(title if run is None else f"{run.name} {title}")
    heading(title, table, name)
    st.plotly_chart(figure, key=name, config=training_charts.config(name), alt=alt)
    if note:
        st.caption(note)
    if run is None:
        st.caption(f":material/description: {file}")
    else:
        source(run, file)


def heading(title: str, table: pd.DataFrame, name: str) -> None:
    """A title with the download of its data beside it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {title}", anchors=False)
        st.space("stretch")
        st.download_button(
            "CSV",
            table.to_csv(index=table.index.name is not None).encode(),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"csv_{name}",
            type="tertiary",
            on_click="ignore",
            help=f"The figures of “{title}” as CSV. The camera in the chart's corner saves a PNG.",
        )


def _file_name(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower()).strip("-").replace("--", "-")


def headline(run: Run) -> None:
    """The figures that matter most."""
    if not run.metrics:
        missing(f"{run.file('metrics.json')} is missing", runs.MEASURE_AGAIN.replace("RUN", run.name))
        return
    with st.grid(6, min_column_width=150, gap="small"):
        for label, keys, help_text in _HEADLINE:
            value = run.figure(*keys)
            st.metric(
                label,
                "–" if value is None else f"{value:.1%}" if keys[-1] != "macro_f1" else f"{value:.3f}",
                border=True,
                help=help_text,
            )
    st.caption(f"On {run.metrics.get('data', 'PublicTest')}: {int(run.figure('n') or 0):,} faces.")
    source(run, "metrics.json")


def learning(run: Run) -> None:
    """Accuracy, loss and learning rate by epoch; while it is being trained they are read anew every few seconds."""
    if run.unfinished:
        st.fragment(_follow, run_every=FOLLOW_EVERY)(run)
    else:
        _curves(run)


def _follow(run: Run) -> None:
    now = runs.read(run.folder)
    done, of = len(now.history), now.epochs or 0
    st.progress(min(1.0, done / max(1, of)), text=f"Epoch {done} of {of} is whole; this page follows the training.")
    if not now.unfinished and now.metrics:
        # Trained and measured meanwhile: the whole page has new figures.
        st.rerun(scope="app")
    _curves(now)


def _parents(run: Run) -> None:
    """The curves of the runs that this one was made of."""
    parents = [runs.read(run.folder.parent / name) for name in run.parents]
    known = [parent for parent in parents if not parent.history.empty]
    with st.container(border=True):
        chart(
            "How its parents learnt",
            training_charts.several({parent.name: parent.history for parent in known}, "val_fer2013_accuracy"),
            None,
            ", ".join(parent.file("history.csv") for parent in known),
            run_tables.compared([run, *known]),
            alt="Validation accuracy by epoch of the runs that this one was made of",
            note=f"This run is {_origin(run)}. Choose {'one' if len(run.parents) > 1 else 'that one'} above for "
            "its loss and learning rate. Validation accuracy on FER-2013's labels.",
        )


def _origin(run: Run) -> str:
    """What a run without epochs is."""
    several = "mean of the " if len(run.parents) > 1 else ""
    alone = "its heads alone were fitted anew" if run.fit.get("refit") else "it learnt nothing itself"
    return f"the {several}weights of {' and '.join(run.parents)}: {alone}"


def _curves(run: Run) -> None:
    if run.parents:
        _parents(run)
        return
    if run.history.empty:
        missing(f"{run.file('history.csv')} has no epoch yet", runs.TRAIN_EMOTION)
        return
    if "note" in run.config:
        st.info(str(run.config["note"]), icon=":material/info:")
    left, right = st.columns(2, gap="medium")
    for column, (title, (names, percent)) in zip((left, right), _CURVES.items(), strict=True):
        present = {name: label for name, label in names.items() if name in run.history}
        with column, st.container(border=True, height="stretch"):
            chart(
                title,
                training_charts.curves(run.history, present, run.best, percent),
                run,
                "history.csv",
                run.history[["epoch", *present]],
                alt=f"{title} by epoch, training and validation",
                note="Validation is PublicTest; training is measured on augmented faces." if percent else "",
            )
    if "learning_rate" in run.history:
        with st.container(border=True):
            chart(
                "Learning rate",
                training_charts.curves(run.history, {"learning_rate": "learning rate"}, height=220),
                run,
                "history.csv",
                run.history[["epoch", "learning_rate"]],
                alt="Learning rate by epoch",
            )


def compare(run: Run, others: Sequence[Run]) -> None:
    """Several runs side by side."""
    if not others:
        return
    chosen = [run, *others]
    table = run_tables.compared(chosen)
    with st.container(border=True):
        chart(
            "Validation accuracy, run by run",
            training_charts.several({one.name: one.history for one in chosen}, "val_fer2013_accuracy"),
            None,
            ", ".join(one.file("history.csv") for one in chosen),
            table,
            alt="Validation accuracy on FER-2013's labels of the chosen runs",
        )
        st.dataframe(table, hide_index=True, alt="The figures of the chosen runs", column_config=_compared(table))
        st.caption(f":material/description: {', '.join(one.file('metrics.json') for one in chosen)}")


def _compared(table: pd.DataFrame) -> dict[str, Any]:
    return percent_columns(table, "run", "epochs", "parameters", "LiteRT, MB", "macro F1") | {
        "parameters": st.column_config.NumberColumn("parameters", format="localized"),
        "LiteRT, MB": st.column_config.NumberColumn("LiteRT, MB", format="%.1f"),
        "macro F1": st.column_config.NumberColumn("macro F1", format="%.3f"),
    }


def percent_columns(table: pd.DataFrame, *plain: str) -> dict[str, Any]:
    """A table's columns shown as per cent, all but those that are named."""
    names = [str(column) for column in table if column not in plain]
    return {name: st.column_config.NumberColumn(name, format="percent") for name in names}


def tried() -> None:
    """What was tried to make the network better, with what failed."""
    table = runs.tried()
    with st.container(border=True):
        if table.empty:
            st.markdown("### What was tried", anchors=False)
            st.info(f"{runs.in_repository(runs.TRIED)} is missing; restore it from the repository.")
            return
        heading("What was tried", table, "tried")
        # A plain table: its long sentences wrap, where a data frame would cut them off.
        alt = "What was tried, how long, what it gave and what became of it"
        plain_table(run_tables.tried_in_words(table), "what_was_tried", alt, widths=(30, 6, 7, 7, 35, 15))
        st.caption("Each label set's own head on PublicTest, one crop.")
        st.caption(f":material/description: {runs.in_repository(runs.TRIED)}")


def source(run: Run, name: str) -> None:
    """Which file a figure is from."""
    st.caption(f":material/description: {run.file(name)}")


def missing(what: str, command: str) -> None:
    """Say what is missing and which command makes it."""
    st.info(f"{what}. This makes it:", icon=":material/terminal:")
    st.code(command, language="bash", wrap_lines=True)
