"""What a face feels: the trained network, served by LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from moodlib import manifest, paths
from moodlib.emotions import NAMES, Probabilities
from moodlib.errors import InputError
from moodlib.vision.crop import SIDE

HEADS: Final = {"served": len(NAMES), "fer2013": len(NAMES), "ferplus": len(NAMES) + 1, "face": 1}
"""The network's outputs and how many classes each has."""


class Classifier(Protocol):
    """Whatever tells the emotions of faces apart."""

    def predict(self, faces: NDArray[np.uint8]) -> Probabilities:
        """Probabilities, float32 (n, 7), for grey faces, uint8 (n, 48, 48)."""
        ...


class EmotionClassifier:
    """The emotion network. One instance a session: LiteRT's interpreter is not shared between threads.

    Example:
        >>> EmotionClassifier().predict(np.zeros((2, 48, 48), np.uint8)).shape
        (2, 7)
    """

    def __init__(self, path: Path = paths.EMOTION_TFLITE, threads: int = 1) -> None:
        """Load the network.

        Args:
            path: The LiteRT file that training wrote.
            threads: Processor cores for one call; one leaves the others to the video and to other sessions.

        Raises:
            InputError: The file is missing, cut short or not a model of this network.
        """
        content = manifest.contents(path)
        try:
            self._run = Interpreter(model_content=content, num_threads=threads).get_signature_runner()
            shapes = [tuple(detail["shape_signature"]) for detail in self._run.get_input_details().values()]
        except (ValueError, RuntimeError) as error:
            raise InputError(f"{path} is not an emotion network; train one or fetch the repository's.") from error
        outputs = {name: int(detail["shape"][-1]) for name, detail in self._run.get_output_details().items()}
        if shapes != [(-1, SIDE, SIDE, 1)] or outputs != HEADS:
            raise InputError(f"{path} is another version of the emotion network; fetch the one that fits this code.")
        self._input = next(iter(self._run.get_input_details()))

    def predict(self, faces: NDArray[np.uint8]) -> Probabilities:
        """The distribution that the app shows.

        Args:
            faces: Grey, shape (n, 48, 48), n >= 0; see `crop.crop_face`.

        Returns:
            float32, shape (n, 7), order of `emotions.EMOTIONS`, rows summing to 1.
        """
        return self.predict_heads(faces)["served"]

    def face_probability(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each picture is a face, were half of such pictures faces; see `training.face_check`.

        Args:
            pictures: Grey, shape (n, 48, 48), n >= 0, as `crop.crop_face` cuts them.

        Returns:
            Shape (n,), in [0, 1].
        """
        return self.predict_heads(pictures)["face"][:, 0]

    def predict_heads(self, faces: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """What is served, each label set's own head, and whether it is a face at all.

        Args:
            faces: Grey, shape (n, 48, 48), n >= 0.

        Returns:
            `served` (n, 7), `fer2013` (n, 7) and `ferplus` (n, 8, the seven and contempt), rows summing to 1; `face`
            (n, 1), in [0, 1].

        Raises:
            ValueError: The faces have another shape.
        """
        if faces.shape[1:] != (SIDE, SIDE):
            raise ValueError(f"faces have shape {faces.shape}, not (n, {SIDE}, {SIDE})")
        if len(faces) == 0:
            return {name: np.empty((0, classes), np.float32) for name, classes in HEADS.items()}
        return dict(self._run(**{self._input: faces[..., None].astype(np.float32)}))
