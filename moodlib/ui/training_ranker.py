"""The Training page's second tab: how well the ranker orders songs of artists that it never saw."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from moodlib.ui import run_tables, runs, training_charts
from moodlib.ui.runs import Run
from moodlib.ui.training import chart, missing, source

_OURS = "ranker"


def ranker(run: Run) -> None:
    """The ranker beside other ways to rank, by each measure; what it looks at; how it learnt."""
    _ways(run)
    _importance(run)
    with st.expander("Every figure", icon=":material/table_rows:"):
        flat = run_tables.flat(run.metrics)
        st.dataframe(
            pd.DataFrame({"figure": list(flat), "value": list(flat.values())}), hide_index=True, alt="Every figure"
        )
        source(run, "metrics.json")


def _ways(run: Run) -> None:
    measures = run_tables.measures(run)
    with st.container(border=True):
        if not measures:
            st.markdown("### How well the songs at the top fit", anchors=False)
            missing("The ranker has not been compared with other ways to rank", runs.TRAIN_RANKER)
            return
        measure = st.segmented_control(
            "Measure", measures, default=measures[0], key="ranker_measure", required=True, wrap=True,
            format_func=_label, label_visibility="collapsed",
        )  # fmt: skip
        table = run_tables.ranking(run, str(measure))
        chart(
            "How well the songs at the top fit",
            training_charts.comparison(table, _OURS),
            run,
            "metrics.json",
            table,
            alt="Each way to rank beside the ranker",
            note="1 is the best order possible; lines are 95 % intervals where they were computed. Measured on artists "
            "that training never saw.",
        )
        by_source = run_tables.ranking_by_source(run, str(measure))
        if not by_source.empty:
            st.dataframe(by_source.round(3), alt="The same for each set of labels")


def _label(measure: str) -> str:
    return measure.replace("_at_", "@").replace("_", " ").upper() if len(measure) < 14 else measure.replace("_", " ")


def _importance(run: Run) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        weights = pd.Series(run.metrics.get("importance") or {}, dtype=float).sort_values(ascending=False)
        if weights.empty:
            st.markdown("### What it looks at", anchors=False)
            missing("What the ranker looks at is not recorded", runs.TRAIN_RANKER)
        else:
            table = pd.DataFrame({"name": weights.index, "value": weights.to_numpy(), "low": None, "high": None})
            chart(
                "What it looks at",
                training_charts.shares(table.astype({"low": float, "high": float}).head(12)),
                run,
                "metrics.json",
                table[["name", "value"]],
                alt="Share of each feature in what the ranker decides",
                note="Share of the gain in the ranker's trees.",
            )
    with right, st.container(border=True, height="stretch"):
        rounds = [column for column in run.history.columns.astype(str) if column.lower().startswith("ndcg")]
        if not rounds:
            st.markdown("### How it learnt", anchors=False)
            missing(f"{run.file('history.csv')} is missing", runs.TRAIN_RANKER)
        else:
            first = run.history.columns[0]
            chart(
                "How it learnt",
                training_charts.curves(
                    run.history.rename(columns={first: "epoch"}).assign(epoch=lambda frame: frame["epoch"] - 1),
                    {column: _label(column) for column in rounds},
                    axis="trees",
                ),
                run,
                "history.csv",
                run.history,
                alt="The ranker's measure by number of trees",
            )
