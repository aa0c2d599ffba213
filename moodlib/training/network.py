"""The emotion network: a small residual network with squeeze-and-excitation and two heads.

Two label sets, one trunk: FER-2013's own label (one per face, noisy) and FER+'s votes of ten people. What the app
shows is neither head alone but a calibrated pool of the two; `with_serving_head` puts that pool, the face check and
the preparation of the picture inside the model, so that whoever loads the file cannot get them wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from moodlib.emotions import NAMES
from moodlib.training.fer2013 import FERPLUS_NAMES, SIDE
from moodlib.training.serving import ROUND, Serving

if TYPE_CHECKING:
    from moodlib.training.face_check import FaceCheck

CROP: Final = 44
"""Side of the square that the trunk sees; training shifts it inside the 48 x 48 face, serving takes the centre."""

# One grey level of 255, squared: a face without any contrast is left flat instead of being blown up to noise.
_EPSILON: Final = (1 / 255) ** 2


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Shape of the network.

    Attributes:
        stem: Channels of the first convolution.
        widths: Channels of each stage; each stage halves the picture.
        blocks: Residual blocks in each stage.
        dropout: Share of the pooled features that training drops before the heads.
        squeeze: Reduction inside squeeze-and-excitation.
    """

    stem: int = 32
    widths: tuple[int, ...] = (32, 64, 128, 256)
    blocks: int = 2
    dropout: float = 0.3
    squeeze: int = 8


def _conv(filters: int, stride: int, size: int = 3) -> layers.Layer:
    return layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")


def _squeeze_excite(x: Any, reduction: int) -> Any:
    """Reweigh the channels by what the whole picture shows (Hu et al. 2018, arXiv 1709.01507)."""
    channels = int(x.shape[-1])
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(channels // reduction, 1, activation="relu")(s)
    s = layers.Conv2D(channels, 1, activation="sigmoid")(s)
    return layers.Multiply()([x, s])


def _block(x: Any, filters: int, stride: int, reduction: int) -> Any:
    """A basic residual block (He et al. 2016, arXiv 1512.03385)."""
    y = layers.BatchNormalization()(_conv(filters, stride)(x))
    y = layers.Activation("relu")(y)
    # The last scale starts at zero, so that each block starts as the identity (Goyal et al. 2017, arXiv 1706.02677).
    y = layers.BatchNormalization(gamma_initializer="zeros")(_conv(filters, 1)(y))
    y = _squeeze_excite(y, reduction)
    if stride != 1 or int(x.shape[-1]) != filters:
        x = layers.BatchNormalization()(_conv(filters, stride, size=1)(x))
    return layers.Activation("relu")(layers.Add()([x, y]))


def build(config: NetworkConfig) -> keras.Model:
    """The trunk with both heads, as it is trained.

    Returns:
        A model from grey faces, float32 (n, 44, 44, 1) in [0, 255], to the logits `fer2013` (n, 7), order of
        `emotions.EMOTIONS`, and `ferplus` (n, 8), order of `fer2013.FERPLUS_NAMES`.
    """
    face = keras.Input((CROP, CROP, 1), name="face")
    # Per-image standardisation takes out the light of the room; on [0, 1], so that no sum of squares grows large.
    # Both ends stay in whole floats where the middle is trained in short ones (`FitConfig.precision`).
    x = layers.Rescaling(1 / 255, dtype="float32")(face)
    x = layers.LayerNormalization(
        axis=[1, 2, 3], center=False, scale=False, epsilon=_EPSILON, dtype="float32", name="standardise"
    )(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(_conv(config.stem, 1)(x)))
    for width in config.widths:
        for number in range(config.blocks):
            x = _block(x, width, 2 if number == 0 else 1, config.squeeze)
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    x = layers.Dropout(config.dropout, dtype="float32")(x)
    fer2013 = layers.Dense(len(NAMES), dtype="float32", name="fer2013")(x)
    ferplus = layers.Dense(len(FERPLUS_NAMES), dtype="float32", name="ferplus")(x)
    return keras.Model(face, {"fer2013": fer2013, "ferplus": ferplus}, name="emotion")


def features(trunk: keras.Model) -> keras.Model:
    """The trunk with one more output, `features`: what it sees, pooled over the picture, (n, channels)."""
    pooling = [layer for layer in trunk.layers if isinstance(layer, layers.GlobalAveragePooling2D)][-1]
    return keras.Model(trunk.input, {**trunk.output, "features": pooling.output}, name=trunk.name)


def pooled(trunk: keras.Model, crops: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a trained network sees in faces.

    Args:
        trunk: What `build` returned.
        crops: float32 (n, 44, 44, 1) in [0, 255].

    Returns:
        Its pooled features, (n, channels).
    """
    return np.asarray(features(trunk).predict(crops, batch_size=256, verbose=0)["features"])


def with_serving_head(trunk: keras.Model, serving: Serving, check: FaceCheck | None = None) -> keras.Model:
    """The model that ships: a whole face in, probabilities out.

    Args:
        trunk: What `build` returned, trained.
        serving: The pool and its calibration.
        check: What tells faces from other things by the trunk's features; without it that output is left out.

    Returns:
        A model from grey faces, float32 (n, 48, 48, 1) in [0, 255], to probabilities: `served` (n, 7), the
        distribution that the app shows; `fer2013` (n, 7) and `ferplus` (n, 8), each head alone; `face` (n, 1), whether
        it is a face at all.
    """
    face = keras.Input((SIDE, SIDE, 1), name="face")
    logits = (features(trunk) if check else trunk)(layers.Cropping2D((SIDE - CROP) // 2)(face))
    seven = logits["ferplus"][:, : len(NAMES)]
    pool = logits["fer2013"] * serving.weight + seven * (1.0 - serving.weight)
    q = layers.Softmax()(pool * (1.0 / serving.temperature) + np.array([serving.bias], np.float32))
    d = q * (1.0 + serving.smoothing) - serving.smoothing / len(NAMES)
    p = (d + keras.ops.sqrt(d * d + 4 * ROUND**2)) / 2
    answers = {
        "served": p / keras.ops.sum(p, axis=1, keepdims=True),
        "fer2013": layers.Softmax(name="fer2013")(logits["fer2013"]),
        "ferplus": layers.Softmax(name="ferplus")(logits["ferplus"]),
    }
    if check is not None:
        judge = layers.Dense(1, activation="sigmoid", name="is_face")
        answers["face"] = judge(logits["features"])
        judge.set_weights([check.weights[:, None], np.array([check.bias], np.float32)])
    return keras.Model(face, answers, name="emotion_serving")
