"""How much to add around the detector's box before the network sees it: measured, not guessed.

Each face of FER-2013's PublicTest is enlarged, set into a larger frame and found by the live detector as it would be
from a camera: once by a full search, once more near that box. The box of the second frame is cropped with several
margins, and what the network says is held against FER-2013's label and against the majority of FER+'s taggers. The
same faces cut out exactly stand beside it.

    python benchmarks/margin.py --data FILE [--model FILE] [--limit N] [--out FILE]
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from moodlib import paths
from moodlib.training import fer2013
from moodlib.vision.cascades import overlap
from moodlib.vision.classifier import EmotionClassifier
from moodlib.vision.crop import crop_face
from moodlib.vision.detector import HaarDetector
from moodlib.vision.reading import Box

MARGINS: Final = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
FRAME: Final = (480, 640)
SIDES: Final = (160, 240)
"""Smallest and largest side of an enlarged face, in pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the detector made of the faces.

    Attributes:
        chosen: Indices of the faces that it found.
        crops: Margin to the crops of those faces, uint8 (n, 48, 48).
        exact: The same faces cut out of their frames exactly, uint8 (n, 48, 48).
        sizes: Width of the box over the width of the face, (n,).
    """

    chosen: NDArray[np.int64]
    crops: dict[float, NDArray[np.uint8]]
    exact: NDArray[np.uint8]
    sizes: NDArray[np.float64]


def scene(face: NDArray[np.uint8], rng: np.random.Generator) -> tuple[NDArray[np.uint8], Box]:
    """A frame with the face somewhere in it; around it, its own border goes on and blurs away."""
    side = int(rng.integers(SIDES[0], SIDES[1] + 1))
    height, width = FRAME
    x, y = int(rng.integers(40, width - side - 40)), int(rng.integers(40, height - side - 40))
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    frame = cv2.copyMakeBorder(large, y, height - side - y, x, width - side - x, cv2.BORDER_REPLICATE)
    frame = cv2.GaussianBlur(frame, (0, 0), side / 10)
    frame[y : y + side, x : x + side] = large
    noisy = frame + rng.normal(0.0, 2.0, frame.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), Box(x, y, side, side)


def find(network: EmotionClassifier, images: NDArray[np.uint8], seed: int) -> Found:
    """Set each face into a frame, find it there and crop it with every margin."""
    rng = np.random.default_rng(seed)
    chosen, exact, sizes = [], [], []
    crops: dict[float, list[NDArray[np.uint8]]] = {margin: [] for margin in MARGINS}
    for index, image in enumerate(track(images, "Searching", console=Console(stderr=True))):
        frame, truth = scene(image, rng)
        detector = HaarDetector(network.face_probability)
        detector.detect(frame, 0.0)
        boxes = [face.box for face in detector.detect(frame, 0.03) if overlap(face.box, truth) > 0.3]
        if not boxes:
            continue
        chosen.append(index)
        sizes.append(boxes[0].w / truth.w)
        exact.append(crop_face(frame, truth, 0.0))
        for margin, cut in crops.items():
            cut.append(crop_face(frame, boxes[0], margin))
    stacked = {margin: np.stack(cut) for margin, cut in crops.items()}
    return Found(np.array(chosen), stacked, np.stack(exact), np.array(sizes))


def accuracy(said: NDArray[np.int64], faces: fer2013.Faces) -> dict[str, float | None]:
    """Share that is right: by FER-2013's label, and by FER+'s majority where there is one."""
    majority = None
    if faces.votes is not None:
        label = fer2013.ferplus_majority(faces.votes)
        majority = round(float((said == label)[label >= 0].mean()), 4)
    return {"fer2013": round(float((said == faces.labels).mean()), 4), "ferplus_majority": majority}


def measure(faces: fer2013.Faces, model: Path, seed: int) -> dict[str, Any]:
    """The whole study, as it is written to disk."""
    classifier = EmotionClassifier(model, threads=2)

    def says(crops: NDArray[np.uint8]) -> NDArray[np.int64]:
        parts = [classifier.predict(crops[start : start + 64]) for start in range(0, len(crops), 64)]
        return np.asarray(np.concatenate(parts).argmax(axis=1), dtype=np.int64)

    found = find(EmotionClassifier(), faces.images, seed)
    there = faces.where(found.chosen)
    return {
        "command": "python benchmarks/margin.py " + " ".join(_public(word) for word in sys.argv[1:]),
        "faces": len(faces),
        "found": len(there),
        "box_over_face": {str(q): round(float(np.percentile(found.sizes, q)), 3) for q in (5, 50, 95)},
        "margins": {str(m): accuracy(says(found.crops[m]), there) for m in MARGINS},
        "exact_crop": accuracy(says(found.exact), there),
        "all_faces_original": accuracy(says(faces.images), faces),
    }


def _public(word: str) -> str:
    """A path cut to its last part: the record is for others."""
    return Path(word).name if "/" in word else word


def show(figures: dict[str, Any]) -> None:
    """Print the study as a table."""
    table = Table("margin", "FER-2013", "FER+ majority", title=f"{figures['found']} of {figures['faces']} faces found")
    rows = {**figures["margins"], "exact crop": figures["exact_crop"]}
    for name, row in rows.items():
        majority = row["ferplus_majority"]
        table.add_row(name, f"{row['fer2013']:.1%}", "-" if majority is None else f"{majority:.1%}")
    Console().print(table)


def main(
    data: Annotated[Path, typer.Option(help="FER-2013, in any form that training takes.")],
    model: Annotated[Path, typer.Option(help="The LiteRT file.")] = paths.EMOTION_TFLITE,
    limit: Annotated[int, typer.Option(min=0, help="Use only so many faces; 0 for all.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the choice and of the frames.")] = 0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/margin.json"),
) -> None:
    """Measure how much margin around the detector's box suits the network best."""
    faces = fer2013.load(data).of("PublicTest")
    if limit:
        faces = faces.where(np.sort(np.random.default_rng(seed).permutation(len(faces))[:limit]))
    figures = measure(faces, model, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)


if __name__ == "__main__":
    typer.run(main)
