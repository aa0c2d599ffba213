"""`python -m moodlib.training.convert IN.keras OUT.tflite`: the one place that needs TensorFlow itself."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from moodlib.training.fer2013 import SIDE


def main(source: Path, target: Path) -> None:
    """Convert a serving model (see `network.with_serving_head`) to LiteRT with float16 weights."""
    model = keras.models.load_model(source, compile=False)

    @tf.function(input_signature=[tf.TensorSpec([None, SIDE, SIDE, 1], tf.float32, name="face")])
    def serve(face: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(model(face, training=False))

    with tempfile.TemporaryDirectory() as folder:
        # A SavedModel keeps the outputs' names as a signature; a converted concrete function would number them.
        tf.saved_model.save(model, folder, signatures={"serving_default": serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        target.write_bytes(converter.convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
