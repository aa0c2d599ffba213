"""From a trained run to the files that ship: calibrate, save, convert, check, describe."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from moodlib import manifest
from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.training import card, curves, duplicates, face_check, metrics, network, served, weights
from moodlib.training.augment import centre_crop
from moodlib.training.config import RESIDUAL, FitConfig
from moodlib.training.fer2013 import Faces, ferplus_majority
from moodlib.training.fit import split
from moodlib.training.serving import as_json, fit_serving
from moodlib.training.targets import build

LOSS: Final = 0.002
"""Share of right answers that a smaller LiteRT file may lose, by any of the three accuracies, on PublicTest."""

TOLERANCE: Final = 1e-2
"""Largest difference in a probability between Keras and LiteRT that an export accepts.

The accuracy decides; this keeps a file from shipping that is right as often but for other reasons.
"""

SHIPPABLE: Final = ("int8", "float16", "float32")
"""Kinds of LiteRT file, the smallest first; see `convert`."""


def convert(keras_file: Path, tflite_file: Path, kind: str, sample: Path | None = None) -> None:
    """Convert a saved serving model to LiteRT.

    TensorFlow is needed for this alone, and Keras may be running on another backend, so it happens in a process of
    its own.

    Args:
        keras_file: What `network.with_serving_head` gave, saved.
        tflite_file: Where the LiteRT file goes.
        kind: One of `convert.KINDS`.
        sample: For `int8-full`: faces in a `.npy` file, uint8 (n, 48, 48).

    Raises:
        InputError: The conversion failed; the message ends with what TensorFlow said.
    """
    files = [str(file) for file in (keras_file, tflite_file)]
    done = subprocess.run(
        [sys.executable, "-m", "moodlib.training.convert", *files, kind, *([str(sample)] if sample else [])],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise InputError(f"The conversion to LiteRT failed ({last[0]}). Is TensorFlow installed?")


def keras_heads(model: keras.Model, faces: Faces) -> metrics.Heads:
    """Probabilities of all heads from the Keras model, for each face."""
    return dict(model.predict(faces.images[..., None].astype(np.float32), batch_size=256, verbose=0))


def load_run(folder: Path) -> tuple[keras.Model, FitConfig]:
    """The trunk of a run with its averaged weights, and the run's configuration.

    Raises:
        InputError: The folder holds no finished epoch.
    """
    recorded, found = folder / "config.json", weights.source(folder)
    if not recorded.exists() or found is None:
        raise InputError(f"{folder} holds no trained weights; train with `python -m moodlib train emotion` first.")
    config = FitConfig.from_json(json.loads(recorded.read_text())["fit"])
    model = build(config)
    weights.load(model, found)
    return model, config


def accuracies(heads: metrics.Heads, faces: Faces) -> dict[str, float]:
    """The shares of right answers that a smaller file must not lose."""
    shares = {
        "fer2013": float((heads["fer2013"].argmax(axis=1) == faces.labels).mean()),
        "served": float((heads["served"].argmax(axis=1) == faces.labels).mean()),
    }
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        known = majority >= 0
        if known.any():
            shares["ferplus"] = float((heads["ferplus"].argmax(axis=1) == majority)[known].mean())
    return shares


def compare(tflite_file: Path, kind: str, truth: metrics.Heads, faces: Faces) -> dict[str, Any]:
    """Size, accuracy and differences of a LiteRT file beside the Keras model's answers on the same faces."""
    heads = served.heads(tflite_file, faces)
    ours, before = accuracies(heads, faces), accuracies(truth, faces)
    return {
        "kind": kind,
        "bytes": tflite_file.stat().st_size,
        "accuracy": ours,
        "lost": {name: before[name] - share for name, share in ours.items()},
        "difference": max(float(np.abs(value - heads[name]).max()) for name, value in truth.items()),
    }


def acceptable(candidate: dict[str, Any]) -> bool:
    """Whether a LiteRT file may ship, by what `compare` says of it."""
    # Not `difference > TOLERANCE`: NaN must fail as well.
    return candidate["difference"] <= TOLERANCE and all(lost <= LOSS for lost in candidate["lost"].values())


def _smallest(keras_file: Path, tflite_file: Path, truth: metrics.Heads, faces: Faces) -> list[dict[str, Any]]:
    """Convert to the smallest acceptable kind; all that were tried, the one that ships last."""
    tried = []
    for kind in SHIPPABLE:
        convert(keras_file, tflite_file, kind)
        tried.append(compare(tflite_file, kind, truth, faces))
        if acceptable(tried[-1]):
            return tried
    raise InputError(
        f"LiteRT and Keras differ by {tried[-1]['difference']:.1e} in a probability; at most {TOLERANCE:.0e} is "
        "allowed."
    )


def _face_check(trunk: keras.Model, learned: Faces, aside: Faces) -> tuple[face_check.FaceCheck, dict[str, Any]]:
    """What tells faces from other things by the trunk's features, and how well it does on held-aside faces."""

    def features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return network.pooled(trunk, centre_crop(images, network.CROP))

    check = face_check.fit(features, learned.images)
    return check, face_check.figures(check, features, aside.images)


def export(folder: Path, faces: Faces, models: Path, *, command: str, data: str) -> dict[str, Any]:
    """Turn a run into `emotion.keras`, `emotion.tflite`, its metrics, model card and manifest entries.

    A baseline is kept out of the way: only its LiteRT file is written, into the run's own folder.

    Args:
        folder: The run folder.
        faces: The data that it was trained on; the held-aside rows fit the pool, PublicTest gives the figures.
        models: Where the files go.
        command: The command line, for the records.
        data: The data set in words, for the records.

    Returns:
        The figures, as written to `metrics.json` in the run folder.

    Raises:
        InputError: The run has no weights, or LiteRT and Keras disagree by more than `TOLERANCE`.
    """
    trunk, config = load_run(folder)
    learned, aside = split(faces.of("Training"), config)
    logits = trunk.predict(centre_crop(aside.images, network.CROP), batch_size=256, verbose=0)
    serving = fit_serving(logits["fer2013"].astype(float), logits["ferplus"].astype(float), aside)
    ships = config.architecture == RESIDUAL
    check, checked = _face_check(trunk, learned, aside) if ships else (None, None)
    model = network.with_serving_head(trunk, serving, check)
    models = models if ships else folder
    models.mkdir(parents=True, exist_ok=True)
    keras_file, tflite_file = models / "emotion.keras", models / "emotion.tflite"
    model.save(keras_file)
    public = faces.of("PublicTest")
    tried = _smallest(keras_file, tflite_file, keras_heads(model, public), public)
    heads = served.heads(tflite_file, public)
    training = faces.of("Training")
    figures: dict[str, Any] = {
        "command": command,
        "data": f"{data}, PublicTest",
        "architecture": config.architecture,
        "epochs": config.epochs,
        "serving": {**as_json(serving), "fitted_on": len(aside)},
        "face_check": checked,
        "parameters": int(trunk.count_params()),
        "litert_weights": tried[-1]["kind"],
        "keras_litert_difference": tried[-1]["difference"],
        "litert_tried": tried,
        "bytes": {file.name: file.stat().st_size for file in (keras_file, tflite_file)},
        "balance": {
            name: {label: int((part.labels == i).sum()) for i, label in enumerate(NAMES)}
            for name, part in (("learned", learned), ("held aside", aside), ("PublicTest", public))
        },
        **metrics.evaluate(heads, public),
        "without_duplicates": metrics.evaluate_unseen(heads, public, duplicates.exact(public, training)),
        "without_near_duplicates": metrics.evaluate_unseen(heads, public, duplicates.near(public, training)),
    }
    if not ships:
        keras_file.unlink()
        figures["bytes"].pop(keras_file.name)
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
    curves.write(folder)
    for file in (keras_file, tflite_file) if ships else (tflite_file,):
        packages = ("keras", "tensorflow-cpu") if _installed("tensorflow-cpu") else ("keras", "tensorflow")
        manifest.record(file, command=command, data=data, run=folder.name, packages=packages)
    if ships:
        card.write_card(models / "emotion.md", models, folder)
    return figures


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
