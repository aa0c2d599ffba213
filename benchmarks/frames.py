"""What a frame costs, beside the plain way of doing it, on the same frames in the same run.

A face that moves and changes its size over a background is read by the app's own pipeline and, in turn with it,
the plain way: the cascade over the whole frame, then the network for every face in every frame, the way that
most examples show. Where TensorFlow is installed the plain way is also timed with `model.predict` on the Keras file.

    python benchmarks/frames.py [--model FILE] [--keras FILE] [--frames N] [--out FILE]
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import cv2
import numpy as np
import skimage.data
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib import paths
from moodlib.emotions import NAMES, Probabilities
from moodlib.vision import annotate
from moodlib.vision.classifier import Classifier, EmotionClassifier, crop_face
from moodlib.vision.detector import HaarDetector, overlap
from moodlib.vision.pipeline import Detector, Pipeline
from moodlib.vision.reading import Box

RATE: Final = 30.0
"""Frames a second of the made-up camera."""
SIZE: Final = (640, 480)
ASTRONAUT_FACE: Final = Box(177, 67, 96, 96)
"""Where the face is in `skimage.data.astronaut()`, which is in the public domain (NASA)."""
PLAIN_EVERY: Final = 3
"""The plain way reads every third frame only, so that a run ends within a minute; it remembers nothing anyway."""
PREDICTS: Final = 15
"""How often `model.predict` is timed."""


class Stopwatch:
    """Collects milliseconds by name."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.perf_counter()
        yield
        self.times[name].append((time.perf_counter() - start) * 1e3)

    def figures(self, name: str, frames: int) -> dict[str, float]:
        """Median and 95th percentile of a call, and the mean cost over all frames, in milliseconds."""
        times = self.times[name]
        median, late = np.percentile(times, (50, 95)) if times else (0.0, 0.0)
        return {
            "median": round(float(median), 2),
            "p95": round(float(late), 2),
            "mean_per_frame": round(sum(times) / frames, 2),
        }


class TimedDetector:
    """A detector whose calls are timed."""

    def __init__(self, inner: Detector, watch: Stopwatch) -> None:
        self._inner, self._watch = inner, watch

    def detect(self, grey: NDArray[np.uint8], at: float) -> list[Box]:
        """As the inner one."""
        with self._watch.of("ours: search"):
            return self._inner.detect(grey, at)

    def search(self, grey: NDArray[np.uint8]) -> list[Box]:
        """As the inner one."""
        return self._inner.search(grey)


class TimedClassifier:
    """A classifier whose calls are timed."""

    def __init__(self, inner: Classifier, watch: Stopwatch) -> None:
        self._inner, self._watch = inner, watch

    def predict(self, faces: NDArray[np.uint8]) -> Probabilities:
        """As the inner one."""
        with self._watch.of("ours: network"):
            return self._inner.predict(faces)


def film(count: int, seed: int = 0) -> Iterator[tuple[NDArray[np.uint8], Box]]:
    """Frames, BGR uint8 (480, 640, 3), and where the face is in each."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    astronaut = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    room = cv2.GaussianBlur(cv2.resize(cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2BGR), SIZE), (0, 0), 3)
    for number in range(count):
        at = number / RATE
        scale = 1.15 + 0.3 * np.sin(at * 0.9)
        left, top = 40 + 60 * np.sin(at * 1.3), 15 * np.cos(at * 2.1)
        move = np.array([[scale, 0.0, left], [0.0, scale, top]])
        frame = cv2.warpAffine(astronaut, move, SIZE, dst=room.copy(), borderMode=cv2.BORDER_TRANSPARENT)
        noisy = frame.astype(np.float32) + rng.normal(0.0, 4.0, (height, width, 1)).astype(np.float32)
        face = ASTRONAUT_FACE
        truth = Box(round(face.x * scale + left), round(face.y * scale + top), *[round(face.w * scale)] * 2)
        yield np.clip(noisy, 0, 255).astype(np.uint8), truth


def plain(
    frame: NDArray[np.uint8],
    cascade: cv2.CascadeClassifier,
    predict: Callable[[NDArray[np.uint8]], Probabilities],
) -> list[Box]:
    """The way most examples do it; draws on the frame."""
    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    boxes = [Box(*map(int, box)) for box in cascade.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5)]
    for box in boxes:
        said = predict(crop_face(grey, box, 0.0)[None])[0]
        cv2.rectangle(frame, box, (0, 255, 0), 2)
        place = (box.x, box.y - 10)
        cv2.putText(frame, NAMES[int(said.argmax())], place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 255, 0), 2)
    return boxes


def keras_predict(file: Path) -> float | None:
    """Median milliseconds of `model.predict` on one face; None without TensorFlow or without the file."""
    if not file.exists() or importlib.util.find_spec("tensorflow") is None:
        return None
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    model = keras.models.load_model(file, compile=False)
    face = np.zeros((1, 48, 48, 1), np.float32)
    model.predict(face, verbose=0)
    watch = Stopwatch()
    for _ in range(PREDICTS):
        with watch.of("predict"):
            model.predict(face, verbose=0)
    return float(np.median(watch.times["predict"]))


def measure(model: Path, keras_file: Path, count: int) -> dict[str, Any]:
    """The whole comparison, as it is written to disk."""
    watch = Stopwatch()
    network = EmotionClassifier(model)
    pipeline = Pipeline(TimedClassifier(network, watch), TimedDetector(HaarDetector(), watch))
    # The stub of OpenCV's wheel does not know `cv2.data`.
    folder = cv2.data.haarcascades  # type: ignore[attr-defined]
    cascade = cv2.CascadeClassifier(folder + "haarcascade_frontalface_default.xml")
    found = {"ours": 0, "plain": 0}
    for number, (frame, truth) in enumerate(film(count)):
        copy = frame.copy()
        with watch.of("ours: all"):
            reading = pipeline.process(frame, number / RATE)
            with watch.of("ours: drawing"):
                annotate.draw(frame, reading)
        found["ours"] += bool(reading.listener and overlap(reading.listener.box, truth) > 0.5)
        if number % PLAIN_EVERY:
            continue
        with watch.of("plain: all"):
            boxes = plain(copy, cascade, network.predict)
        found["plain"] += any(overlap(box, truth) > 0.5 for box in boxes)
    read = {"ours": count, "plain": len(watch.times["plain: all"])}
    milliseconds = {name: watch.figures(name, read[name.split(":")[0]]) for name in sorted(watch.times)}
    predict = keras_predict(keras_file)
    ours, other = milliseconds["ours: all"], milliseconds["plain: all"]
    return {
        "command": "python benchmarks/frames.py",
        "frames": count,
        "size": list(SIZE),
        "cores": os.cpu_count(),
        "milliseconds": milliseconds,
        "classified_share": round(len(watch.times["ours: network"]) / count, 3),
        "found_share": {name: round(number / read[name], 3) for name, number in found.items()},
        "times_faster_median": round(other["median"] / ours["median"], 1),
        "times_faster_mean": round(other["mean_per_frame"] / ours["mean_per_frame"], 1),
        "keras_predict_one_face_median": None if predict is None else round(predict, 1),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the comparison as a table."""
    table = Table("milliseconds", "median", "p95", "mean per frame", title=f"{figures['frames']} frames, 640 x 480")
    for name, row in figures["milliseconds"].items():
        table.add_row(name, *(f"{row[key]:.1f}" for key in ("median", "p95", "mean_per_frame")))
    console = Console()
    console.print(table)
    console.print({key: value for key, value in figures.items() if key not in {"milliseconds", "command", "size"}})


def main(
    model: Annotated[Path, typer.Option(help="The LiteRT file.")] = paths.EMOTION_TFLITE,
    keras_file: Annotated[Path, typer.Option("--keras", help="The Keras file.")] = paths.EMOTION_KERAS,
    frames: Annotated[int, typer.Option(min=10, help="How many frames.")] = 150,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/frames.json"),
) -> None:
    """Time the app's way and the plain way on the same frames."""
    figures = measure(model, keras_file, frames)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)


if __name__ == "__main__":
    typer.run(main)
