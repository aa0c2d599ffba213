"""From a frame to the faces in it and what they feel."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib import paths
from moodlib.emotions import Probabilities
from moodlib.vision.cascades import overlap
from moodlib.vision.classifier import Classifier, EmotionClassifier
from moodlib.vision.crop import crop_face
from moodlib.vision.detector import HaarDetector
from moodlib.vision.reading import Box, Face, Found, FrameReading

MOST_FACES: Final = 5
"""Faces that are classified in one frame, the largest ones; a crowd must not hold up the listener's video."""

SAME_FACE: Final = 0.3
"""Overlap with a box of the frame before from which a face counts as the same one."""

EARLY: Final = 0.01
"""Seconds by which a frame may come too early for the next classification. At 10 frames a second and one
classification every 0.1 s a strict comparison would leave out every second frame."""


class Detector(Protocol):
    """Whatever finds faces."""

    def detect(self, grey: NDArray[np.uint8], at: float) -> list[Found]:
        """Faces of the next frame of a stream, largest first."""
        ...

    def search(self, grey: NDArray[np.uint8]) -> list[Found]:
        """Faces of a still picture, largest first."""
        ...


class Pipeline:
    """Reads the frames of one stream. One instance a session: it is not shared between threads.

    Faces are looked for in every frame and classified every `classify_every` seconds; in between each face keeps the
    probabilities that it had, and a face that was not there before is classified at once.
    """

    def __init__(self, classifier: Classifier, detector: Detector, classify_every: float = 0.1) -> None:
        """Put the parts together.

        Args:
            classifier: Tells emotions apart.
            detector: Finds faces.
            classify_every: Seconds between two classifications of the same face, >= 0; 0 classifies every frame.
        """
        self._classifier = classifier
        self._detector = detector
        self._classify_every = classify_every
        self._faces: tuple[Face, ...] = ()
        self._classified_at = 0.0

    @classmethod
    def load(cls, path: Path = paths.EMOTION_TFLITE, classify_every: float = 0.1, threads: int = 1) -> Pipeline:
        """The pipeline that the app uses.

        Raises:
            InputError: The network's file is missing or not the right one.
        """
        classifier = EmotionClassifier(path, threads)
        return cls(classifier, HaarDetector(classifier.face_probability), classify_every)

    def process(self, frame: NDArray[np.uint8], at: float) -> FrameReading:
        """Read the next frame of the stream.

        Args:
            frame: BGR, shape (h, w, 3), or grey, shape (h, w).
            at: Monotonic seconds. A step back in time classifies anew.

        Returns:
            The faces with their probabilities, largest first, at most `MOST_FACES`.
        """
        grey = to_grey(frame)
        found = self._detector.detect(grey, at)[:MOST_FACES]
        due = not 0.0 <= at - self._classified_at < self._classify_every - EARLY
        known = [None if due else self._known(face.box) for face in found]
        if due:
            self._classified_at = at
        self._faces = self._classified(grey, found, known)
        return FrameReading(at, grey.shape[1], grey.shape[0], self._faces)

    def still(self, picture: NDArray[np.uint8]) -> FrameReading:
        """Read one picture thoroughly, whatever the stream has been.

        Args:
            picture: BGR, shape (h, w, 3), or grey, shape (h, w).

        Returns:
            The faces with their probabilities, largest first, all of them; `at` is 0.
        """
        grey = to_grey(picture)
        found = self._detector.search(grey)
        return FrameReading(0.0, grey.shape[1], grey.shape[0], self._classified(grey, found, [None] * len(found)))

    def _known(self, box: Box) -> Probabilities | None:
        """The probabilities of the face that was here in the frame before."""
        nearest = max(self._faces, key=lambda face: overlap(face.box, box), default=None)
        return nearest.probabilities if nearest and overlap(nearest.box, box) >= SAME_FACE else None

    def _classified(
        self, grey: NDArray[np.uint8], found: list[Found], known: list[Probabilities | None]
    ) -> tuple[Face, ...]:
        new = [face for face, probabilities in zip(found, known, strict=True) if probabilities is None]
        if new:
            fresh = iter(
                self._classifier.predict(np.stack([crop_face(grey, face.box, tilt=face.tilt) for face in new]))
            )
        return tuple(
            Face(face.box, next(fresh) if probabilities is None else probabilities, face.tilt)
            for face, probabilities in zip(found, known, strict=True)
        )


def to_grey(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel of a BGR frame, shape (h, w, 3) to (h, w); a grey one is returned as it is."""
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]
