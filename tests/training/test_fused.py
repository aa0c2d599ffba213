"""PyTorch's fused operations are the same mathematics as plain Keras."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from moodlib import paths

# PyTorch 2.13 itself crashes on layers of two channels, so the network is not the smallest of this folder.
# A few training steps, then a prediction: first with plain Keras, then fused, from the same weights on the same faces.
SCRIPT = """
import keras
import numpy as np
from moodlib.training import fit, fused, network
from moodlib.training.config import FitConfig

SHAPE = network.NetworkConfig(stem=8, widths=(8, 16), blocks=1, squeeze=4, dropout=0.0)
CONFIG = FitConfig(epochs=1, warm_up=0.1, rate=0.05, network=SHAPE, precision=PRECISION)
rng = np.random.default_rng(0)
faces = rng.integers(0, 256, (16, 44, 44, 1)).astype(np.float32)
targets = {"fer2013": np.eye(7, dtype=np.float32)[rng.integers(0, 7, 16)],
           "ferplus": np.eye(8, dtype=np.float32)[rng.integers(0, 8, 16)]}

def learn():
    keras.utils.set_random_seed(1)
    model = fit._learner(CONFIG)
    fit._compile(model, CONFIG, 4)
    losses = [float(model.train_on_batch(faces, targets)[0]) for _ in range(4)]
    answer = model.predict(faces, verbose=0)
    return losses, model.get_weights(), [answer["fer2013"], answer["ferplus"]]

plain = learn()
call = keras.layers.BatchNormalization.call
assert fused.install(), "Keras does not run on PyTorch"
assert keras.layers.BatchNormalization.call is not call
once = keras.layers.BatchNormalization.call
assert fused.install()
assert keras.layers.BatchNormalization.call is once, "installed twice"
quick = learn()
short = PRECISION == "bfloat16"
np.testing.assert_allclose(quick[0], plain[0], rtol=0.02 if short else 1e-4)
for mine, theirs in zip(quick[1] + quick[2], plain[1] + plain[2], strict=True):
    np.testing.assert_allclose(mine, theirs, rtol=0.05 if short else 1e-3, atol=0.05 if short else 1e-4)
assert plain[0][0] != plain[0][-1], "nothing was learnt"
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch, which is optional, is not installed")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_fused_training_equals_plain_keras(precision: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"PRECISION = {precision!r}\n{SCRIPT}"],
        cwd=paths.ROOT,
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_another_backend_is_left_as_it_is() -> None:
    import keras

    from moodlib.training import fused

    if keras.backend.backend() == "torch":
        pytest.skip("Keras runs on PyTorch here")
    before = keras.layers.BatchNormalization.call
    assert not fused.install()
    assert keras.layers.BatchNormalization.call is before
