"""`train emotion` and `evaluate emotion`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from moodlib import paths
from moodlib.commands.record import command_line
from moodlib.emotions import NAMES
from moodlib.errors import InputError

if TYPE_CHECKING:
    from moodlib.training.config import FitConfig
    from moodlib.training.fer2013 import Faces
    from moodlib.training.metrics import Heads
    from moodlib.training.progress import Step

Data = Annotated[Path, typer.Option(help="fer2013.csv, icml_face_data.csv, a folder of class folders, or Parquet.")]
Votes = Annotated[Path | None, typer.Option(help="FER+'s fer2013new.csv, to be joined to the data.")]

# Options of `train emotion` that are fields of the configuration.
_FIELDS = (
    "epochs",
    "batch",
    "rate",
    "warm_up",
    "decay",
    "seed",
    "limit",
    "start",
    "architecture",
    "teacher",
    "trust",
    "refit",
    "mix",
    "precision",
)


def describe(data: Path, faces: Faces) -> str:
    """The training data in words, for the records."""
    return f"FER-2013{'' if faces.votes is None else ' with FER+ votes'} ({data.name}), Training"


def train_emotion(
    context: typer.Context,
    data: Data,
    votes: Votes = None,
    name: Annotated[str, typer.Option(help="Name of the run folder under models/runs.")] = "emotion",
    config: Annotated[Path | None, typer.Option(help="A run's config.json; options given beside it win.")] = None,
    epochs: Annotated[
        int, typer.Option(min=0, help="Passes over the faces; 0: the mean of several runs, or --refit.")
    ] = 40,
    batch: Annotated[int, typer.Option(min=1, help="Faces in a step.")] = 128,
    rate: Annotated[float, typer.Option(min=1e-6, help="Highest learning rate.")] = 0.1,
    warm_up: Annotated[float, typer.Option(min=0.0, help="Epochs over which the rate rises.")] = 1.0,
    decay: Annotated[float, typer.Option(min=0.0, help="Weight decay, as a share of the rate.")] = 5e-3,
    strength: Annotated[float, typer.Option(min=0.0, help="Strength of the augmentation; 1 is the usual.")] = 1.0,
    start: Annotated[str, typer.Option(help="Run whose weights to start from, or several: a+b.")] = "",
    teacher: Annotated[str, typer.Option(help="Run whose answers are learned too, or several: a+b.")] = "",
    trust: Annotated[float, typer.Option(min=0.0, max=1.0, help="The teacher's share of what is learned.")] = 0.5,
    refit: Annotated[float, typer.Option(min=0.0, help="After 0 epochs: fit the heads anew with this penalty.")] = 0.0,
    mix: Annotated[float, typer.Option(min=0.0, help="Lay faces over each other (mix-up); 0 for none.")] = 0.0,
    precision: Annotated[str, typer.Option(help="float32, or bfloat16: faster where the processor has it.")] = (
        "float32"
    ),
    architecture: Annotated[str, typer.Option("--network", help="residual, or mini-xception: the baseline.")] = (
        "residual"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    limit: Annotated[int, typer.Option(min=0, help="Use only so many training faces; 0 for all.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last whole epoch.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard files.")] = False,
    models: Annotated[Path, typer.Option(help="Folder of the model files.")] = paths.MODELS,
) -> None:
    """Train the emotion network, calibrate it, convert it for serving and write its card.

    Keras runs on the backend that the environment variable KERAS_BACKEND names; on a CPU, torch is the fastest. Ctrl-C
    stops after the batch in hand; --resume goes on from the last whole epoch, with the options that are recorded with
    the run. On a finished run --resume calibrates, converts and measures again.
    """
    from moodlib.training import config as configuration
    from moodlib.training import export, fer2013, fit

    console = Console(stderr=True)
    folder = models / "runs" / name
    recorded = folder / "config.json"
    source = config or (recorded if resume and recorded.exists() else None)
    base = configuration.read(source) if source else configuration.FitConfig()
    chosen = _overridden(context, base)
    faces = fer2013.load(data, votes)
    try:
        with _progress(console, chosen, folder) as step:
            fit.fit(faces, folder, chosen, resume=resume, tensorboard=tensorboard, say=console.print, step=step)
    except KeyboardInterrupt:
        # No epoch is whole yet where no checkpoint is; the same command then starts again.
        kept = "The last whole epoch is kept" if (folder / "checkpoint").exists() else "No epoch was whole yet"
        resumed = ["train", "emotion", "--data", str(data), *(["--votes", str(votes)] if votes else [])]
        console.print(
            f"Stopped. {kept}; go on with: python -m moodlib {' '.join(resumed)} --name {name} --resume",
            soft_wrap=True,
        )
        raise
    figures = export.export(folder, faces, models, command=command_line(), data=describe(data, faces))
    show(figures, console)
    console.print(f"Written to {models} and {folder}.")


def _overridden(context: typer.Context, base: FitConfig) -> FitConfig:
    """A configuration with what the command line says itself."""
    from moodlib.training.augment import AugmentConfig

    def given(name: str) -> bool:
        source = context.get_parameter_source(name)
        return source is not None and source.name == "COMMANDLINE"

    changes: dict[str, Any] = {name: context.params[name] for name in _FIELDS if given(name)}
    if given("strength"):
        changes["augment"] = AugmentConfig().times(context.params["strength"])
    # Through its JSON form, so that the command line is checked as a file is.
    return type(base).from_json(replace(base, **changes).as_json())


@contextmanager
def _progress(console: Console, config: FitConfig, folder: Path) -> Iterator[Step | None]:
    """A bar over all batches with loss, accuracy and the time left; lines per epoch alone where there is no screen."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(f"{folder.name}: getting ready", total=config.epochs)

        def step(epoch: int, batch: int, batches: int, logs: dict[str, float]) -> None:
            bar.update(
                task,
                total=config.epochs * batches,
                completed=epoch * batches + batch + 1,
                description=f"epoch {epoch + 1}/{config.epochs}  loss {logs['loss']:.3f}  "
                f"accuracy {logs['fer2013_accuracy']:.1%}",
            )

        yield step


def evaluate_emotion(
    data: Data,
    votes: Votes = None,
    usage: Annotated[str, typer.Option(help="Training, PublicTest or PrivateTest; all rows when left out.")] = "",
    model: Annotated[Path, typer.Option(help="A .tflite or .keras file.")] = paths.EMOTION_TFLITE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the emotion network on labelled faces.

    Where the data also holds the training faces, the accuracies without the faces whose very picture is among them are
    given as well.
    """
    from moodlib import manifest
    from moodlib.training import duplicates, fer2013, metrics

    manifest.verify(model)
    everything = fer2013.load(data, votes)
    faces = everything.of(usage) if usage else everything
    heads = heads_of(model, faces)
    figures = metrics.evaluate(heads, faces)
    figures["without_duplicates"] = None
    learned = everything.where(everything.usage == "Training")
    if usage not in ("", "Training") and len(learned):
        figures["without_duplicates"] = metrics.evaluate_unseen(heads, faces, duplicates.exact(faces, learned))
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        show(figures, Console())


def heads_of(model: Path, faces: Faces) -> Heads:
    """What a model file answers.

    Raises:
        InputError: It is neither a LiteRT nor a Keras file.
    """
    if model.suffix == ".keras":
        import keras

        from moodlib.training import export

        return export.keras_heads(keras.models.load_model(model, compile=False), faces)
    if model.suffix == ".tflite":
        from moodlib.training import served

        return served.heads(model, faces)
    raise InputError(f"{model}: a model is a .tflite or a .keras file.")


def percent(share: float | None) -> str:
    """A share for a table."""
    return "–" if share is None else f"{share:.1%}"


def show(figures: dict[str, Any], console: Console) -> None:
    """Print the figures of the emotion network as tables."""
    served, unseen = figures["served"], figures.get("without_duplicates")
    table = Table("", "FER-2013", "FER+ majority", title=f"{figures['n']:,} faces")
    table.add_row("own head", percent(figures["fer2013_accuracy"]), percent(figures["ferplus_majority_accuracy"]))
    table.add_row("served", percent(served["fer2013_accuracy"]), percent(served["ferplus_majority_accuracy"]))
    if unseen:
        shares = (unseen["served"][key] for key in ("fer2013_accuracy", "ferplus_majority_accuracy"))
        table.add_row(f"served, without {unseen['shared']} training pictures", *(percent(share) for share in shares))
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
