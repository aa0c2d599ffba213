"""How many faces are found, and how many that are none, beside the plain way.

FER-2013's PublicTest faces are set into made-up rooms (rooms.py): upright, tilted to 30 degrees, small, dim and partly
covered; rooms without anybody stand beside them. Three ways look at the same pictures: the plain one (OpenCV's default
cascade over the whole frame, `scaleFactor=1.1, minNeighbors=5`), the app's search of a still, and the app's stream
after half a second (`stream`) and a second (`later`) of the same view with fresh noise. A face counts as found when a
box overlaps the crop's square by half (intersection over union); every other box is a false face, a second box on the
same face among them. Some crops are much wider or narrower than the face that they show, and a box on such a face
overlaps the crop by less; so the same is also counted with an overlap of 0.3 (`near`).

    python benchmarks/faces.py --data FILE [--limit N] [--empty N] [--seed N] [--out FILE]
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import cv2
import numpy as np
import skimage.data
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import rooms
from moodlib.training import fer2013
from moodlib.vision.cascades import overlap
from moodlib.vision.classifier import EmotionClassifier
from moodlib.vision.detector import HaarDetector
from moodlib.vision.reading import Box

FOUND: Final = 0.5
"""Intersection over union from which a box is on the face."""
NEAR: Final = 0.3
"""The same for the second count."""
RATE: Final = 30.0
"""Frames of the same view that the stream sees in a second."""
FRAMES: Final = {"stream": 15, "later": 30}
"""How many of them are seen: half a second, and a second."""
WAYS: Final = ("plain", "still", *FRAMES)
TURNS: Final = (-30, -15, 0, 15, 30)
ASTRONAUT_FACE: Final = Box(177, 67, 96, 96)


@dataclass(slots=True)
class Tally:
    """What one way made of the pictures of one kind."""

    pictures: int = 0
    found: int = 0
    false: int = 0
    near: int = 0
    far: int = 0
    overlaps: list[float] = field(default_factory=list)

    def add(self, boxes: list[Box], truth: Box | None) -> None:
        """Count one picture's boxes."""
        shares = sorted((overlap(box, truth) for box in boxes), reverse=True) if truth else []
        hit = bool(shares) and shares[0] >= FOUND
        self.pictures += 1
        self.found += hit
        self.false += len(boxes) - hit
        near = bool(shares) and shares[0] >= NEAR
        self.near += near
        self.far += len(boxes) - near
        if hit:
            self.overlaps.append(shares[0])

    def figures(self, *, people: bool) -> dict[str, float]:
        """The counts as they are written to disk."""
        row: dict[str, float] = {
            "pictures": self.pictures,
            "false_per_picture": _rounded(self.false / self.pictures),
            "false_near_per_picture": _rounded(self.far / self.pictures),
        }
        if people:
            share = self.found / self.pictures
            # Wilson's interval at 95 %.
            wide = 1.96**2 / self.pictures
            middle = (share + wide / 2) / (1 + wide)
            reach = 1.96 * np.sqrt(share * (1 - share) / self.pictures + wide / 4 / self.pictures) / (1 + wide)
            row |= {
                "found": self.found,
                "recall": _rounded(share),
                "recall_low": _rounded(middle - reach),
                "recall_high": _rounded(middle + reach),
                "recall_near": _rounded(self.near / self.pictures),
                "overlap_median": _rounded(float(np.median(self.overlaps))) if self.overlaps else 0.0,
            }
        return row


def _rounded(value: float) -> float:
    return round(float(value), 3)


class Study:
    """Looks at scenes in the three ways and counts."""

    def __init__(self, seed: int) -> None:
        # The stub of OpenCV's wheel does not know `cv2.data`.
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._plain = cv2.CascadeClassifier(folder + "haarcascade_frontalface_default.xml")
        self._check = EmotionClassifier().face_probability
        self._rng = np.random.default_rng(seed)
        self.tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def look(self, kind: str, scene: rooms.Scene) -> None:
        """Count what each way makes of a scene."""
        for way in WAYS:
            self.tallies[kind, way].add(self.boxes(way, scene), scene.truth)

    def boxes(self, way: str, scene: rooms.Scene) -> list[Box]:
        """The boxes that one way draws."""
        if way in FRAMES:
            detector = HaarDetector(self._check)
            for number in range(FRAMES[way]):
                frame = rooms.again(scene, self._rng)
                start = time.process_time()
                faces = detector.detect(frame, number / RATE)
                self.seconds[way].append(time.process_time() - start)
            return [face.box for face in faces]
        start = time.process_time()
        if way == "still":
            boxes = [face.box for face in HaarDetector(self._check).search(scene.grey)]
        else:
            hits = self._plain.detectMultiScale(scene.grey, scaleFactor=1.1, minNeighbors=5)
            boxes = [Box(*map(int, hit)) for hit in hits]
        self.seconds[way].append(time.process_time() - start)
        return boxes


def astronaut(turn: float, light: float = 1.0, scale: float = 1.0) -> rooms.Scene:
    """The astronaut of scikit-image (NASA, public domain), turned about the middle of the face."""
    grey = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    face = ASTRONAUT_FACE
    middle = (face.x + face.w / 2, face.y + face.h / 2)
    place = cv2.getRotationMatrix2D(middle, turn, scale)
    place[:, 2] += np.array((320 - middle[0], 220 - middle[1]))
    frame = cv2.warpAffine(grey, place, rooms.SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    side = round(face.w * scale)
    truth = Box(round(320 - side / 2), round(220 - side / 2), side, side)
    return rooms.Scene(np.asarray(frame * light, dtype=np.uint8), truth, turn)


def measure(images: NDArray[np.uint8], limit: int, empty: int, seed: int) -> dict[str, Any]:
    """The whole study, as it is written to disk."""
    rng = np.random.default_rng(seed)
    study = Study(seed + 1)
    chosen = iter(rng.permutation(len(images)))
    jobs = [name for _ in range(limit) for name in rooms.CONDITIONS]
    for name in track(jobs, "Faces", console=Console(stderr=True)):
        study.look(name, rooms.scene(images[next(chosen)], rooms.CONDITIONS[name], rng))
    for number in track(range(empty), "Empty rooms", console=Console(stderr=True)):
        study.look("nobody", rooms.empty(rooms.CONDITIONS["dim" if number % 5 == 0 else "upright"], rng))
    kinds = {name: {way: study.tallies[name, way].figures(people=True) for way in WAYS} for name in rooms.CONDITIONS}
    turned = {
        str(turn): {way: bool(_on_face(study.boxes(way, astronaut(turn)), turn)) for way in WAYS} for turn in TURNS
    }
    return {
        "command": " ".join(["python benchmarks/faces.py", *map(_public, sys.argv[1:])]),
        "size": list(rooms.SIZE),
        "found_from_overlap": FOUND,
        "near_from_overlap": NEAR,
        "kinds": kinds,
        "all_faces": {way: _together(study, list(rooms.CONDITIONS), way).figures(people=True) for way in WAYS},
        "nobody": {way: study.tallies["nobody", way].figures(people=False) for way in WAYS} if empty else {},
        "astronaut_found_at_degrees": turned,
        "milliseconds_of_processor_time": {
            way: {name: round(1e3 * float(np.percentile(took, q)), 1) for name, q in (("median", 50), ("p95", 95))}
            for way, took in study.seconds.items()
        },
    }


def _on_face(boxes: list[Box], turn: float) -> bool:
    truth = astronaut(turn).truth
    return truth is not None and any(overlap(box, truth) >= FOUND for box in boxes)


def _together(study: Study, kinds: list[str], way: str) -> Tally:
    parts = [study.tallies[kind, way] for kind in kinds]
    overlaps = [share for part in parts for share in part.overlaps]
    counts = {
        name: sum(getattr(part, name) for part in parts) for name in ("pictures", "found", "false", "near", "far")
    }
    return Tally(**counts, overlaps=overlaps)


def _public(word: str) -> str:
    """A path cut to its last part: the record is for others."""
    return Path(word).name if "/" in word else word


def show(figures: dict[str, Any]) -> None:
    """Print the study as a table."""
    columns = [f"{way} {what}" for way in WAYS for what in ("found", "false")]
    table = Table("", *columns, title="share of faces found, false faces a picture")
    for name, ways in {**figures["kinds"], "all": figures["all_faces"], "nobody": figures["nobody"]}.items():
        cells = [
            (f"{row['recall']:.0%}" if "recall" in row else "", f"{row['false_per_picture']:.2f}")
            for row in ways.values()
        ]
        table.add_row(name, *(cell for pair in cells for cell in pair))
    console = Console()
    console.print(table)
    console.print({key: figures[key] for key in ("astronaut_found_at_degrees", "milliseconds_of_processor_time")})


def main(
    data: Annotated[Path, typer.Option(help="FER-2013: a CSV or Parquet file or a folder.")],
    limit: Annotated[int, typer.Option(min=1, help="Faces of each kind.")] = 60,
    empty: Annotated[int, typer.Option(min=0, help="Rooms without anybody.")] = 100,
    seed: Annotated[int, typer.Option(help="Which faces, rooms and places.")] = 0,
    usage: Annotated[str, typer.Option(help="Which of FER-2013's parts.")] = "PublicTest",
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/faces.json"),
) -> None:
    """Count the faces that are found and those that are none."""
    cv2.setNumThreads(1)
    figures = measure(fer2013.load(data).of(usage).images, limit, empty, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)


if __name__ == "__main__":
    typer.run(main)
