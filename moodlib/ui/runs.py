"""What training left behind, read for the Training page: each figure with the file it is from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from moodlib import paths

TRAIN_EMOTION: Final = "python -m moodlib train emotion --data PATH"
EVALUATE_EMOTION: Final = "python -m moodlib evaluate emotion --data PATH --json"
TRAIN_RANKER: Final = "python -m moodlib train ranker --labels FILE --tracks FILE"
_RANKER: Final = "ranker"


@dataclass(frozen=True, slots=True)
class Run:
    """One training run.

    Attributes:
        name: Of its folder.
        folder: Where it lies.
        config: What it was trained with; empty when the file is missing or not JSON.
        history: One row an epoch; empty when the file is missing.
        metrics: What was measured; empty when the file is missing or not JSON.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    history: pd.DataFrame
    metrics: dict[str, Any]

    def file(self, name: str) -> str:
        """A file of the run, as it is called in the repository."""
        path = self.folder / name
        return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)

    @property
    def best(self) -> int | None:
        """The epoch with the best validation accuracy, counted from 0; None without a history."""
        if self.history.empty or "val_fer2013_accuracy" not in self.history:
            return None
        accuracy = self.history["val_fer2013_accuracy"].to_numpy(dtype=float)
        return int(self.history["epoch"].to_numpy(dtype=int)[accuracy.argmax()])

    def per_class(self) -> pd.DataFrame:
        """Precision, recall, F1 and support of each emotion; empty when not measured."""
        rows = self.metrics.get("per_class") or {}
        return pd.DataFrame(rows).T.rename_axis("emotion").reset_index() if rows else pd.DataFrame()

    def figure(self, *keys: str) -> float | None:
        """One measured figure, by its path in metrics.json; None when it is not there."""
        value: Any = self.metrics
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def find(folder: Path = paths.RUNS, *, rankers: bool = False) -> list[Run]:
    """The runs in a folder, newest name last; those of the ranker or those of the emotion network."""
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if path.is_dir() and path.name.startswith(_RANKER) == rankers)
    return [_read(path) for path in found]


def served(models: Path = paths.MODELS) -> dict[str, str]:
    """Which run each model file in use is from, by the manifest; empty when there is none."""
    files = _json(models / "manifest.json").get("files", {})
    return {name: str(entry.get("run", "")) for name, entry in files.items() if isinstance(entry, dict)}


def _read(folder: Path) -> Run:
    return Run(
        folder.name, folder, _json(folder / "config.json"), _csv(folder / "history.csv"), _json(folder / "metrics.json")
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError):
        return pd.DataFrame()
