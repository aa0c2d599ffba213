"""`evaluate serving` and `evaluate robustness`: studies of the emotion network, kept beside its run's metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from moodlib import manifest, paths
from moodlib.commands.emotion import Data, Votes, describe, heads_of, percent
from moodlib.commands.record import command_line

Model = Annotated[Path, typer.Option(help="The network's .tflite file, listed in the manifest beside it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Record = Annotated[bool, typer.Option("--record", help="Keep the figures in the folder of the model's run.")]


def _run_folder(model: Path) -> Path:
    """The folder of the run that made a model file; a baseline's file lies in that folder itself."""
    run = str(manifest.read(model.parent)[model.name]["run"])
    return model.parent if model.parent.name == run else model.parent / "runs" / run


def _keep(model: Path, name: str, figures: dict[str, Any]) -> None:
    from moodlib.training import card

    folder = _run_folder(model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if folder != model.parent:
        card.write_card(model.parent / "emotion.md", model.parent, folder)


def evaluate_serving(
    data: Data,
    votes: Votes = None,
    model: Model = paths.EMOTION_TFLITE,
    as_json: AsJson = False,
    record: Record = False,
) -> None:
    """Compare the ways to make one answer of the two heads: accuracy, weak expressions, calibration, on PublicTest."""
    from moodlib.training import fer2013, fit, serving
    from moodlib.training.config import FitConfig

    manifest.verify(model)
    faces = fer2013.load(data, votes)
    public, (_, aside) = faces.of("PublicTest"), fit.split(faces.of("Training"), FitConfig())
    figures = {
        "command": command_line(),
        "data": describe(data, faces).replace("Training", "PublicTest"),
        **serving.study((heads_of(model, aside), aside), (heads_of(model, public), public)),
    }
    if record:
        _keep(model, "serving.json", figures)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("FER-2013 head's share", "FER-2013", "FER+ majority", "weak: FER-2013", "weak: called neutral", "ECE")
    for row in figures["choices"]:
        weak, errors = row["weak"] or {}, row["calibration"]
        table.add_row(
            f"{row['weight']:.2f}{' chosen' if row['weight'] == figures['chosen']['weight'] else ''}",
            percent(row["fer2013"]["accuracy"]),
            percent(row["ferplus"] and row["ferplus"]["accuracy"]),
            percent(weak.get("fer2013_accuracy")),
            percent(weak.get("said_neutral")),
            " / ".join(f"{part['ece']:.3f}" for part in errors.values() if part),
        )
    Console().print(table)


def evaluate_robustness(
    data: Data,
    votes: Votes = None,
    usage: Annotated[str, typer.Option(help="Training, PublicTest or PrivateTest.")] = "PublicTest",
    limit: Annotated[int, typer.Option(min=0, help="Only so many faces, evenly spread; 0 for all.")] = 0,
    model: Model = paths.EMOTION_TFLITE,
    as_json: AsJson = False,
    record: Record = False,
) -> None:
    """Measure the network on faces spoilt as rooms and cameras do: light, blur, noise, tilt, covers, pixels, JPEG."""
    from moodlib.training import fer2013, robustness

    manifest.verify(model)
    everything = fer2013.load(data, votes)
    faces = everything.of(usage)
    if 0 < limit < len(faces):
        faces = faces.where(np.linspace(0, len(faces) - 1, limit).round().astype(np.int64))
    console = Console(stderr=True)
    figures = {
        "command": command_line(),
        "data": describe(data, everything).replace("Training", usage),
        **robustness.measure(model, faces, lambda name: console.print(f"{name} measured")),
    }
    if record:
        _keep(model, "robustness.json", figures)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("condition", "setting", "FER-2013 (own head)", "FER-2013 (served)", "FER+ majority (served)")
    clean = {"condition": "as they are", "setting": "", **figures["clean"]}
    for row in (clean, *figures["rows"]):
        shares = (row[key] for key in ("fer2013_head", "served_fer2013", "served_ferplus"))
        table.add_row(row["condition"], row["setting"], *(percent(part and part["accuracy"]) for part in shares))
    Console().print(table)


def register(evaluate: typer.Typer) -> None:
    """Add this module's commands."""
    evaluate.command("serving")(evaluate_serving)
    evaluate.command("robustness")(evaluate_robustness)
