"""`python -m moodlib.training.convert IN.keras OUT.tflite KIND [FACES.npy]`: the one place that needs TensorFlow."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from moodlib.training.fer2013 import SIDE

KINDS: Final = ("float32", "float16", "int8", "int8-full")
"""Weights as they are; half as long; as bytes while the arithmetic stays in floats ("dynamic range"); and both weights
and arithmetic in bytes, which needs sample faces to find the ranges."""


def _sample(faces: Path) -> Iterator[dict[str, np.ndarray]]:
    for face in np.load(faces):
        yield {"face": face[None, ..., None].astype(np.float32)}


def main(source: Path, target: Path, kind: str, faces: Path | None = None) -> None:
    """Convert a serving model (see `network.with_serving_head`) to LiteRT.

    Args:
        source: The Keras file.
        target: The LiteRT file to write.
        kind: One of `KINDS`.
        faces: For `int8-full`: an array of grey faces, uint8 (n, 48, 48).
    """
    model = keras.models.load_model(source, compile=False)

    archive = keras.export.ExportArchive()
    archive.track(model)
    # A SavedModel keeps the outputs' names as a signature; a converted concrete function would number them.
    archive.add_endpoint(
        "serve",
        lambda face: model(face, training=False),
        input_signature=[tf.TensorSpec([None, SIDE, SIDE, 1], tf.float32, name="face")],
    )
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["serve"])
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind == "int8-full":
            if faces is None:
                raise SystemExit("int8-full needs sample faces")
            converter.representative_dataset = lambda: _sample(faces)
            # What has no arithmetic in bytes, such as the standardisation of the face, stays in floats.
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
        target.write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]) if len(sys.argv) > 4 else None)
