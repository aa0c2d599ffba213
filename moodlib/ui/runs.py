"""What training left behind, read for the Training page: each figure with the file it is from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from moodlib import paths

TRAIN_EMOTION: Final = "python -m moodlib train emotion --data PATH"
MEASURE_AGAIN: Final = "python -m moodlib train emotion --data PATH --name RUN --resume"
EVALUATE_EMOTION: Final = "python -m moodlib evaluate emotion --data PATH --json"
EVALUATE_SERVING: Final = "python -m moodlib evaluate serving --data PATH --record"
EVALUATE_ROBUSTNESS: Final = "python -m moodlib evaluate robustness --data PATH --record"
BENCHMARK_SERVED: Final = "python benchmarks/served.py --data PATH"
TRAIN_BASELINE: Final = "python -m moodlib train emotion --network mini-xception --name baseline-1 --data PATH"
TRAIN_RANKER: Final = "python -m moodlib train ranker --labels FILE --tracks FILE"
SERVED_RESULTS: Final = paths.ROOT / "benchmarks" / "results" / "served.json"
TRIED: Final = paths.MODELS / "tried.csv"
_RANKER: Final = "ranker"
_BASELINE: Final = "mini-xception"


@dataclass(frozen=True, slots=True)
class Run:
    """One training run.

    Attributes:
        name: Of its folder.
        folder: Where it lies.
        config: What it was trained with; empty when the file is missing or not JSON.
        history: One row an epoch; empty when the file is missing.
        metrics: What was measured; empty when the file is missing or not JSON.
        serving: How ways to make one answer of two heads compare; likewise.
        robustness: How it holds in real rooms; likewise.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    history: pd.DataFrame
    metrics: dict[str, Any]
    serving: dict[str, Any] = field(default_factory=dict)
    robustness: dict[str, Any] = field(default_factory=dict)

    def file(self, name: str) -> str:
        """A file of the run, as it is called in the repository."""
        return in_repository(self.folder / name)

    @property
    def best(self) -> int | None:
        """The epoch with the best validation accuracy, counted from 0; None without a history."""
        if self.history.empty or "val_fer2013_accuracy" not in self.history:
            return None
        accuracy = self.history["val_fer2013_accuracy"].to_numpy(dtype=float)
        return int(self.history["epoch"].to_numpy(dtype=int)[accuracy.argmax()])

    @property
    def fit(self) -> dict[str, Any]:
        """The part of the configuration that decides the result."""
        found = self.config.get("fit")
        return found if isinstance(found, dict) else {}

    @property
    def epochs(self) -> int | None:
        """How many epochs it was to have; None when that is not recorded."""
        found = self.fit.get("epochs")
        return found if isinstance(found, int) else None

    @property
    def parents(self) -> list[str]:
        """The runs that it was made of without an epoch of its own; none for one that was trained itself."""
        return str(self.fit.get("start", "")).split("+") if self.epochs == 0 else []

    @property
    def unfinished(self) -> bool:
        """Whether it is being trained, or was stopped."""
        return not self.metrics and self.epochs is not None and len(self.history) < self.epochs

    @property
    def is_baseline(self) -> bool:
        """Whether it is of the plain network that ours is compared with."""
        return bool(self.fit.get("architecture") == _BASELINE)

    def figure(self, *keys: str) -> float | None:
        """One measured figure, by its path in metrics.json; None when it is not there."""
        return number(self.metrics, *keys)


def number(tree: Any, *keys: str) -> float | None:
    """One figure in nested dictionaries; None when it is not there or no number."""
    value = tree
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def in_repository(path: Path) -> str:
    """A path as it is called in the repository."""
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)


def find(folder: Path = paths.RUNS, *, rankers: bool = False) -> list[Run]:
    """The runs in a folder, newest name last; those of the ranker or those of the emotion network."""
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if path.is_dir() and path.name.startswith(_RANKER) == rankers)
    return [read(path) for path in found]


def served(models: Path = paths.MODELS) -> dict[str, str]:
    """Which run each model file in use is from, by the manifest; empty when there is none."""
    files = _json(models / "manifest.json").get("files", {})
    return {name: str(entry.get("run", "")) for name, entry in files.items() if isinstance(entry, dict)}


def served_kinds() -> dict[str, Any]:
    """Size, accuracy and latency of each kind of LiteRT file, as the benchmark wrote them; empty when it has not."""
    return results(SERVED_RESULTS)


def results(file: Path) -> dict[str, Any]:
    """What a benchmark wrote; empty when it has not."""
    return _json(file)


def tried() -> pd.DataFrame:
    """What was tried to make the network better, and what it gave; empty when the file is missing."""
    return _csv(TRIED)


def read(folder: Path) -> Run:
    """One run as its folder is now."""
    return Run(
        folder.name,
        folder,
        _json(folder / "config.json"),
        _csv(folder / "history.csv"),
        _json(folder / "metrics.json"),
        _json(folder / "serving.json"),
        _json(folder / "robustness.json"),
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
