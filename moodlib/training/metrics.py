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

RESAMPLES: Final = 500
"""How often intervals draw the faces anew."""

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


def wilson(right: int, n: int, z: float = 1.96) -> list[float] | None:
    """Wilson's 95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209): low and high; None of nothing."""
    if n == 0:
        return None
    share, extra = right / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z * np.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return [float(max(0.0, middle - half)), float(min(1.0, middle + half))]


def _error_interval(confidence: NDArray[np.float64], correct: NDArray[np.float64]) -> list[float]:
    """95 % interval of the calibration error: percentiles over resampled faces."""
    rng = np.random.default_rng(0)
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap, n = confidence - correct, len(confidence)
    errors = []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, n, n)
        errors.append(np.abs(np.bincount(index[rows], gap[rows], BINS)).sum() / n)
    low, high = np.percentile(errors, (2.5, 97.5))
    return [float(low), float(high)]


def calibration(served: NDArray[np.float64], faces: Faces) -> dict[str, Any]:
    """Is the answer as sure as it is right?

    Args:
        served: Probabilities, shape (n, 7).
        faces: In the same order.

    Returns:
        For `fer2013` (right is FER-2013's label) and `ferplus` (right is the share of the votes that agree; None
        without votes): `ece`, its `interval` over resampled faces, and the `bins` of the reliability diagram.
    """

    def one(confidence: NDArray[np.float64], correct: NDArray[np.float64]) -> dict[str, Any]:
        bins = reliability(confidence, correct)
        return {"ece": calibration_error(bins), "interval": _error_interval(confidence, correct), "bins": bins}

    answer, confidence = served.argmax(axis=1), served.max(axis=1)
    figures: dict[str, Any] = {"fer2013": one(confidence, (answer == faces.labels).astype(float)), "ferplus": None}
    if faces.votes is not None:
        shares, voted = vote_shares(faces.votes)
        if voted.any():
            agreeing = shares[np.arange(len(faces)), answer][voted]
            figures["ferplus"] = one(confidence[voted], agreeing)
    return figures


def class_intervals(confusion: NDArray[np.int64]) -> list[dict[str, list[float] | None]]:
    """95 % intervals of each class's precision, recall and F1, from the confusion alone.

    Wilson's for precision and recall; for F1, which is no share, percentiles over confusions drawn anew.

    Args:
        confusion: Counts, shape (k, k), rows true, columns predicted.
    """
    n = int(confusion.sum())
    drawn = np.random.default_rng(0).multinomial(n, confusion.ravel() / n, RESAMPLES).reshape(-1, *confusion.shape)
    hit, both = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=1) + drawn.sum(axis=2)
    f1 = np.percentile(2 * hit / np.maximum(both, 1), (2.5, 97.5), axis=0)
    return [
        {
            "precision": wilson(int(confusion[i, i]), int(confusion[:, i].sum())),
            "recall": wilson(int(confusion[i, i]), int(confusion[i].sum())),
            "f1": f1[:, i].tolist(),
        }
        for i in range(len(confusion))
    ]


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
    calibrated = calibration(served, faces)
    counts = confusion_matrix(faces.labels, answer, labels=range(len(NAMES)))
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
            "ece": calibrated["fer2013"]["ece"],
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
                "intervals": intervals,
            }
            for i, (name, intervals) in enumerate(zip(NAMES, class_intervals(counts), strict=True))
        },
        "confusion": counts.tolist(),
        "reliability": calibrated["fer2013"]["bins"],
        "reliability_ferplus": None,
    }
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        rows = majority >= 0
        figures["ferplus_n"] = int(rows.sum())
        if rows.any():
            eight = heads["ferplus"][:, : len(FERPLUS_NAMES)].argmax(axis=1)
            figures["ferplus_majority_accuracy"] = float((eight[rows] == majority[rows]).mean())
            figures["served"]["ferplus_majority_accuracy"] = float((answer[rows] == majority[rows]).mean())
        if calibrated["ferplus"] is not None:
            figures["served"]["ece_ferplus"] = calibrated["ferplus"]["ece"]
            figures["reliability_ferplus"] = calibrated["ferplus"]["bins"]
    return figures


def evaluate_unseen(heads: Heads, faces: Faces, seen: NDArray[np.bool_]) -> dict[str, Any] | None:
    """The accuracies on the faces whose picture was not among the training faces.

    FER-2013's splits share pictures; an answer learned by heart is no answer.

    Args:
        heads: As for `evaluate`.
        faces: As for `evaluate`.
        seen: Shape (n,), which faces are also training faces; see `duplicates`.

    Returns:
        `n`, `shared` (how many were left out), and the accuracies of `evaluate`; None when no face is left.
    """
    if seen.all():
        return None
    full = evaluate({name: value[~seen] for name, value in heads.items()}, faces.where(~seen))
    kept = ("n", "fer2013_accuracy", "ferplus_majority_accuracy", "ferplus_n", "served", "macro_f1")
    return {"shared": int(seen.sum()), **{key: full[key] for key in kept}}
