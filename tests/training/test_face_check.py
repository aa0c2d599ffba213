"""Whether the network tells faces from what is none: on pictures made here, and on photographs that it never saw."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from sklearn.metrics import roc_auc_score

from moodlib.training import face_check
from moodlib.training.not_faces import KINDS
from moodlib.vision.classifier import EmotionClassifier


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """A few faces of 48 pixels: the astronaut's, in several cuts."""
    grey = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    cuts = [grey[67 + y : 163 + y, 177 + x : 273 + x] for x in (-6, 0, 6) for y in (-6, 0, 6)]
    return np.stack([cv2.resize(cut, (48, 48), interpolation=cv2.INTER_AREA) for cut in cuts])


def test_the_shipped_network_tells_the_faces_of_another_collection_from_other_pictures():
    # 100 faces and 100 other pictures of Labeled Faces in the Wild, 25 pixels wide; no part of any training here.
    folder = Path(skimage.data.__file__).parent
    small = (np.load(folder / "lfw_subset.npy") * 255).astype(np.uint8)
    pictures = np.stack([cv2.resize(one, (48, 48), interpolation=cv2.INTER_CUBIC) for one in small])
    likely = EmotionClassifier().face_probability(pictures)
    assert roc_auc_score(np.arange(200) < 100, likely) > 0.99
    assert (likely[:100] > 0.5).mean() > 0.9
    assert (likely[100:] > 0.5).mean() < 0.05


def test_the_shipped_network_knows_the_astronaut_and_not_what_is_made_of_her(faces):
    network = EmotionClassifier()
    made = face_check.pictures(faces, 60, 60, seed=3)
    called = {name: float((network.face_probability(kind) > 0.5).mean()) for name, kind in made.items()}
    assert called.pop("face") > 0.9
    assert max(called.values()) < 0.3


def test_pictures_are_of_every_kind_and_the_same_for_the_same_seed(faces):
    one, same, other = (face_check.pictures(faces, 20, 5, seed) for seed in (1, 1, 2))
    assert set(one) == {"face", *KINDS}
    for name, kind in one.items():
        assert kind.shape == (20 if name == "face" else 5, 48, 48)
        assert kind.dtype == np.uint8
        assert np.array_equal(kind, same[name])
        assert not np.array_equal(kind, other[name])
        # Pictures, not one flat grey.
        assert np.median(kind.std(axis=(1, 2))) > 3


def test_a_check_is_learned_from_features_that_tell_them_apart(faces):
    def features(pictures: np.ndarray) -> np.ndarray:
        """How like each picture is to the mean face, and how light it is."""
        small = np.stack([cv2.resize(one, (12, 12), interpolation=cv2.INTER_AREA).ravel() for one in pictures])
        mean = cv2.resize(faces.mean(axis=0), (12, 12), interpolation=cv2.INTER_AREA).ravel()
        noise = np.random.default_rng(0).normal(0, 1e-6, small.shape)
        like = np.corrcoef(np.vstack([mean, small + noise]))[0, 1:]
        return np.column_stack([like, small.mean(axis=1) / 255])

    check = face_check.fit(features, np.repeat(faces, 5, axis=0))
    assert check.weights.shape == (2,)
    assert check.weights[0] > 1
    figures = face_check.figures(check, features, np.repeat(faces, 5, axis=0))
    assert 0.8 < figures["auc"] <= 1
    assert set(figures["called_face"]) == {"face", *KINDS}


def test_the_probability_is_the_logistic_function_of_the_features():
    check = face_check.FaceCheck(np.array([2.0, -1.0], np.float32), 0.5)
    features = np.array([[0.0, 0.5], [1.0, 0.0], [-3.0, 0.0]])
    assert check.probability(features) == pytest.approx(1 / (1 + np.exp(-np.array([0.0, 2.5, -5.5]))))
