"""How small the network can be served: every kind of LiteRT file beside the Keras model, in one run.

For each kind: its size, its accuracies on PublicTest and what they lose, the largest difference in a probability, and
how long one face takes on one core, in turn with the others and with Keras' own `model.predict`. The export ships the
smallest kind that loses at most 0.2 points and changes no probability by more than 0.01 (`moodlib/training/export.py`).

    python benchmarks/served.py --data FILE [--out FILE]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import typer
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib import manifest, paths
from moodlib.training import export, fer2013
from moodlib.training.fer2013 import SIDE

KINDS: Final = ("float32", "float16", "int8", "int8-full")
"""As in `moodlib/training/convert.py`."""
WORDS: Final = {
    "float32": "weights as they are",
    "float16": "weights half as long, arithmetic in floats",
    "int8": "weights in bytes, arithmetic in floats (dynamic range)",
    "int8-full": "weights and arithmetic in bytes",
}
SAMPLE: Final = 200
"""Training faces that `int8-full` finds its ranges with."""
CALLS: Final = 300
PREDICTS: Final = 40


def _reader(file: Path) -> Callable[[NDArray[np.float32]], object]:
    run = Interpreter(model_path=str(file), num_threads=1).get_signature_runner()
    return lambda face: run(face=face)


def _figures(seconds: list[float]) -> dict[str, float]:
    median, late = np.percentile(np.array(seconds) * 1e3, (50, 95))
    return {"median_ms": round(float(median), 3), "p95_ms": round(float(late), 3), "calls": len(seconds)}


def latency(files: dict[str, Path], model: keras.Model) -> dict[str, dict[str, dict[str, float]]]:
    """One face at a time, the kinds in turn, so that whatever else the machine does falls on all of them.

    Returns:
        By name of the kind, and `model.predict`: `wall`, the time that passed, and `processor`, the time that this
        process computed; they differ where other programs take their share of the core.
    """
    calls = {kind: _reader(file) for kind, file in files.items()}
    faces = np.random.default_rng(0).integers(0, 256, (CALLS, 1, SIDE, SIDE, 1)).astype(np.float32)
    for call in calls.values():
        for face in faces[:10]:
            call(face)
    model.predict(faces[0], verbose=0)
    calls["model.predict"] = lambda face: model.predict(face, verbose=0)
    wall: dict[str, list[float]] = {kind: [] for kind in calls}
    used: dict[str, list[float]] = {kind: [] for kind in calls}
    for number, face in enumerate(faces):
        for kind, call in calls.items():
            if kind == "model.predict" and number >= PREDICTS:
                continue
            before, began = time.process_time(), time.perf_counter()
            call(face)
            wall[kind].append(time.perf_counter() - began)
            used[kind].append(time.process_time() - before)
    return {kind: {"wall": _figures(wall[kind]), "processor": _figures(used[kind])} for kind in calls}


def measure(data: Path, votes: Path | None, keras_file: Path) -> dict[str, Any]:
    """The whole comparison, as it is written to disk."""
    manifest.verify(keras_file)
    faces = fer2013.load(data, votes)
    public, training = faces.of("PublicTest"), faces.of("Training")
    model = keras.models.load_model(keras_file, compile=False)
    truth = export.keras_heads(model, public)
    entry = manifest.read(keras_file.parent)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = np.linspace(0, len(training) - 1, min(SAMPLE, len(training))).astype(np.int64)
        np.save(folder / "sample.npy", training.images[chosen])
        files = {kind: folder / f"{kind}.tflite" for kind in KINDS}
        for kind, file in files.items():
            export.convert(keras_file, file, kind, folder / "sample.npy" if kind == "int8-full" else None)
            row = export.compare(file, kind, truth, public)
            rows.append({**row, "words": WORDS[kind], "acceptable": export.acceptable(row)})
        times = latency(files, model)
    for row in rows:
        row["latency"] = times[row["kind"]]
    return {
        "command": f"python benchmarks/served.py --data {data.name}",
        "run": entry[keras_file.name]["run"],
        "data": f"PublicTest, {len(public):,} faces ({data.name})",
        "rule": {"lost_at_most": export.LOSS, "difference_at_most": export.TOLERANCE},
        "keras": {
            "bytes": keras_file.stat().st_size,
            "accuracy": export.accuracies(truth, public),
            "latency": times["model.predict"],
        },
        "kinds": rows,
    }


def show(figures: dict[str, Any]) -> None:
    """Print the comparison as a table."""
    table = Table("kind", "MB", "FER-2013", "FER+", "served", "difference", "median ms", "p95 ms", "may ship")
    for row in figures["kinds"]:
        shares = (f"{row['accuracy'].get(name, float('nan')):.2%}" for name in ("fer2013", "ferplus", "served"))
        wall = row["latency"]["wall"]
        table.add_row(
            row["kind"],
            f"{row['bytes'] / 1e6:.1f}",
            *shares,
            f"{row['difference']:.1e}",
            f"{wall['median_ms']:.1f}",
            f"{wall['p95_ms']:.1f}",
            "yes" if row["acceptable"] else "no",
        )
    wall = figures["keras"]["latency"]["wall"]
    table.add_row("model.predict", *[""] * 5, f"{wall['median_ms']:.1f}", f"{wall['p95_ms']:.1f}", "")
    Console().print(table)


def main(
    data: Annotated[Path, typer.Option(help="FER-2013 in any of the forms that training takes.")],
    votes: Annotated[Path | None, typer.Option(help="FER+'s fer2013new.csv.")] = None,
    keras_file: Annotated[Path, typer.Option("--keras", help="The Keras file.")] = paths.EMOTION_KERAS,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/served.json"),
) -> None:
    """Compare the kinds of LiteRT file."""
    figures = measure(data, votes, keras_file)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)


if __name__ == "__main__":
    typer.run(main)
