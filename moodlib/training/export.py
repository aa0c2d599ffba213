"""From a trained run to the files that ship: calibrate, save, convert, check, describe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from moodlib import manifest
from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.training import metrics, network, served
from moodlib.training.augment import centre_crop
from moodlib.training.card import write_card
from moodlib.training.fer2013 import Faces
from moodlib.training.fit import AVERAGED, FitConfig, split

TOLERANCE: Final = 1e-3
"""Largest difference in a probability between Keras and LiteRT that an export accepts."""

_WEIGHTS: Final = np.linspace(0, 1, 21)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def _best_temperature(logits: NDArray[np.float64], target: NDArray[np.float64]) -> tuple[float, float]:
    """The temperature with the least cross-entropy against a target distribution, and that cross-entropy in nats."""

    def cross_entropy(temperature: float) -> float:
        return float(-(target * np.log(_softmax(logits / temperature) + 1e-12)).sum(axis=1).mean())

    found = minimize_scalar(cross_entropy, bounds=(0.2, 5.0), method="bounded")
    return float(found.x), float(found.fun)


def fit_serving(fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], faces: Faces) -> network.Serving:
    """Choose how the heads are pooled, on faces that training held aside.

    Neither label set alone is the truth: FER-2013's is one hasty label, FER+'s votes call weak expressions neutral. The
    weight is the one that predicts both best at once: least cross-entropy against the mean of the one label and the
    votes. The temperature of that pool is then fitted to FER-2013's labels: one label given without seeing other
    people's is what a single onlooker would say of the face.

    Args:
        fer2013: Logits of the FER-2013 head, shape (n, 7).
        ferplus: Logits of the FER+ head, shape (n, 8).
        faces: The held-aside faces. Without FER+ votes the FER-2013 head is served alone.
    """

    def pooled(weight: float) -> NDArray[np.float64]:
        return weight * fer2013 + (1 - weight) * ferplus[:, : len(NAMES)]

    label = np.eye(len(NAMES))[faces.labels]
    weight = 1.0
    if faces.votes is not None:
        shares, voted = metrics.vote_shares(faces.votes)
        both = ((label + shares) / 2)[voted]
        weight = float(min(_WEIGHTS, key=lambda w: _best_temperature(pooled(w)[voted], both)[1]))
    return network.Serving(weight=weight, temperature=_best_temperature(pooled(weight), label)[0])


def convert(keras_file: Path, tflite_file: Path, weights: str) -> None:
    """Convert a saved serving model to LiteRT, with weights of type `float16` or `float32`.

    TensorFlow is needed for this alone, and Keras may be running on another backend, so it happens in a process of
    its own.

    Raises:
        InputError: The conversion failed; the message ends with what TensorFlow said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "moodlib.training.convert", str(keras_file), str(tflite_file), weights],
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
    recorded, weights = folder / "config.json", folder / AVERAGED
    if not recorded.exists() or not weights.exists():
        raise InputError(f"{folder} holds no trained weights; train with `python -m moodlib train emotion` first.")
    config = FitConfig.from_json(json.loads(recorded.read_text())["fit"])
    model = network.build(config.network)
    model.load_weights(weights)
    return model, config


def export(folder: Path, faces: Faces, models: Path, *, command: str, data: str) -> dict[str, Any]:
    """Turn a run into `emotion.keras`, `emotion.tflite`, its metrics, model card and manifest entries.

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
    _, aside = split(faces.of("Training"), config)
    logits = trunk.predict(centre_crop(aside.images, network.CROP), batch_size=256, verbose=0)
    serving = fit_serving(logits["fer2013"].astype(float), logits["ferplus"].astype(float), aside)
    model = network.with_serving_head(trunk, serving)
    models.mkdir(parents=True, exist_ok=True)
    keras_file, tflite_file = models / "emotion.keras", models / "emotion.tflite"
    model.save(keras_file)
    public = faces.of("PublicTest")
    sample = public.where(np.arange(min(256, len(public))))
    truth = keras_heads(model, sample)
    # The smaller file first; it ships when rounding its weights leaves the probabilities as they are.
    for weights in ("float16", "float32"):
        convert(keras_file, tflite_file, weights)
        heads = served.heads(tflite_file, sample)
        worst = max(float(np.abs(value - heads[name]).max()) for name, value in truth.items())
        # Not `worst > TOLERANCE`: NaN must fail as well.
        if worst <= TOLERANCE:
            break
    else:
        raise InputError(
            f"LiteRT and Keras differ by {worst:.1e} in a probability; at most {TOLERANCE:.0e} is allowed."
        )
    heads = served.heads(tflite_file, public)
    figures: dict[str, Any] = {
        "command": command,
        "data": f"{data}, PublicTest",
        "serving": {"weight": serving.weight, "temperature": serving.temperature, "fitted_on": len(aside)},
        "parameters": int(trunk.count_params()),
        "litert_weights": weights,
        "keras_litert_difference": worst,
        "bytes": {file.name: file.stat().st_size for file in (keras_file, tflite_file)},
        **metrics.evaluate(heads, public),
        "without_duplicates": metrics.evaluate_unseen(heads, public, faces.of("Training")),
    }
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
    for file in (keras_file, tflite_file):
        packages = ("keras", "tensorflow-cpu") if _installed("tensorflow-cpu") else ("keras", "tensorflow")
        manifest.record(file, command=command, data=data, run=folder.name, packages=packages)
    write_card(models / "emotion.md", folder.name, config.as_json(), figures)
    return figures


def _installed(name: str) -> bool:
    import importlib.metadata

    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
