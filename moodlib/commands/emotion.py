"""`train emotion` and `evaluate emotion`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from moodlib import paths
from moodlib.commands.record import command_line
from moodlib.emotions import NAMES
from moodlib.errors import InputError

if TYPE_CHECKING:
    from moodlib.training.fer2013 import Faces
    from moodlib.training.metrics import Heads

Data = Annotated[Path, typer.Option(help="fer2013.csv, icml_face_data.csv, a folder of class folders, or Parquet.")]


def _describe(data: Path, faces: Faces) -> str:
    return f"FER-2013{'' if faces.votes is None else ' with FER+ votes'} ({data.name}), Training"


def train_emotion(
    data: Data,
    name: Annotated[str, typer.Option(help="Name of the run folder under models/runs.")] = "emotion",
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the faces.")] = 40,
    batch: Annotated[int, typer.Option(min=1, help="Faces in a step.")] = 128,
    rate: Annotated[float, typer.Option(min=1e-6, help="Highest learning rate.")] = 0.1,
    warm_up: Annotated[float, typer.Option(min=0.0, help="Epochs over which the rate rises.")] = 1.0,
    decay: Annotated[float, typer.Option(min=0.0, help="Weight decay, as a share of the rate.")] = 5e-3,
    strength: Annotated[float, typer.Option(min=0.0, help="Strength of the augmentation; 1 is the usual.")] = 1.0,
    start: Annotated[str, typer.Option(help="Run under models/runs whose weights to start from.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    limit: Annotated[int, typer.Option(min=0, help="Use only so many training faces; 0 for all.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last whole epoch.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard files.")] = False,
    models: Annotated[Path, typer.Option(help="Folder of the model files.")] = paths.MODELS,
) -> None:
    """Train the emotion network, calibrate it, convert it for serving and write its card.

    Keras runs on the backend that the environment variable KERAS_BACKEND names; on a CPU, torch is the fastest.
    """
    from moodlib.training import augment, export, fer2013, fit

    console = Console(stderr=True)
    faces = fer2013.load(data)
    config = fit.FitConfig(
        epochs=epochs,
        batch=batch,
        rate=rate,
        warm_up=warm_up,
        decay=decay,
        seed=seed,
        limit=limit,
        start=start,
        augment=augment.AugmentConfig().times(strength),
    )
    folder = models / "runs" / name
    try:
        fit.fit(faces, folder, config, resume=resume, tensorboard=tensorboard, say=console.print)
    except KeyboardInterrupt:
        done = "the last whole epoch is kept; go on with --resume" if (folder / "checkpoint").exists() else "no epoch"
        console.print(f"Stopped: {done}.")
        raise
    figures = export.export(folder, faces, models, command=command_line(), data=_describe(data, faces))
    _show(figures, console)
    console.print(f"Written to {models} and {folder}.")


def evaluate_emotion(
    data: Data,
    usage: Annotated[str, typer.Option(help="Training, PublicTest or PrivateTest; all rows when left out.")] = "",
    model: Annotated[Path, typer.Option(help="A .tflite or .keras file.")] = paths.EMOTION_TFLITE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the emotion network on labelled faces."""
    from moodlib import manifest
    from moodlib.training import fer2013, metrics

    manifest.verify(model)
    faces = fer2013.load(data)
    if usage:
        faces = faces.of(usage)
    figures = metrics.evaluate(_heads(model, faces), faces)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        _show(figures, Console())


def _heads(model: Path, faces: Faces) -> Heads:
    if model.suffix == ".keras":
        import keras

        from moodlib.training import export

        return export.keras_heads(keras.models.load_model(model, compile=False), faces)
    if model.suffix == ".tflite":
        from moodlib.training import served

        return served.heads(model, faces)
    raise InputError(f"{model}: a model is a .tflite or a .keras file.")


def _show(figures: dict[str, Any], console: Console) -> None:
    def percent(share: float | None) -> str:
        return "—" if share is None else f"{share:.1%}"

    served = figures["served"]
    table = Table("", "FER-2013", "FER+ majority", title=f"{figures['n']:,} faces")
    table.add_row("own head", percent(figures["fer2013_accuracy"]), percent(figures["ferplus_majority_accuracy"]))
    table.add_row("served", percent(served["fer2013_accuracy"]), percent(served["ferplus_majority_accuracy"]))
    console.print(table)
    classes = Table("emotion", "precision", "recall", "F1", "faces")
    for name in NAMES:
        row = figures["per_class"][name]
        classes.add_row(name, *(f"{row[key]:.2f}" for key in ("precision", "recall", "f1")), str(row["support"]))
    console.print(classes)
    console.print(f"macro F1 {figures['macro_f1']:.3f}, calibration error {served['ece']:.3f}")


def register(app: typer.Typer, train: typer.Typer, evaluate: typer.Typer) -> None:
    """Add this module's commands."""
    train.command("emotion")(train_emotion)
    evaluate.command("emotion")(evaluate_emotion)
