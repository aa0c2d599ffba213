"""What a frame costs by stage, beside the plain way of doing it, on the same frames in the same run.

Films of nobody, one, two and five moving, tilting and dimming faces (film.py) are read by the app's own pipeline and,
in turn with it, the plain way: the cascade over the whole frame, then the network for every face in every frame, as
most examples do. Where TensorFlow is installed, `model.predict` on the Keras file is timed too, and put in the place of
the LiteRT network in a second account of the plain way. Start-up and memory are measured in a process of their own.

    python benchmarks/frames.py [--model FILE] [--keras FILE] [--frames N] [--out FILE]
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from unittest import mock

import av
import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import chart
from benchmarks.film import RATE, film
from moodlib import paths
from moodlib.emotions import NAMES, Probabilities
from moodlib.mood.timeline import Timeline
from moodlib.mood.tracker import Tracker
from moodlib.vision import annotate, pipeline, video_frame
from moodlib.vision.cascades import overlap
from moodlib.vision.classifier import EmotionClassifier
from moodlib.vision.crop import SIDE, crop_face
from moodlib.vision.detector import HaarDetector
from moodlib.vision.reading import Box, Found, FrameReading

SIZES: Final = ((640, 480), (1280, 720))
PEOPLE: Final = (0, 1, 2, 5)
PLAIN_EVERY: Final = 5
"""The plain way, which remembers nothing, reads every fifth frame only, so that a run ends within a minute or two."""
PREDICTS: Final = 15
"""How often `model.predict` is timed."""
STAGES: Final = tuple(chart.COLOURS)
ON_FACE: Final = 0.5
"""Intersection over union from which a box is on a face."""

START: Final = """
import sys, time
start = time.perf_counter()
from moodlib.vision.pipeline import Pipeline
loaded = time.perf_counter()
Pipeline.load()
ready = time.perf_counter()
pages = open("/proc/self/statm").read().split()[1]
print(loaded - start, ready - loaded, int(pages) * 4096, "tensorflow" in sys.modules)
"""


class Stopwatch:
    """Collects milliseconds of processor time by name.

    On one core that nothing else wants they are those of the clock; on a busy machine they leave out what others took.
    """

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.process_time()
        yield
        self.times[name].append((time.process_time() - start) * 1e3)

    def timed(self, name: str, function: Any) -> Any:
        """The function, timed."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.of(name):
                return function(*args, **kwargs)

        return wrapped

    def figures(self) -> dict[str, Any]:
        """Median, 95th percentile and mean of a whole frame; of each stage the mean over all frames."""
        frames = self.times["all"]
        median, late = np.percentile(frames, (50, 95))
        whole = {"median": median, "p95": late, "mean": np.mean(frames)}
        stages = {stage: sum(self.times[stage]) / len(frames) for stage in STAGES}
        return {
            **{name: round(float(value), 2) for name, value in whole.items()},
            "mean_by_stage": {stage: round(value, 2) for stage, value in stages.items()},
        }


class TimedDetector:
    """The app's detector, its calls timed."""

    def __init__(self, network: EmotionClassifier, watch: Stopwatch) -> None:
        self._inner = HaarDetector(network.face_probability)
        self.detect = watch.timed("search", self._inner.detect)
        self.search = self._inner.search


class TimedClassifier:
    """A classifier whose calls are timed."""

    def __init__(self, inner: EmotionClassifier, watch: Stopwatch) -> None:
        self.predict = watch.timed("network", inner.predict)


class Ours:
    """The way of the live page, without WebRTC."""

    def __init__(self, network: EmotionClassifier) -> None:
        self.watch = Stopwatch()
        self._pipeline = pipeline.Pipeline(TimedClassifier(network, self.watch), TimedDetector(network, self.watch))
        self._tracker, self._timeline = Tracker(), Timeline()

    def read(self, video: av.VideoFrame, at: float) -> list[Box]:
        """Read a frame and hand it back drawn on; the boxes of its faces."""
        watch = self.watch
        crop = watch.timed("crop", crop_face)
        with watch.of("all"), mock.patch.object(pipeline, "crop_face", crop):
            with watch.of("decode"):
                image = video_frame.mirrored(video)
            reading: FrameReading = self._pipeline.process(image, at)
            with watch.of("tracking"):
                face = reading.listener
                state = self._tracker.update(None if face is None else face.probabilities, at, len(reading.faces))
                self._timeline.add(state)
            with watch.of("drawing"):
                annotate.draw(image, reading)
            with watch.of("encode"):
                video_frame.like(video, image)
        return [_mirrored(face.box, image.shape[1]) for face in reading.faces]


class Plain:
    """The way of most examples."""

    def __init__(self, network: EmotionClassifier) -> None:
        self.watch = Stopwatch()
        self._predict = network.predict
        # The stub of OpenCV's wheel does not know `cv2.data`.
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(folder + "haarcascade_frontalface_default.xml")

    def read(self, video: av.VideoFrame) -> list[Box]:
        """Read a frame and hand it back drawn on; the boxes of its faces."""
        watch = self.watch
        with watch.of("all"):
            with watch.of("decode"):
                image = np.asarray(cv2.flip(video.to_ndarray(format="bgr24"), 1), dtype=np.uint8)
            with watch.of("search"):
                grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
                hits = self._cascade.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5)
                boxes = [Box(*map(int, box)) for box in hits]
            for box in boxes:
                with watch.of("crop"):
                    face = crop_face(grey, box)
                with watch.of("network"):
                    said: Probabilities = self._predict(face[None])
                with watch.of("drawing"):
                    cv2.rectangle(image, box, (0, 255, 0), 2)
                    words, place = NAMES[int(said[0].argmax())], (box.x, box.y - 10)
                    cv2.putText(image, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 255, 0), 2)
            with watch.of("encode"):
                av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
        return [_mirrored(box, image.shape[1]) for box in boxes]


def _mirrored(box: Box, width: int) -> Box:
    return box._replace(x=width - box.x - box.w)


def _on_faces(boxes: list[Box], truth: tuple[Box, ...]) -> int:
    return sum(any(overlap(box, face) >= ON_FACE for box in boxes) for face in truth)


def scenario(network: EmotionClassifier, size: tuple[int, int], people: int, count: int) -> dict[str, Any]:
    """One film, read both ways and, every fifth frame, by a full search of ours that remembers nothing."""
    ours, plain = Ours(network), Plain(network)
    on_face: defaultdict[str, int] = defaultdict(int)
    boxes_of: defaultdict[str, int] = defaultdict(int)
    overlaps: list[float] = []
    compared = 0
    for number, shot in enumerate(film(size, people, count)):
        video = av.VideoFrame.from_ndarray(shot.frame, format="bgr24").reformat(format="yuv420p")
        seen = ours.read(video, number / RATE)
        if number % PLAIN_EVERY:
            continue
        compared += 1
        grey = np.ascontiguousarray(cv2.cvtColor(shot.frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        full: list[Found] = HaarDetector(network.face_probability).detect(grey, 0.0)
        overlaps += [max((overlap(face.box, box) for box in seen), default=0.0) for face in full]
        for way, boxes in (("ours", seen), ("full", [face.box for face in full]), ("plain", plain.read(video))):
            on_face[way] += _on_faces(boxes, shot.truth)
            boxes_of[way] += len(boxes)
    figures = {"ours": ours.watch.figures(), "plain": plain.watch.figures()}
    return {
        "size": list(size),
        "faces": people,
        "frames": count,
        "frames_of_plain": compared,
        **figures,
        "plain_faces_per_frame": round(boxes_of["plain"] / compared, 2),
        "times_faster": {key: round(figures["plain"][key] / figures["ours"][key], 1) for key in ("median", "mean")},
        "found_share": {way: round(on_face[way] / (people * compared), 3) for way in on_face} if people else {},
        "false_per_frame": {way: round((boxes_of[way] - on_face[way]) / compared, 3) for way in boxes_of},
        "overlap_with_full_search_median": round(float(np.median(overlaps)), 3) if overlaps else None,
    }


def keras_predict(file: Path) -> float | None:
    """Median milliseconds of `model.predict` on one face; None without TensorFlow or without the file."""
    if not file.exists() or importlib.util.find_spec("tensorflow") is None:
        return None
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    model = keras.models.load_model(file, compile=False)
    face = np.zeros((1, SIDE, SIDE, 1), np.float32)
    model.predict(face, verbose=0)
    watch = Stopwatch()
    for _ in range(PREDICTS):
        with watch.of("predict"):
            model.predict(face, verbose=0)
    return float(np.median(watch.times["predict"]))


def with_keras(row: dict[str, Any], predict: float) -> dict[str, float]:
    """The plain way with `model.predict` in the place of LiteRT, which is counted from its faces a frame."""
    plain = row["plain"]
    mean = plain["mean"] - plain["mean_by_stage"]["network"] + predict * row["plain_faces_per_frame"]
    return {"plain_mean": round(mean, 1), "times_faster_mean": round(mean / row["ours"]["mean"], 1)}


def start_up() -> dict[str, Any]:
    """Import, loading and resident memory of the vision part in a fresh process."""
    done = subprocess.run([sys.executable, "-c", START], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    imported, loaded, resident, tensorflow = done.stdout.split()
    return {
        "import_seconds": round(float(imported), 2),
        "load_seconds": round(float(loaded), 2),
        "resident_mb": round(int(resident) / 1e6),
        "tensorflow_imported": tensorflow == "True",
    }


def measure(model: Path, keras_file: Path, count: int) -> dict[str, Any]:
    """The whole comparison, as it is written to disk."""
    start = start_up()
    network = EmotionClassifier(model)
    rows = {_name(size, people): scenario(network, size, people, count) for size in SIZES for people in PEOPLE}
    load = os.getloadavg()[0]
    predict = keras_predict(keras_file)
    for row in rows.values():
        row["with_keras"] = None if predict is None else with_keras(row, predict)
    return {
        "command": " ".join(["python benchmarks/frames.py", *map(_public, sys.argv[1:])]),
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)),
        "load_average": round(load, 1),
        "unit": "milliseconds of processor time",
        "keras_predict_one_face_median": None if predict is None else round(predict, 1),
        "start": start,
        "films": rows,
    }


def _public(word: str) -> str:
    """A path cut to its last part: the record is for others."""
    return Path(word).name if "/" in word else word


def _name(size: tuple[int, int], people: int) -> str:
    words = {0: "nobody", 1: "1 face"}.get(people, f"{people} faces")
    return f"{size[0]} x {size[1]}, {words}"


def picture(figures: dict[str, Any]) -> str:
    """The chart of the comparison, SVG."""
    rows = {}
    for name, row in figures["films"].items():
        rows[f"{name}: plain"] = row["plain"]["mean_by_stage"]
        # Names must differ; a browser draws the spaces as none.
        rows["ours" + " " * len(rows)] = row["ours"]["mean_by_stage"]
    return chart.stacked(rows, "Milliseconds a frame (mean), the plain way with LiteRT and ours")


def _summary(figures: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in figures.items() if key not in {"films", "command"}}


def show(figures: dict[str, Any]) -> None:
    """Print the comparison as tables."""
    columns = ("median", "p95", "mean", *STAGES, "faster", "Keras", "found", "IoU")
    table = Table("ms a frame", *columns)
    for name, row in figures["films"].items():
        for way in ("ours", "plain"):
            took, keras = row[way], row["with_keras"]
            ours = way == "ours"
            table.add_row(
                f"{name}, {way}",
                *(f"{took[key]:.1f}" for key in ("median", "p95", "mean")),
                *(f"{value:.1f}" for value in took["mean_by_stage"].values()),
                f"{row['times_faster']['mean']:.0f}x" if ours else "",
                f"{keras['times_faster_mean']:.0f}x" if ours and keras else "",
                f"{row['found_share'].get(way, 0):.0%}",
                f"{row['overlap_with_full_search_median'] or 0:.2f}" if ours else "",
            )
    console = Console(width=max(180, Console().width))
    console.print(table)
    console.print(_summary(figures))


def main(
    model: Annotated[Path, typer.Option(help="The LiteRT file.")] = paths.EMOTION_TFLITE,
    keras_file: Annotated[Path, typer.Option("--keras", help="The Keras file.")] = paths.EMOTION_KERAS,
    frames: Annotated[int, typer.Option(min=10, help="Frames of each film.")] = 90,
    out: Annotated[Path, typer.Option(help="Where the figures go; the chart beside it.")] = Path(
        "benchmarks/results/frames.json"
    ),
) -> None:
    """Time the app's way and the plain way on the same frames, on one core."""
    cv2.setNumThreads(1)
    figures = measure(model, keras_file, frames)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    out.with_suffix(".svg").write_text(picture(figures), encoding="utf-8")
    show(figures)


if __name__ == "__main__":
    typer.run(main)
