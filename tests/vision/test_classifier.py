from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib import paths
from moodlib.errors import InputError
from moodlib.vision.classifier import HEADS, EmotionClassifier
from moodlib.vision.crop import crop_face
from moodlib.vision.reading import Box


def ramp(height: int, width: int) -> np.ndarray:
    """Grey grows from left to right."""
    return np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))


def test_a_crop_of_the_networks_size_is_the_picture_itself():
    frame = np.random.default_rng(0).integers(0, 256, (200, 300), dtype=np.uint8)
    assert np.array_equal(crop_face(frame, Box(100, 50, 48, 48), 0.0), frame[50:98, 100:148])


def test_the_margin_is_added_on_each_side():
    frame = np.random.default_rng(0).integers(0, 256, (200, 300), dtype=np.uint8)
    # 40 with a tenth on each side is 48, centred on (120, 70).
    assert np.array_equal(crop_face(frame, Box(100, 50, 40, 40), 0.1), frame[46:94, 96:144])
    # 60 with a tenth off each side is 48, centred on (130, 80).
    assert np.array_equal(crop_face(frame, Box(100, 50, 60, 60), -0.1), frame[56:104, 106:154])


def test_a_box_that_is_not_square_is_cropped_square_around_its_centre():
    frame = ramp(200, 300)
    assert np.array_equal(crop_face(frame, Box(100, 62, 48, 24), 0.0), frame[50:98, 100:148])


def test_over_the_border_the_last_pixels_are_repeated():
    crop = crop_face(ramp(100, 100), Box(0, 0, 48, 48), 0.5)
    assert crop.shape == (48, 48)
    assert (crop[:, :10] == 0).all()
    assert crop[0, -1] == pytest.approx(255 * 72 / 100, abs=6)


def test_a_large_face_is_averaged_down_not_sampled():
    checks = np.indices((480, 480)).sum(axis=0) % 2 * 255
    assert crop_face(checks.astype(np.uint8), Box(0, 0, 480, 480), 0.0) == pytest.approx(127.5, abs=1)


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    x=st.integers(0, 89),
    y=st.integers(0, 89),
    w=st.integers(1, 90),
    h=st.integers(1, 90),
    margin=st.floats(-0.45, 1.0),
)
def test_any_box_of_any_frame_gives_a_face_of_the_right_size(height, width, x, y, w, h, margin):
    x, y = x % width, y % height
    box = Box(x, y, max(1, min(w, width - x)), max(1, min(h, height - y)))
    frame = np.full((height, width), 77, np.uint8)
    crop = crop_face(frame, box, margin)
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    assert (crop == 77).all()


def test_a_missing_or_foreign_model_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="missing"):
        EmotionClassifier(tmp_path / "emotion.tflite")
    (tmp_path / "emotion.tflite").write_bytes(b"TFL3 and then nothing")
    with pytest.raises(InputError):
        EmotionClassifier(tmp_path / "emotion.tflite")


def test_a_file_that_the_manifest_knows_but_is_no_model_is_an_input_error(tmp_path):
    from moodlib import manifest

    file = tmp_path / "emotion.tflite"
    file.write_bytes(b"not a model at all" * 10)
    manifest.record(file, command="test", data="none", run="test", packages=())
    with pytest.raises(InputError, match="not an emotion network"):
        EmotionClassifier(file)


def test_the_shipped_network_gives_distributions():
    network = EmotionClassifier(paths.EMOTION_TFLITE)
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    heads = network.predict_heads(faces)
    assert {name: head.shape for name, head in heads.items()} == {name: (5, n) for name, n in HEADS.items()}
    face = heads.pop("face")
    assert ((face >= 0) & (face <= 1)).all()
    assert network.face_probability(faces) == pytest.approx(face[:, 0])
    for head in heads.values():
        assert head.dtype == np.float32
        assert head.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        assert (head >= 0).all()
    assert np.array_equal(heads["served"], network.predict(faces))


def test_the_shipped_network_reads_a_face_the_same_alone_and_among_others():
    network = EmotionClassifier(paths.EMOTION_TFLITE)
    faces = np.random.default_rng(0).integers(0, 256, (4, 48, 48), dtype=np.uint8)
    alone = np.concatenate([network.predict(faces[i : i + 1]) for i in range(4)])
    assert network.predict(faces) == pytest.approx(alone, abs=1e-4)
    assert network.predict(faces[:0]).shape == (0, 7)


def test_faces_of_another_shape_are_refused():
    network = EmotionClassifier(paths.EMOTION_TFLITE)
    with pytest.raises(ValueError, match="48"):
        network.predict(np.zeros((2, 64, 64), np.uint8))


def test_a_file_that_is_replaced_while_it_is_in_use_harms_nobody(tmp_path):
    # In a process of its own: a network mapped from the file would end the whole process with a bus error.
    for name in (paths.EMOTION_TFLITE.name, "manifest.json"):
        shutil.copy(paths.MODELS / name, tmp_path)
    code = (
        "import sys; import numpy as np; from pathlib import Path; from moodlib.vision.classifier import *\n"
        "path = Path(sys.argv[1]); network = EmotionClassifier(path)\n"
        "path.write_bytes(b'')\n"
        "print(network.predict(np.zeros((1, 48, 48), np.uint8)).shape)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / paths.EMOTION_TFLITE.name)]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(1, 7)"
