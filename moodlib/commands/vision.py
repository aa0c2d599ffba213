"""`analyse`: what the faces in pictures and videos feel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from moodlib import paths
from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.vision import media
from moodlib.vision.classifier import EmotionClassifier
from moodlib.vision.detector import DetectorConfig, HaarDetector
from moodlib.vision.pipeline import Pipeline
from moodlib.vision.reading import Face, FrameReading

# Nobody waits for the next frame here: each is searched whole, and finer than the live ones.
THOROUGH: Final = DetectorConfig(side=400, full_every=0.0, idle_every=0.0, patient=True)


@dataclass(frozen=True, slots=True)
class Result:
    """What one picture, or one frame of a video, says.

    Attributes:
        path: The file, as it was given.
        frame: Which frame of a video; 0 for a picture.
        reading: Its faces.
    """

    path: Path
    frame: int
    reading: FrameReading


class Analyst:
    """Reads files. The network is loaded with the first picture, so that a wrong path is answered at once."""

    def __init__(self, model: Path = paths.EMOTION_TFLITE) -> None:
        self._model = model

    @cached_property
    def _classifier(self) -> EmotionClassifier:
        return EmotionClassifier(self._model)

    def read(self, path: Path, every: float) -> Iterator[Result]:
        """What a file says: one result for a picture, one for each chosen frame of a video.

        Args:
            path: The file.
            every: Seconds between two frames of a video.

        Raises:
            InputError: It is missing, or neither a picture nor a video that can be read.
        """
        if media.kind(path) == "video":
            yield from self._video(path, every)
            return
        try:
            picture = media.read_image(path)
        except InputError:
            if media.kind(path) == "image" or not path.is_file():
                raise
            # Its name does not tell what it is, and it is no picture.
            try:
                yield from self._video(path, every)
            except InputError as error:
                raise InputError(f"{path} is neither a picture nor a video that can be read.") from error
            return
        yield Result(path, 0, self._pipeline().still(picture))

    def _video(self, path: Path, every: float) -> Iterator[Result]:
        frames = media.iter_video(path, every)
        pipeline: Pipeline | None = None
        for number, seconds, frame, _ in frames:
            pipeline = pipeline or self._pipeline()
            yield Result(path, number, pipeline.process(frame, seconds))

    def _pipeline(self) -> Pipeline:
        return Pipeline(self._classifier, HaarDetector(self._classifier.face_probability, THOROUGH), classify_every=0.0)


def analyse(
    sources: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, videos, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    every: Annotated[float, typer.Option(min=0.0, help="Seconds between two frames of a video; 0 for all.")] = 0.2,
) -> None:
    """Find the faces in pictures and videos and say what each feels.

    It stops at the first file that cannot be read, names it, and prints no results: half a list looks like a whole
    one. Of a folder, the files directly in it are read in order of their names; others than pictures and videos are
    skipped with a note.
    """
    errors = Console(stderr=True, soft_wrap=True)
    analyst = Analyst()
    files = [file for source in sources for file in _files(source, errors)]
    results: list[Result] = []
    with errors.status("Looking for faces ...") as status:
        for number, file in enumerate(files, start=1):
            for result in analyst.read(file, every):
                results.append(result)
                status.update(f"{file.name} ({number} of {len(files)}), frame {result.frame}")
    if as_json:
        typer.echo(json.dumps([_as_json(result) for result in results], indent=2))
    else:
        _show(results)


def _files(source: Path, errors: Console) -> list[Path]:
    """The files that a path stands for: itself, or what a folder holds."""
    if not source.is_dir():
        return [source]
    inside = sorted(file for file in source.iterdir() if file.is_file() and not file.name.startswith("."))
    chosen = [file for file in inside if media.kind(file)]
    for file in inside:
        if not media.kind(file):
            errors.print(f"skipped: {file} is neither a picture nor a video", markup=False, highlight=False)
    if not chosen:
        raise InputError(f"{source} holds no pictures and no videos; give a folder that does.")
    return chosen


def _as_json(result: Result) -> dict[str, Any]:
    faces = [_face_as_json(face) for face in result.reading.faces]
    return {"path": str(result.path), "frame": result.frame, "faces": faces}


def _face_as_json(face: Face) -> dict[str, Any]:
    valence, arousal = face.coordinates
    return {
        "box": list(face.box),
        "emotion": face.emotion,
        "probabilities": {name: round(float(p), 6) for name, p in zip(NAMES, face.probabilities, strict=True)},
        "valence": round(valence, 6),
        "arousal": round(arousal, 6),
    }


def _show(results: list[Result]) -> None:
    table = Table()
    table.add_column("file", overflow="fold")
    for heading in ("frame", "face at", "emotion", "sure", "valence", "arousal"):
        table.add_column(heading, no_wrap=True)
    for result in results:
        where = (result.path.name, str(result.frame))
        if not result.reading.faces:
            table.add_row(*where, "no face", "", "", "", "")
        for face in result.reading.faces:
            valence, arousal = face.coordinates
            x, y, w, h = face.box
            table.add_row(
                *where,
                f"{x}, {y} ({w} x {h})",
                face.emotion,
                f"{face.probabilities.max():.0%}",
                f"{valence:+.2f}",
                f"{arousal:+.2f}",
            )
    Console().print(table)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("analyse")(analyse)
