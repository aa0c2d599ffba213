"""Two label sets, one answer: how the heads become the one distribution that is served, and why so.

FER-2013's label is one hasty word for a face. FER+'s votes are ten people's, who call weak expressions neutral. Neither
is the truth, so the served distribution is fitted to both at once; `study` puts that choice beside the others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import softmax

from moodlib.emotions import NAMES
from moodlib.training import metrics
from moodlib.training.fer2013 import Faces, ferplus_majority

WEAK: Final = 0.6
"""An expression is weak when at most this share of FER+'s votes for an emotion agree on one."""

LABEL_GAP: Final = 0.02
"""Largest difference between how often the answer is the taggers' and how often FER-2013's, of a pool that may serve.

Half of it is the least that the calibration errors against both can be; among some thousand held-aside faces the
difference is known to 0.015, so that this leaves room below 0.03 on other faces.
"""

ROUND: Final = 3e-3
"""Where a probability is cut off at 0 the corner is rounded by so much: no emotion is held to be impossible, and the
fit has one optimum instead of many small ones."""

PENALTY: Final = 1e-3
"""On the sum of the squared biases: keeps emotions that hardly occur among the held-aside faces where they are."""

_WEIGHTS: Final = np.linspace(0, 1, 21)
_SHOWN: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0)
_TEMPERATURES: Final = (0.2, 5.0)
_SMOOTHINGS: Final = (0.0, 0.3)
_NEUTRAL: Final = NAMES.index("neutral")


@dataclass(frozen=True, slots=True)
class Serving:
    """How the two heads become the one distribution that is served.

    A weighted sum of the heads' logits (a logarithmic opinion pool: Genest & Zidek 1986, Stat. Sci. 1:114), then a
    temperature and a bias for each emotion (vector scaling with one scale: Guo et al. 2017, arXiv 1706.04599):
    q = softmax((weight * fer2013 + (1 - weight) * ferplus without contempt) / temperature + bias).
    Training shows smoothed labels and a teacher's answers, so that q is never as sure as it may be where a face is
    plain; that is taken back: d = (1 + smoothing) * q - smoothing / 7, cut off at 0 with a round corner,
    p = (d + sqrt(d ** 2 + 4 * ROUND ** 2)) / 2, brought to a sum of 1. (The uniform part of Zhang et al. 2020,
    arXiv 2003.07329, with the other sign.)

    Attributes:
        weight: Share of the FER-2013 head in [0, 1].
        temperature: > 0; above 1 the answer is made less sure.
        smoothing: At least 0; how much of an even distribution is taken back.
        bias: Added to each logit, in the order of `emotions.EMOTIONS`.
    """

    weight: float = 0.6
    temperature: float = 1.0
    smoothing: float = 0.0
    bias: tuple[float, ...] = (0.0,) * len(NAMES)


def pool(fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], serving: Serving) -> NDArray[np.float64]:
    """The served distribution, shape (n, 7).

    Args:
        fer2013: Logits of the FER-2013 head, shape (n, 7); logarithms of its probabilities do as well.
        ferplus: The same of the FER+ head, shape (n, 8).
        serving: Weight and calibration.
    """
    mixed = serving.weight * fer2013 + (1 - serving.weight) * ferplus[:, : len(NAMES)]
    q = softmax(mixed / serving.temperature + np.asarray(serving.bias), axis=1)
    d = (1 + serving.smoothing) * q - serving.smoothing / len(NAMES)
    p = (d + np.sqrt(d**2 + 4 * ROUND**2)) / 2
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def as_json(serving: Serving) -> dict[str, Any]:
    """The pool and its calibration for the records: `weight`, `temperature`, `smoothing`, and `bias` by emotion."""
    return {**asdict(serving), "bias": dict(zip(NAMES, serving.bias, strict=True))}


def _truth(faces: Faces) -> NDArray[np.float64]:
    """What the answer is compared with: the mean of FER-2013's label and FER+'s votes, where there are any."""
    label = np.eye(len(NAMES))[faces.labels]
    if faces.votes is None:
        return label
    shares, voted = metrics.vote_shares(faces.votes)
    return np.where(voted[:, None], (label + shares) / 2, label)


def _least_cross_entropy(
    fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], weight: float, truth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cross-entropy of each face in nats, at the temperature at which their mean is least."""

    def cross_entropy(temperature: float) -> NDArray[np.float64]:
        answer = pool(fer2013, ferplus, Serving(weight, temperature))
        return np.asarray(-(truth * np.log(answer + 1e-12)).sum(axis=1))

    found = minimize_scalar(lambda t: float(cross_entropy(t).mean()), bounds=_TEMPERATURES, method="bounded")
    return cross_entropy(float(found.x))


def _calibrated(
    fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], weight: float, truth: NDArray[np.float64]
) -> Serving:
    """The calibration of a pool of a given weight that predicts best: least cross-entropy against the truth."""

    def made(x: NDArray[np.float64]) -> Serving:
        return Serving(weight, float(np.exp(x[0])), float(x[1]), tuple(float(value) for value in x[2:]))

    def loss(x: NDArray[np.float64]) -> float:
        answer = pool(fer2013, ferplus, made(x))
        return float(-(truth * np.log(answer)).sum(axis=1).mean() + PENALTY * (x[2:] ** 2).sum())

    low, high = np.log(_TEMPERATURES)
    bounds = [(low, high), _SMOOTHINGS, *[(-2.0, 2.0)] * len(NAMES)]
    close = {"ftol": 1e-12, "gtol": 1e-8, "maxfun": 50_000, "maxiter": 1000}
    return made(minimize(loss, np.zeros(2 + len(NAMES)), method="L-BFGS-B", bounds=bounds, options=close).x)


def _label_gap(fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], weight: float, faces: Faces) -> float:
    """How much more often the answer is the taggers' than FER-2013's: no confidence can be right about both."""
    answer = pool(fer2013, ferplus, Serving(weight, 1.0)).argmax(axis=1)
    if faces.votes is None:
        return 0.0
    shares, voted = metrics.vote_shares(faces.votes)
    agreeing = shares[np.arange(len(faces)), answer]
    return abs(float((agreeing - (answer == faces.labels))[voted].mean()))


def fit_serving(fer2013: NDArray[np.float64], ferplus: NDArray[np.float64], faces: Faces) -> Serving:
    """Choose how the heads are pooled, on faces that training held aside.

    1. Of the weights whose answers agree with both label sets about equally often (`LABEL_GAP`), so that one
       confidence can be right about both, the one that predicts both best at once: least cross-entropy against the
       mean of the one label and the votes.
    2. The temperature, smoothing and biases that predict both best at once.

    Args:
        fer2013: Logits of the FER-2013 head, shape (n, 7); logarithms of its probabilities do as well.
        ferplus: The same of the FER+ head, shape (n, 8).
        faces: The held-aside faces. Without FER+ votes the FER-2013 head is served alone.
    """
    truth = _truth(faces)
    weights = [1.0] if faces.votes is None else [float(weight) for weight in _WEIGHTS]
    gaps = {weight: _label_gap(fer2013, ferplus, weight, faces) for weight in weights}
    allowed = max(LABEL_GAP, min(gaps.values()))
    fair = [weight for weight in weights if gaps[weight] <= allowed]
    weight = min(fair, key=lambda weight: float(_least_cross_entropy(fer2013, ferplus, weight, truth).mean()))
    return _calibrated(fer2013, ferplus, round(weight, 2), truth)


def _recall(answer: NDArray[np.int64], truth: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Recall of each emotion with its interval; of rows whose truth is one of the seven."""
    rows = {}
    for index, name in enumerate(NAMES):
        of = truth == index
        n, right = int(of.sum()), int((answer[of] == index).sum())
        rows[name] = {"recall": right / n if n else None, "interval": metrics.wilson(right, n), "n": n}
    return rows


def _weak(answer: NDArray[np.int64], faces: Faces) -> dict[str, Any] | None:
    """How weak expressions are read: whose words the answer has, and how often it is neutral."""
    if faces.votes is None:
        return None
    shares, voted = metrics.vote_shares(faces.votes)
    rows = voted & (shares.max(axis=1) <= WEAK)
    n = int(rows.sum())
    if n == 0:
        return None
    said, label = answer[rows], faces.labels[rows]
    emotional = label != _NEUTRAL
    return {
        "n": n,
        "fer2013_accuracy": float((said == label).mean()),
        "interval": metrics.wilson(int((said == label).sum()), n),
        "votes_agreement": float(shares[rows][np.arange(n), said].mean()),
        "said_neutral": float((said == _NEUTRAL).mean()),
        "label_neutral": float((~emotional).mean()),
        "votes_neutral": float(shares[rows, _NEUTRAL].mean()),
        "emotion_called_neutral": float((said[emotional] == _NEUTRAL).mean()) if emotional.any() else None,
    }


def _choice(weight: float, aside: tuple[metrics.Heads, Faces], shown: tuple[metrics.Heads, Faces]) -> dict[str, Any]:
    logs = [_logs(heads) for heads, _ in (aside, shown)]
    truth = _truth(aside[1])
    cross_entropy = float(_least_cross_entropy(*logs[0], weight, truth).mean())
    serving = _calibrated(*logs[0], weight, truth)
    served = pool(*logs[1], serving)
    faces = shown[1]
    answer = served.argmax(axis=1)
    n, right = len(faces), int((answer == faces.labels).sum())
    figures: dict[str, Any] = {
        "weight": weight,
        "label_gap_held_aside": _label_gap(*logs[0], weight, aside[1]),
        "temperature": serving.temperature,
        "cross_entropy_held_aside": cross_entropy,
        "fer2013": {"accuracy": right / n, "interval": metrics.wilson(right, n), "n": n},
        "ferplus": None,
        "mean_accuracy": None,
        "recall_fer2013": _recall(answer, faces.labels),
        "recall_ferplus": None,
        "weak": _weak(answer, faces),
        "calibration": metrics.calibration(served, faces),
    }
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        known = majority >= 0
        agreed, of = int((answer[known] == majority[known]).sum()), int(known.sum())
        figures["ferplus"] = {"accuracy": agreed / of, "interval": metrics.wilson(agreed, of), "n": of}
        figures["mean_accuracy"] = (right / n + agreed / of) / 2
        figures["recall_ferplus"] = _recall(answer, majority)
    return figures


def _logs(heads: metrics.Heads) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of the heads' probabilities; they differ from the logits by one number a row, which cancels."""
    return (
        np.log(np.maximum(heads["fer2013"].astype(float), 1e-12)),
        np.log(np.maximum(heads["ferplus"].astype(float), 1e-12)),
    )


def study(aside: tuple[metrics.Heads, Faces], shown: tuple[metrics.Heads, Faces]) -> dict[str, Any]:
    """Compare the ways to make one answer of two heads.

    Each way has its temperature fitted on the held-aside faces, and its figures on others.

    Args:
        aside: Heads and faces that training held aside.
        shown: Heads and faces for the figures, PublicTest.

    Returns:
        JSON-ready: `chosen` (the weight that `fit_serving` takes), `choices` (one entry a weight; 1 is the FER-2013
        head alone, 0 the FER+ head alone), `weak_share`, `n` and `held_aside`.
    """
    chosen = fit_serving(*_logs(aside[0]), aside[1])
    weights = sorted({*_SHOWN, chosen.weight}, reverse=True) if shown[1].votes is not None else [1.0]
    return {
        "n": len(shown[1]),
        "held_aside": len(aside[1]),
        "weak_share": WEAK,
        "chosen": as_json(chosen),
        "choices": [_choice(weight, aside, shown) for weight in weights],
    }
