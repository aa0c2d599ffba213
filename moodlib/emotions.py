"""The seven emotions: their order, colours, words and place on the circumplex of affect.

Everything that is an array over emotions has this order. Everything imports this module and it imports none of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""Shape (7,) or (n, 7), order of `EMOTIONS`, each row sums to 1."""


@dataclass(frozen=True, slots=True)
class Emotion:
    """One of the seven emotions that the network tells apart.

    Attributes:
        name: The word used in files, in the command line and in columns.
        adjective: The word that completes "You look ...".
        colour: Hex colour, the same everywhere: at least 3:1 against both of the theme's backgrounds, and at least
            0.09 from every other one in OKLab for people with full colour vision, protanopia, deuteranopia and
            tritanopia (Machado et al. 2009); tests/ui/test_colours.py holds both.
        dash: Plotly line dash, so that lines are told apart without any colour.
        symbol: Plotly marker symbol, for the same reason.
        glyph: A sign shown beside the name.
        valence: Pleasantness in [-1, 1].
        arousal: Activation in [-1, 1].
    """

    name: str
    adjective: str
    colour: str
    dash: str
    symbol: str
    glyph: str
    valence: float
    arousal: float


def _from_warriner(valence: float, arousal: float) -> tuple[float, float]:
    """Move a mean rating from Warriner's 1 to 9 scale to [-1, 1]."""
    return (valence - 5.0) / 4.0, (arousal - 5.0) / 4.0


# Mean ratings of the words "angry", "disgust", "fear", "happy", "sad", "surprise", "neutral" by some 1,800 people:
# Warriner, Kuperman and Brysbaert 2013, Behavior Research Methods 45:1191.
_WARRINER: Final = {
    "angry": (2.53, 6.20),
    "disgust": (3.32, 5.00),
    "fear": (2.93, 6.14),
    "happy": (8.47, 6.05),
    "sad": (2.10, 3.49),
    "surprise": (7.44, 6.57),
    "neutral": (5.50, 3.45),
}


def _emotion(name: str, adjective: str, colour: str, dash: str, symbol: str, glyph: str) -> Emotion:
    valence, arousal = _from_warriner(*_WARRINER[name])
    return Emotion(name, adjective, colour, dash, symbol, glyph, valence, arousal)


EMOTIONS: Final[tuple[Emotion, ...]] = (
    _emotion("angry", "angry", "#CB2000", "solid", "triangle-up", "😠"),
    _emotion("disgust", "disgusted", "#1C7550", "dashdot", "x", "🤢"),
    _emotion("fear", "afraid", "#7948E1", "dot", "diamond", "😨"),
    _emotion("happy", "happy", "#CC7A1A", "solid", "circle", "😊"),
    _emotion("sad", "sad", "#0095E1", "dash", "triangle-down", "😢"),
    _emotion("surprise", "surprised", "#B5319E", "longdash", "star", "😮"),
    _emotion("neutral", "neutral", "#9C8790", "longdashdot", "square", "😐"),
)
NAMES: Final[tuple[str, ...]] = tuple(emotion.name for emotion in EMOTIONS)
BY_NAME: Final[dict[str, Emotion]] = {emotion.name: emotion for emotion in EMOTIONS}

COORDINATES: Final[NDArray[np.float32]] = np.array([(e.valence, e.arousal) for e in EMOTIONS], dtype=np.float32)
"""Shape (7, 2): valence and arousal of each emotion in [-1, 1]."""


def circumplex(probabilities: Probabilities) -> tuple[float, float]:
    """Valence and arousal that a distribution over the emotions stands for.

    The expectation of the emotions' coordinates under the distribution (Russell 1980, J. Pers. Soc. Psychol. 39:1161,
    for the plane; Warriner et al. 2013 for the coordinates).

    Args:
        probabilities: Shape (7,), non-negative, summing to 1.

    Returns:
        Valence and arousal, each in [-1, 1].
    """
    valence, arousal = np.asarray(probabilities, dtype=np.float32) @ COORDINATES
    return float(valence), float(arousal)
