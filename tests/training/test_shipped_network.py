"""The network that ships is as good as its run says, on faces that it did not learn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from moodlib import manifest, paths
from moodlib.training import fer2013, metrics, served

# What the network that ships must not fall below on PublicTest, as shares of right answers of each label set's head.
LEAST_FER2013 = 0.705
LEAST_FERPLUS = 0.91
# Of the served answer, against FER-2013's labels and against FER+'s votes.
LARGEST_CALIBRATION_ERROR = 0.03


@pytest.fixture(scope="module")
def public(data_dir: Path) -> fer2013.Faces:
    return fer2013.load(data_dir / "fer2013" / "fer2013_train_valid.parquet").of("PublicTest")


def test_accuracy_on_public_test_is_what_the_run_says(public: fer2013.Faces) -> None:
    figures = metrics.evaluate(served.heads(paths.EMOTION_TFLITE, public), public)
    run = manifest.read(paths.MODELS)["emotion.tflite"]["run"]
    said = json.loads((paths.RUNS / run / "metrics.json").read_text())
    assert figures["fer2013_accuracy"] >= LEAST_FER2013
    assert figures["ferplus_majority_accuracy"] >= LEAST_FERPLUS
    assert figures["served"]["ece"] <= LARGEST_CALIBRATION_ERROR
    assert figures["served"]["ece_ferplus"] <= LARGEST_CALIBRATION_ERROR
    for key in ("n", "fer2013_accuracy", "ferplus_majority_accuracy"):
        assert figures[key] == pytest.approx(said[key], abs=1e-3)
    for key, value in figures["served"].items():
        assert value == pytest.approx(said["served"][key], abs=2e-3)


def test_keras_and_litert_give_the_same_probabilities() -> None:
    import keras

    from moodlib.training import export

    rng = np.random.default_rng(4)
    smooth = rng.integers(0, 256, (16, 6, 6)).repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)
    faces = fer2013.Faces(smooth, np.zeros(16, np.int64), None, np.array(["PublicTest"] * 16))
    ours = served.heads(paths.EMOTION_TFLITE, faces)
    theirs = export.keras_heads(keras.models.load_model(paths.EMOTION_KERAS, compile=False), faces)
    assert set(ours) == set(theirs) == {"served", "fer2013", "ferplus", "face"}
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], atol=export.TOLERANCE)
