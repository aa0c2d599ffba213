"""What a face feels: the trained network, served by LiteRT."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from moodlib import manifest, paths
from moodlib.emotions import NAMES, Probabilities
from moodlib.errors import InputError
from moodlib.vision.reading import Box

SIDE: Final = 48
"""Height and width in pixels of the face that the network sees."""

HEADS: Final = {"served": len(NAMES), "fer2013": len(NAMES), "ferplus": len(NAMES) + 1, "face": 1}
"""The network's outputs and how many classes each has."""

MARGIN: Final = 0.0
"""Share of the box's side added on each side before the crop.

The detector's box is as wide as a FER-2013 face, so that none is needed. Right by FER-2013's label / by FER+'s
majority, on the 774 of 1,000 PublicTest faces that the detector finds: -0.15 56 / 70 %, -0.05 63 / 84 %, 0 62 / 85 %,
0.05 62 / 85 %, 0.1 61 / 85 %, 0.2 57 / 79 %, 0.3 50 / 71 %; cut out exactly 63 / 85 %. From -0.05 to 0.1 the
differences are within chance (standard error 1.7 points). More of it in benchmarks/results/margin.json;
python benchmarks/margin.py --data FILE --limit 1000
"""


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
            faces: Grey, shape (n, 48, 48), n >= 0; see `crop_face`.

        Returns:
            float32, shape (n, 7), order of `emotions.EMOTIONS`, rows summing to 1.
        """
        return self.predict_heads(faces)["served"]

    def face_probability(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How likely each picture is a face, were half of such pictures faces; see `training.face_check`.

        Args:
            pictures: Grey, shape (n, 48, 48), n >= 0, as `crop_face` cuts them.

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


def crop_face(grey: NDArray[np.uint8], box: Box, margin: float = MARGIN, tilt: float = 0.0) -> NDArray[np.uint8]:
    """Cut a face out of a frame as the network wants it: square, upright, 48 pixels wide.

    A square around the box's centre, as wide as the box's longer side and `margin` of it more on each side. Where it
    reaches over the frame the border's pixels are repeated: a black band would look like hair.

    Args:
        grey: The frame, shape (h, w).
        box: Where the face is.
        margin: Share of the side, > -0.5.
        tilt: Degrees by which the head is tilted, counter-clockwise positive; it is turned back upright.

    Returns:
        uint8, shape (48, 48).
    """
    height, width = grey.shape[:2]
    side = max(1, round(max(box.w, box.h) * (1 + 2 * margin)))
    # A square that is to be turned needs its corners from around it.
    wide = side if tilt == 0.0 else math.ceil(side * math.sqrt(2))
    left, top = round(box.x + (box.w - wide) / 2), round(box.y + (box.h - wide) / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + wide), min(height, top + wide)
    cut = grey[y0:y1, x0:x1]
    over = (y0 - top, top + wide - y1, x0 - left, left + wide - x1)
    if any(over):
        cut = cv2.copyMakeBorder(cut, *over, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    if tilt:
        middle = (wide - 1) / 2
        turn = cv2.getRotationMatrix2D((middle, middle), -tilt, 1.0)
        turn[:, 2] += np.full(2, (side - wide) / 2)
        cut = cv2.warpAffine(cut, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    return cv2.resize(cut, (SIDE, SIDE), interpolation=how)  # type: ignore[return-value]
