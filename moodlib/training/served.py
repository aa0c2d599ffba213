"""What the shipped LiteRT file answers on a whole data set; needs neither Keras nor TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from moodlib.errors import InputError
from moodlib.training.fer2013 import Faces
from moodlib.training.metrics import Heads


def heads(tflite_file: Path, faces: Faces, batch: int = 64) -> Heads:
    """Probabilities of the served distribution and of both heads for each face.

    Raises:
        InputError: The file is not a LiteRT model of this network.
    """
    try:
        run = Interpreter(model_path=str(tflite_file), num_threads=os.cpu_count() or 1).get_signature_runner()
    except ValueError as error:
        raise InputError(f"{tflite_file} is not a LiteRT model of the emotion network: {error}.") from error
    parts = [
        run(face=faces.images[start : start + batch, ..., None].astype(np.float32))
        for start in range(0, len(faces), batch)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
