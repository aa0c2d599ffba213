"""The emotions' colours: readable on both backgrounds, told apart with every kind of colour vision."""

from __future__ import annotations

import itertools
import tomllib

import numpy as np
import pytest
from numpy.typing import NDArray

from moodlib.emotions import EMOTIONS
from moodlib.paths import ROOT

Floats = NDArray[np.float64]
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]

# Machado, Oliveira and Fernandes 2009 (IEEE Trans. Vis. Comput. Graph. 15:1291), severity 1, on linear RGB.
VISION: dict[str, Floats] = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
APART = 0.09
"""Least OKLab distance; two colours at 0.02 can just be told apart side by side."""


def linear(colour: str) -> Floats:
    value = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def oklab(rgb: Floats) -> Floats:
    """Ottosson 2020, https://bottosson.github.io/posts/oklab/."""
    cones = rgb.clip(0, 1) @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("emotion", EMOTIONS, ids=lambda emotion: emotion.name)
def test_colour_can_be_seen_on_both_backgrounds(emotion, mode):
    assert contrast(emotion.colour, THEME[mode]["backgroundColor"]) >= 3.0


@pytest.mark.parametrize("vision", VISION)
def test_colours_are_told_apart(vision):
    places = {emotion.name: oklab(VISION[vision] @ linear(emotion.colour)) for emotion in EMOTIONS}
    nearest = min((float(np.linalg.norm(places[a] - places[b])), a, b) for a, b in itertools.combinations(places, 2))
    assert nearest[0] >= APART, nearest


def test_dash_with_colour_and_symbol_alone_are_unique():
    assert len({emotion.symbol for emotion in EMOTIONS}) == len(EMOTIONS)
    assert len({(emotion.dash, emotion.colour) for emotion in EMOTIONS}) == len(EMOTIONS)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read(mode):
    theme = THEME[mode]
    assert contrast(theme["textColor"], theme["backgroundColor"]) >= 7
    assert contrast(theme["textColor"], theme["secondaryBackgroundColor"]) >= 7
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5
    assert contrast(theme["linkColor"], theme["backgroundColor"]) >= 4.5
