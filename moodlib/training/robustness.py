"""How the network holds in real rooms: the same faces, spoilt in nine ways at three strengths each.

The ways are written for measuring alone. Training spoils faces too (`augment`), with other formulas and at other
strengths, so that a network is not measured by the very pictures that it practised on. Everything is deterministic:
the noise of a face depends on the condition, the strength and the face's place in the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.training import metrics, served
from moodlib.training.fer2013 import SIDE, Faces, ferplus_majority

Face = NDArray[np.uint8]
Spoil = Callable[[Face, float, np.random.Generator], Face]

_SEED: Final = 48
_FULL_WELL: Final = 600.0
"""Electrons in a white pixel of the small sensor that dim light is computed for."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way in which a room or a camera spoils a face.

    Attributes:
        name: What it is called.
        unit: What a strength says, with a place for it.
        strengths: From light to heavy.
        spoil: Face, strength and noise in, spoilt face out.
    """

    name: str
    unit: str
    strengths: tuple[float, float, float]
    spoil: Spoil


def _clip(values: NDArray[np.floating[Any]]) -> Face:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


def _dim(face: Face, light: float, rng: np.random.Generator) -> Face:
    """A share of the light reaches the sensor: photons arrive by chance, and reading them out adds a little noise."""
    electrons = rng.poisson(face / 255.0 * light * _FULL_WELL)
    return _clip((electrons + rng.normal(0, 3.0, face.shape)) / _FULL_WELL * 255.0)


def _strong(face: Face, stops: float, _rng: np.random.Generator) -> Face:
    """Over-exposed: in linear light, where a camera adds it up, then back to the picture's gamma of 2.2."""
    linear = (face / 255.0) ** 2.2 * 2.0**stops
    return _clip(np.minimum(linear, 1.0) ** (1 / 2.2) * 255.0)


def _blur(face: Face, radius: float, _rng: np.random.Generator) -> Face:
    """Out of focus: each point becomes a disc."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float64)
    return np.asarray(cv2.filter2D(face, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _noise(face: Face, grain: float, rng: np.random.Generator) -> Face:
    """Sensor noise that is larger where it is brighter, as at a high ISO."""
    return _clip(face + rng.standard_normal(face.shape) * grain * np.sqrt(0.25 + face / 255.0))


def _turn(face: Face, degrees: float, rng: np.random.Generator) -> Face:
    """A tilted head, to either side."""
    side = 1.0 if rng.random() < 0.5 else -1.0
    middle = ((SIDE - 1) / 2, (SIDE - 1) / 2)
    move = cv2.getRotationMatrix2D(middle, side * degrees, 1.0)
    return np.asarray(cv2.warpAffine(face, move, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _hand(face: Face, share: float, rng: np.random.Generator) -> Face:
    """Four fingers over a lower corner or the mouth, as grey as the face, with dark lines between them."""
    grown = np.sqrt(share * SIDE * SIDE / 4)
    x0 = rng.uniform(0.1, 0.55) * SIDE
    y0 = rng.uniform(0.5, 0.62) * SIDE
    skin = float(np.median(face))
    covered = face.astype(np.float32)
    for finger in range(4):
        left, top = int(x0 + (finger - 2) * grown / 2), int(y0 + rng.integers(0, 4))
        right, bottom = int(left + grown), int(top + 2.2 * grown)
        cv2.rectangle(covered, (left, top), (right, bottom), skin * (0.94 + 0.04 * finger), cv2.FILLED)
        cv2.line(covered, (left, top), (left, bottom), skin * 0.6, 1)
    return _clip(covered)


def _glasses(face: Face, dark: float, _rng: np.random.Generator) -> Face:
    """Glasses where the eyes of an aligned face are; `dark` is the share of the light that the lenses take."""
    worn = face.astype(np.float32)
    for centre in ((15, 19), (33, 19)):
        lens = np.zeros_like(worn)
        cv2.ellipse(lens, centre, (8, 6), 0, 0, 360, 1.0, cv2.FILLED)
        worn *= 1 - lens * dark
        cv2.ellipse(worn, centre, (8, 6), 0, 0, 360, 20.0, 1)
    cv2.line(worn, (23, 18), (25, 18), 20.0, 1)
    return _clip(worn)


def _small(face: Face, side: float, _rng: np.random.Generator) -> Face:
    """A face far away: few pixels, enlarged again."""
    few = cv2.resize(face, (int(side), int(side)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _jpeg(face: Face, quality: float, _rng: np.random.Generator) -> Face:
    data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


CONDITIONS: Final = (
    Condition("dim light", "{:.0%} of the light", (0.4, 0.2, 0.1), _dim),
    Condition("strong light", "{:+g} stops", (0.7, 1.4, 2.0), _strong),
    Condition("blur", "{:g} px disc", (1.0, 1.75, 2.5), _blur),
    Condition("noise", "grain {:g}", (8.0, 16.0, 32.0), _noise),
    Condition("tilt", "{:g}°", (10.0, 20.0, 30.0), _turn),
    Condition("hand", "{:.0%} covered", (0.08, 0.15, 0.25), _hand),
    Condition("glasses", "{:.0%} dark", (0.0, 0.5, 0.9), _glasses),
    Condition("low resolution", "{:g} px wide", (24.0, 16.0, 12.0), _small),
    Condition("JPEG", "quality {:g}", (40.0, 20.0, 8.0), _jpeg),
)


def spoil(images: NDArray[np.uint8], condition: Condition, strength: int) -> NDArray[np.uint8]:
    """All faces under one condition.

    Args:
        images: uint8, shape (n, 48, 48).
        condition: One of `CONDITIONS`.
        strength: Index into its strengths.

    Returns:
        uint8, shape (n, 48, 48).
    """
    number = CONDITIONS.index(condition)
    return np.stack(
        [
            condition.spoil(face, condition.strengths[strength], np.random.default_rng((_SEED, number, strength, row)))
            for row, face in enumerate(images)
        ]
    )


def _figures(heads: metrics.Heads, faces: Faces) -> dict[str, Any]:
    """Accuracies with intervals: of the FER-2013 head, and of the served answer by both label sets."""

    def share(right: NDArray[np.bool_]) -> dict[str, Any]:
        k, n = int(right.sum()), len(right)
        return {"accuracy": k / n if n else None, "interval": metrics.wilson(k, n), "n": n}

    answer = heads["served"].argmax(axis=1)
    figures: dict[str, Any] = {
        "fer2013_head": share(heads["fer2013"].argmax(axis=1) == faces.labels),
        "served_fer2013": share(answer == faces.labels),
        "served_ferplus": None,
        "ferplus_head": None,
    }
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        known = majority >= 0
        figures["served_ferplus"] = share((answer == majority)[known])
        figures["ferplus_head"] = share((heads["ferplus"].argmax(axis=1) == majority)[known])
    return figures


def measure(tflite_file: Path, faces: Faces, tick: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Accuracy under every condition and strength.

    Args:
        tflite_file: The network, as it is served.
        faces: Labelled faces.
        tick: Told the name of each condition when it is measured.

    Returns:
        `n`, `clean` (the faces as they are) and `rows`, one for each condition and strength: `condition`, `strength`
        (0 light to 2 heavy), `setting` in words, and the figures of each.
    """
    rows = []
    for condition in CONDITIONS:
        for strength, value in enumerate(condition.strengths):
            spoilt = Faces(spoil(faces.images, condition, strength), faces.labels, faces.votes, faces.usage)
            rows.append(
                {
                    "condition": condition.name,
                    "strength": strength,
                    "setting": condition.unit.format(value),
                    **_figures(served.heads(tflite_file, spoilt), spoilt),
                }
            )
        tick(condition.name)
    return {"n": len(faces), "clean": _figures(served.heads(tflite_file, faces), faces), "rows": rows}
