"""The plain network that ours is compared with: small separable convolutions, as most apps of this kind ship.

The shape of mini_XCEPTION (Arriaga, Valdenegro-Toro & Plöger 2017, arXiv 1710.07557), with this project's input and two
heads, so that the same trainer, the same data and the same evaluation apply to both.
"""

from __future__ import annotations

from typing import Any, Final

import keras
from keras import layers

from moodlib.emotions import NAMES
from moodlib.training.fer2013 import FERPLUS_NAMES
from moodlib.training.network import CROP

WIDTHS: Final = (16, 32, 64, 128)
"""Channels of the four separable modules."""
STEM: Final = 8
"""Channels of the two plain convolutions before them."""


def _normal(x: Any) -> Any:
    return layers.BatchNormalization()(x)


def _separable(filters: int) -> layers.Layer:
    return layers.SeparableConv2D(
        filters,
        3,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        pointwise_initializer="he_normal",
    )


def _module(x: Any, filters: int) -> Any:
    """Two separable convolutions and a pooling, beside a strided 1 x 1 convolution."""
    aside = _normal(layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x))
    y = layers.Activation("relu")(_normal(_separable(filters)(x)))
    y = _normal(_separable(filters)(y))
    y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
    return layers.Add()([y, aside])


def build() -> keras.Model:
    """The baseline with both heads, as it is trained.

    Returns:
        A model with the inputs and outputs of `network.build`. As in the original the faces are scaled to [-1, 1] and
        each class is the mean of a feature map of its own; there is no standardisation and no dropout.
    """
    face = keras.Input((CROP, CROP, 1), name="face")
    x = layers.Rescaling(2 / 255, offset=-1.0, dtype="float32")(face)
    for _ in range(2):
        x = layers.Activation("relu")(_normal(layers.Conv2D(STEM, 3, use_bias=False)(x)))
    for width in WIDTHS:
        x = _module(x, width)
    heads = {
        name: layers.GlobalAveragePooling2D(dtype="float32", name=name)(layers.Conv2D(classes, 3, padding="same")(x))
        for name, classes in (("fer2013", len(NAMES)), ("ferplus", len(FERPLUS_NAMES)))
    }
    return keras.Model(face, heads, name="baseline")
