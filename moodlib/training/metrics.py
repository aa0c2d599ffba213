"""How good the emotion network is: pure functions of probabilities and labels."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from moodlib.emotions import NAMES
from moodlib.training.fer2013 import FERPLUS_NAMES, Faces, ferplus_majority

BINS: Final = 15
"""Bins of the calibration error and of the reliability diagram, equal in width, as in Guo et al. 2017."""

Heads = dict[str, NDArray[np.float32]]
"""Probabilities by name: `served` (n, 7), `fer2013` (n, 7), `ferplus` (n, 8)."""


def reliability(confidence: NDArray[np.float64], correct: NDArray[np.float64]) -> list[dict[str, float]]:
    """Mean confidence and accuracy in bins of confidence.

    Args:
        confidence: Shape (n,), in [0, 1].
        correct: Shape (n,), in [0, 1]: 1 for a right answer, or the share of people who gave that answer.

    Returns:
        One entry for each bin that is not empty: `low`, `high`, `n`, `confidence`, `accuracy`.
    """
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "low": number / BINS,
            "high": (number + 1) / BINS,
            "n": int(inside.sum()),
            "confidence": float(confidence[inside].mean()),
            "accuracy": float(correct[inside].mean()),
        }
        for number in range(BINS)
        if (inside := index == number).any()
    ]


def calibration_error(bins: list[dict[str, float]]) -> float:
    """Expected calibration error: the gap between confidence and accuracy, weighted by the bins' sizes."""
    total = sum(b["n"] for b in bins)
    return float(sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / total)


def vote_shares(votes: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Share of the FER+ votes for each of the seven emotions, and which rows have any vote for an emotion.

    Args:
        votes: uint8, shape (n, 10), order of `fer2013.VOTE_COLUMNS`.

    Returns:
        Shares among the votes for one of the seven, shape (n, 7), and a mask, shape (n,).
    """
    seven = votes[:, : len(NAMES)].astype(float)
    total = seven.sum(axis=1, keepdims=True)
    return seven / np.maximum(total, 1), total[:, 0] > 0


def evaluate(heads: Heads, faces: Faces) -> dict[str, Any]:
    """All figures of the emotion network on a set of faces.

    Args:
        heads: Probabilities of the served distribution and of both heads.
        faces: The labelled faces, in the same order.

    Returns:
        JSON-ready figures. `fer2013_accuracy` is that of the FER-2013 head and `ferplus_majority_accuracy` that of
        the FER+ head over eight classes; `served` holds both for the seven-way distribution that the app shows (a
        majority for contempt counts as wrong) and its calibration error. `macro_f1`, `per_class` and `confusion`
        (rows true, columns predicted, order of `emotions.EMOTIONS`) are those of the served distribution against
        FER-2013's labels. What the data cannot give is None.
    """
    if len(faces) == 0:
        raise ValueError("there are no faces to evaluate")
    served = heads["served"].astype(float)
    answer = served.argmax(axis=1)
    right = (answer == faces.labels).astype(float)
    bins = reliability(served.max(axis=1), right)
    precision, recall, f1, support = precision_recall_fscore_support(
        faces.labels, answer, labels=range(len(NAMES)), zero_division=0.0
    )
    known = support > 0
    figures: dict[str, Any] = {
        "n": len(faces),
        "fer2013_accuracy": float((heads["fer2013"].argmax(axis=1) == faces.labels).mean()),
        "ferplus_majority_accuracy": None,
        "ferplus_n": None,
        "served": {
            "fer2013_accuracy": float(right.mean()),
            "ferplus_majority_accuracy": None,
            "ece": calibration_error(bins),
            "ece_ferplus": None,
        },
        # A class that the data does not hold has no F1; counting it as 0 would blame the network for the data.
        "macro_f1": float(f1[known].mean()),
        "per_class": {
            name: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, name in enumerate(NAMES)
        },
        "confusion": confusion_matrix(faces.labels, answer, labels=range(len(NAMES))).tolist(),
        "reliability": bins,
        "reliability_ferplus": None,
    }
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        rows = majority >= 0
        shares, voted = vote_shares(faces.votes)
        agreeing = shares[np.arange(len(faces)), answer][voted]
        plus_bins = reliability(served.max(axis=1)[voted], agreeing)
        figures["ferplus_n"] = int(rows.sum())
        if rows.any():
            eight = heads["ferplus"][:, : len(FERPLUS_NAMES)].argmax(axis=1)
            figures["ferplus_majority_accuracy"] = float((eight[rows] == majority[rows]).mean())
            figures["served"]["ferplus_majority_accuracy"] = float((answer[rows] == majority[rows]).mean())
        figures["served"]["ece_ferplus"] = calibration_error(plus_bins)
        figures["reliability_ferplus"] = plus_bins
    return figures


def evaluate_unseen(heads: Heads, faces: Faces, learned: Faces) -> dict[str, Any]:
    """The accuracies on the faces whose very picture was not among the training faces.

    FER-2013's splits share pictures; an answer learned by heart is no answer.

    Args:
        heads: As for `evaluate`.
        faces: As for `evaluate`.
        learned: The training faces.

    Returns:
        `n`, `shared` (how many were left out), and the accuracies of `evaluate`.
    """
    known = {image.tobytes() for image in learned.images}
    fresh = np.array([image.tobytes() not in known for image in faces.images])
    full = evaluate({name: value[fresh] for name, value in heads.items()}, faces.where(fresh))
    kept = ("n", "fer2013_accuracy", "ferplus_majority_accuracy", "served", "macro_f1")
    return {"shared": int((~fresh).sum()), **{key: full[key] for key in kept}}
