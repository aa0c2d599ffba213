"""The figures of a run as tables: what the Training page shows, draws and lets people download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from moodlib.emotions import NAMES
from moodlib.ui.runs import Run, number

MEASURES: Final = {"precision": "precision", "recall": "recall", "f1": "F1"}
STRENGTHS: Final = ("light", "middle", "heavy")
ROOM_FIGURES: Final = {
    "served_fer2013": "served, FER-2013 labels",
    "served_ferplus": "served, FER+ majority",
    "fer2013_head": "FER-2013 head, its own labels",
}
_COMPARED: Final = {
    "FER-2013, own head": ("fer2013_accuracy",),
    "FER-2013, served": ("served", "fer2013_accuracy"),
    "FER+ majority, own head": ("ferplus_majority_accuracy",),
    "FER+ majority, served": ("served", "ferplus_majority_accuracy"),
    "served, no duplicates": ("without_duplicates", "served", "fer2013_accuracy"),
    "macro F1": ("macro_f1",),
    "calibration error (labels)": ("served", "ece"),
    "calibration error (votes)": ("served", "ece_ferplus"),
    "parameters": ("parameters",),
}


def per_class(run: Run) -> pd.DataFrame:
    """Precision, recall, F1 and support of each emotion, with the ends of their 95 % intervals (NaN where unknown)."""
    rows = []
    for emotion, figures in (run.metrics.get("per_class") or {}).items():
        row: dict[str, Any] = {"emotion": emotion, "support": figures.get("support")}
        for measure in MEASURES:
            row[measure] = figures.get(measure)
            low, high = (figures.get("intervals") or {}).get(measure) or (float("nan"), float("nan"))
            row |= {f"{measure}_low": low, f"{measure}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def confusion(run: Run) -> pd.DataFrame:
    """The confusion as counts: index what it was, columns what the network said."""
    return pd.DataFrame(run.metrics["confusion"], index=list(NAMES), columns=list(NAMES)).rename_axis("it was")


def mix_ups(counts: pd.DataFrame) -> pd.DataFrame:
    """Which emotion is taken for which other one, the most frequent first: `it was`, `taken for`, `faces`, `share`."""
    table, names = counts.to_numpy(dtype=int), [str(name) for name in counts.index]
    rows = [
        {"it was": true, "taken for": said, "faces": int(table[i, j]), "share": table[i, j] / table[i].sum()}
        for i, true in enumerate(names)
        for j, said in enumerate(names)
        if i != j and table[i, j]
    ]
    columns = ["it was", "taken for", "faces", "share"]
    return pd.DataFrame(rows, columns=columns).sort_values("share", ascending=False, ignore_index=True)


def in_words(counts: pd.DataFrame, true: str, said: str) -> str:
    """One cell of the confusion as sentences: from both sides, and the other way round."""
    table, names = counts.to_numpy(dtype=int), [str(name) for name in counts.index]
    i, j = names.index(true), names.index(said)
    here, of_true, of_said = int(table[i, j]), int(table[i].sum()), int(table[:, j].sum())
    if true == said:
        return (
            f"Of {of_true:,} faces labelled {true}, {here:,} ({here / max(1, of_true):.0%}) were read as {true}. "
            f"Of {of_said:,} faces that the network called {true}, {here / max(1, of_said):.0%} were labelled so."
        )
    return (
        f"Of {of_true:,} faces labelled {true}, {here:,} ({here / max(1, of_true):.0%}) were taken for {said}. "
        f"They make up {here / max(1, of_said):.0%} of what the network called {said}. "
        f"The other way round, {int(table[j, i]):,} of {int(table[j].sum()):,} faces labelled {said} "
        f"were taken for {true}."
    )


def rooms(run: Run, figure: str) -> pd.DataFrame:
    """Accuracy by condition (index) and strength (columns); empty when it has not been measured."""
    rows = run.robustness.get("rows") or []
    table = pd.DataFrame(
        [
            {
                "condition": row["condition"],
                "strength": STRENGTHS[row["strength"]],
                "share": number(row, figure, "accuracy"),
            }
            for row in rows
        ]
    )
    if table.empty:
        return table
    order = list(dict.fromkeys(row["condition"] for row in rows))
    return table.pivot_table(index="condition", columns="strength", values="share").reindex(
        index=order, columns=list(STRENGTHS)
    )


def rooms_long(run: Run) -> pd.DataFrame:
    """All figures of the robustness study, one row a condition and strength: for reading and download."""
    rows = []
    for row in run.robustness.get("rows") or []:
        flat = {"condition": row["condition"], "strength": STRENGTHS[row["strength"]], "setting": row["setting"]}
        for figure, words in ROOM_FIGURES.items():
            part = row.get(figure) or {}
            low, high = part.get("interval") or (None, None)
            flat |= {words: part.get("accuracy"), f"{words}, low": low, f"{words}, high": high}
        rows.append(flat)
    return pd.DataFrame(rows)


def choices(run: Run) -> pd.DataFrame:
    """Every way to make one answer of two heads, one row a share of the FER-2013 head."""
    rows = []
    for choice in run.serving.get("choices") or []:
        recalls = choice.get("recall_fer2013") or {}
        rows.append(
            {
                "weight": choice["weight"],
                "temperature": choice.get("temperature"),
                "FER-2013 labels": number(choice, "fer2013", "accuracy"),
                "FER+ majority": number(choice, "ferplus", "accuracy"),
                "weak expressions, FER-2013 labels": number(choice, "weak", "fer2013_accuracy"),
                "weak expressions, share of votes": number(choice, "weak", "votes_agreement"),
                "weak emotions called neutral": number(choice, "weak", "emotion_called_neutral"),
                "calibration error (labels)": number(choice, "calibration", "fer2013", "ece"),
                "calibration error (votes)": number(choice, "calibration", "ferplus", "ece"),
                **{f"recall {name}": number(recalls, name, "recall") for name in NAMES},
            }
        )
    return pd.DataFrame(rows)


def balance(run: Run) -> pd.DataFrame:
    """Faces of each emotion in each part of the data; empty when not recorded."""
    found = run.metrics.get("balance")
    return (
        pd.DataFrame(found).reindex(list(NAMES)).rename_axis("emotion") if isinstance(found, dict) else pd.DataFrame()
    )


def compared(runs: Sequence[Run]) -> pd.DataFrame:
    """The figures of several runs side by side: one row a run."""
    return pd.DataFrame(
        [
            {"run": run.name, "epochs": run.epochs}
            | {label: run.figure(*keys) for label, keys in _COMPARED.items()}
            | {"LiteRT, MB": _megabytes(run)}
            for run in runs
        ]
    )


def _megabytes(run: Run) -> float | None:
    size = run.figure("bytes", "emotion.tflite")
    return None if size is None else size / 1e6


def kinds(results: dict[str, Any]) -> pd.DataFrame:
    """Each kind of LiteRT file, and `model.predict` last."""
    rows = [
        {
            "kind": row.get("kind"),
            "what it is": row.get("words"),
            "MB": (number(row, "bytes") or 0) / 1e6,
            "FER-2013": number(row, "accuracy", "fer2013"),
            "FER+": number(row, "accuracy", "ferplus"),
            "served": number(row, "accuracy", "served"),
            "difference": number(row, "difference"),
            "median, ms": number(row, "latency", "wall", "median_ms"),
            "p95, ms": number(row, "latency", "wall", "p95_ms"),
            "processor, ms": number(row, "latency", "processor", "median_ms"),
            "may ship": bool(row.get("acceptable")),
        }
        for row in results.get("kinds") or []
    ]
    plain = results.get("keras")
    if isinstance(plain, dict):
        rows.append(
            {
                "kind": "model.predict",
                "what it is": "Keras itself, not used for serving",
                "MB": (number(plain, "bytes") or 0) / 1e6,
                "FER-2013": number(plain, "accuracy", "fer2013"),
                "FER+": number(plain, "accuracy", "ferplus"),
                "served": number(plain, "accuracy", "served"),
                "median, ms": number(plain, "latency", "wall", "median_ms"),
                "p95, ms": number(plain, "latency", "wall", "p95_ms"),
                "processor, ms": number(plain, "latency", "processor", "median_ms"),
                "may ship": False,
            }
        )
    return pd.DataFrame(rows)


def ranking(run: Run, measure: str) -> pd.DataFrame:
    """One measure of each way to rank: `name`, `value`, `low`, `high`; empty when it has not been measured.

    Read as it is found: a method's figure may be a number, or hold its mean over the label sets.
    """
    rows = []
    for name, found in (run.metrics.get(measure) or {}).items():
        part = found.get("mean", found) if isinstance(found, dict) else found
        value = number({"mean": part}, "mean") if not isinstance(part, dict) else number(part, "mean")
        if value is not None:
            low, high = (number(part, end) if isinstance(part, dict) else None for end in ("low", "high"))
            rows.append({"name": name, "value": value, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["name", "value", "low", "high"]).astype({"low": float, "high": float})


def ranking_by_source(run: Run, measure: str) -> pd.DataFrame:
    """One measure of each way to rank (index) on each set of labels (columns); empty when it is not split so."""
    rows = {}
    for name, found in (run.metrics.get(measure) or {}).items():
        if isinstance(found, dict):
            rows[name] = {source: number(found, source, "mean") for source in found if source != "mean"}
    return pd.DataFrame(rows).T.rename_axis("way to rank") if rows else pd.DataFrame()


def measures(run: Run) -> list[str]:
    """The measures that compare ways to rank, the one that was fitted first."""
    found = [key for key in run.metrics if key.lower().startswith(("ndcg", "map", "auc", "mrr", "hit"))]
    return sorted(found, key=lambda key: (not key.lower().startswith("ndcg"), "20" not in key, key))


def tried_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The table of what was tried as text: shares as per cent, a dash where there is no figure."""
    shown = table.copy()
    for column in ("FER-2013 label", "FER+ majority"):
        shown[column] = [f"{share:.1%}" if pd.notna(share) else "–" for share in table[column]]
    shown["epochs"] = [f"{epochs:.0f}" if pd.notna(epochs) else "–" for epochs in table["epochs"]]
    return shown.astype(str).rename(
        columns={
            "what": "What",
            "epochs": "Epochs",
            "verdict": "What became of it",
            "source": "Where it is written",
        }
    )


def flat(tree: dict[str, Any], path: str = "") -> dict[str, float]:
    """All numbers of nested dictionaries, by their path."""
    found: dict[str, float] = {}
    for key, value in tree.items():
        here = f"{path} · {key}" if path else str(key)
        if isinstance(value, dict):
            found |= flat(value, here)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[here] = float(value)
    return found
