"""Where the weights of a run are: in its folder, or, of the run that ships, in the model file of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from moodlib import manifest
from moodlib.errors import InputError

AVERAGED: Final = "averaged.weights.h5"
"""Name of the averaged weights' file in a run folder."""

SHIPPED: Final = "emotion.keras"
"""Name of the model file, two folders above a run's, that holds the weights of the run that ships."""


def source(folder: Path) -> Path | None:
    """The file that holds a run's averaged weights; none when there is none.

    Run folders lose their weights when a repository is cloned; those of the run that ships are in the shipped file.

    Args:
        folder: The run folder, `models/runs/<name>`.
    """
    own, models = folder / AVERAGED, folder.parent.parent
    if own.exists():
        return own
    if (models / SHIPPED).exists() and (models / manifest.NAME).exists():
        entry = manifest.read(models).get(SHIPPED, {})
        return models / SHIPPED if entry.get("run") == folder.name else None
    return None


def needed(folder: Path, purpose: str) -> Path:
    """The file that holds a run's averaged weights.

    Args:
        folder: The run folder.
        purpose: What the weights are for, in words: "the run to ...".

    Raises:
        InputError: There is none.
    """
    found = source(folder)
    if found is None:
        raise InputError(f"{folder / AVERAGED} is missing: {purpose}, {folder.name}, has no weights here.")
    return found


def load(model: keras.Model, file: Path) -> None:
    """Put the weights of a file that `source` named into a network of that run's shape.

    Raises:
        InputError: The file holds a network of another shape, or is not the one that the manifest describes.
    """
    if file.name != SHIPPED:
        model.load_weights(file)
        return
    manifest.verify(file)
    serving = keras.saving.load_model(file, compile=False)
    trunk = next(layer for layer in serving.layers if isinstance(layer, keras.Model))
    ours = [layer for layer in model.layers if layer.weights]
    theirs = [layer for layer in trunk.layers if layer.weights]
    if [_shapes(layer) for layer in ours] != [_shapes(layer) for layer in theirs]:
        raise InputError(f"{file} holds a network of another shape.")
    for mine, its in zip(ours, theirs, strict=True):
        mine.set_weights(its.get_weights())


def load_mean(model: keras.Model, files: list[Path]) -> None:
    """Load the mean of several files' weights, the statistics of batch normalisation among them."""
    weights = []
    for file in files:
        load(model, file)
        weights.append(model.get_weights())
    model.set_weights([np.mean(same, axis=0) for same in zip(*weights, strict=True)])


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
