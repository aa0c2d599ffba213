"""Pictures with a known face in them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from moodlib.vision.classifier import EmotionClassifier
from moodlib.vision.detector import DetectorConfig, HaarDetector


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """BGR (512, 512, 3); the face is at about (177, 67), 96 pixels wide. NASA, public domain."""
    return cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="session")
def astronaut_grey(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.cvtColor(astronaut, cv2.COLOR_BGR2GRAY)


@cache
def _network() -> EmotionClassifier:
    return EmotionClassifier()


def looking(config: DetectorConfig | None = None) -> HaarDetector:
    """A detector as the app has it: with the shipped network to say what is a face."""
    return HaarDetector(_network().face_probability, config)
