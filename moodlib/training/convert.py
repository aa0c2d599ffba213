"""`python -m moodlib.training.convert IN.keras OUT.tflite float16|float32`: the one place that needs TensorFlow."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from moodlib.training.fer2013 import SIDE


def main(source: Path, target: Path, weights: str) -> None:
    """Convert a serving model (see `network.with_serving_head`) to LiteRT with weights of the given type."""
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
        if weights == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        target.write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
