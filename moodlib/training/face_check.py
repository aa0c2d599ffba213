"""Whether what a cascade found is a face at all: one more output of the emotion network.

What the network has learned to see in faces also tells them from what is none. A logistic regression on its pooled
features says how likely a face is; the detector asks it about hits that few of the cascade's windows agree on, and can
so believe weaker hits without showing more false faces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from moodlib.training.not_faces import KINDS, face_as_found

FACES: Final = 8000
"""Most faces that it is fitted on; four of each when there are fewer."""
SEED: Final = 7
STRENGTH: Final = 0.3
"""Inverse strength of the regularisation. Weaker than usual: the features are small, 0 to about 2."""

Features = Callable[[NDArray[np.uint8]], NDArray[np.floating[Any]]]
"""Grey faces, uint8 (n, 48, 48), to the network's pooled features, (n, channels)."""


@dataclass(frozen=True, slots=True)
class FaceCheck:
    """P(face) = 1 / (1 + exp(-(features @ weights + bias))), for as many faces as pictures that are none.

    Attributes:
        weights: Shape (channels,).
        bias: One number.
    """

    weights: NDArray[np.float32]
    bias: float

    def probability(self, features: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """For features (n, channels), shape (n,), in [0, 1]."""
        return np.asarray(1.0 / (1.0 + np.exp(-(features @ self.weights.astype(np.float64) + self.bias))))


def pictures(faces: NDArray[np.uint8], count: int, each: int, seed: int) -> dict[str, NDArray[np.uint8]]:
    """Faces as a detector hands them over, and what is none.

    Args:
        faces: FER-2013's, uint8 (n, 48, 48), n > 0.
        count: How many faces, each from another picture while there are enough.
        each: How many pictures of each kind in `not_faces.KINDS`.
        seed: Of all randomness.

    Returns:
        "face" and the kinds, each uint8 (count or each, 48, 48).
    """
    rng = np.random.default_rng(seed)
    chosen = np.resize(rng.permutation(len(faces)), count)
    made = {"face": np.stack([face_as_found(faces[i], rng) for i in chosen])}
    for name, make in KINDS.items():
        made[name] = np.stack([make(faces, rng) for _ in range(each)])
    return made


def fit(features: Features, faces: NDArray[np.uint8]) -> FaceCheck:
    """Learn to tell faces from what is none, a quarter as many of each kind as faces.

    Args:
        features: The trained network's.
        faces: Those that it learned from.
    """
    count = min(FACES, 4 * len(faces))
    made = pictures(faces, count, count // 4, SEED)
    seen = np.concatenate([features(kind) for kind in made.values()])
    is_face = np.concatenate([np.full(len(kind), name == "face") for name, kind in made.items()])
    # Balanced: how rare faces are among the hits depends on the room, which is not known.
    regression = LogisticRegression(C=STRENGTH, max_iter=5000, class_weight="balanced").fit(seen, is_face)
    return FaceCheck(regression.coef_[0].astype(np.float32), float(regression.intercept_[0]))


def figures(check: FaceCheck, features: Features, faces: NDArray[np.uint8]) -> dict[str, Any]:
    """How well it does on faces that neither it nor the network learned from.

    Returns:
        `measured_on`, how many pictures of each kind; `auc`, the area under the ROC curve; and `called_face`, for each
        kind the share above one half.
    """
    made = pictures(faces, len(faces), max(1, len(faces) // 4), SEED + 1)
    said = {name: check.probability(features(kind)) for name, kind in made.items()}
    none = np.concatenate([value for name, value in said.items() if name != "face"])
    is_face = np.repeat([1, 0], [len(said["face"]), len(none)])
    return {
        "measured_on": {name: len(value) for name, value in said.items()},
        "auc": float(roc_auc_score(is_face, np.concatenate([said["face"], none]))),
        "called_face": {name: float((value > 0.5).mean()) for name, value in said.items()},
    }
