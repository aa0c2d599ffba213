"""How good an order of songs is. Pure functions of a score and what is relevant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _order(score: Floats) -> NDArray[np.intp]:
    return np.argsort(-np.asarray(score, dtype=float), kind="stable")


def ndcg(score: Floats, relevance: Floats, k: int) -> float:
    """Normalised discounted cumulative gain of the first k songs, with gain = relevance.

    Järvelin and Kekäläinen 2002, ACM TOIS 20:422; discount `1 / log2(1 + rank)`.

    Args:
        score: Higher is earlier, shape (n,); ties keep the order of the rows.
        relevance: Not negative, shape (n,).
        k: How many songs from the top are looked at.

    Returns:
        In [0, 1]; NaN when nothing is relevant.
    """
    relevance = np.asarray(relevance, dtype=float)
    top = relevance[_order(score)[:k]]
    best = np.sort(relevance)[::-1][:k]
    discount = 1.0 / np.log2(np.arange(2, len(best) + 2))
    ideal = float(best @ discount)
    return float(top @ discount) / ideal if ideal > 0 else float("nan")


def average_precision(score: Floats, relevant: NDArray[np.bool_]) -> float:
    """Mean over the relevant songs of the precision at their rank; NaN when nothing is relevant."""
    hits = np.asarray(relevant, dtype=bool)[_order(score)]
    if not hits.any():
        return float("nan")
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def auc(score: Floats, relevant: NDArray[np.bool_]) -> float:
    """Probability that a relevant song has a higher score than another one; ties count half; NaN with one class."""
    score, relevant = np.asarray(score, dtype=float), np.asarray(relevant, dtype=bool)
    positive = int(relevant.sum())
    negative = len(relevant) - positive
    if not positive or not negative:
        return float("nan")
    _, group, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2.0)[group]
    return float((rank[relevant].sum() - positive * (positive + 1) / 2.0) / (positive * negative))


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float], groups: NDArray[np.str_], rounds: int, seed: int
) -> tuple[float, float]:
    """95 % percentile interval of a statistic when whole groups (artists) are drawn with replacement.

    Args:
        statistic: From row numbers, which may repeat, to a number; NaN rounds are left out.
        groups: Group of each row, shape (n,).
        rounds: How many draws.
        seed: Same seed, same interval.

    Returns:
        Low and high end; NaN when every round was NaN.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(np.unique(groups, return_inverse=True)[1][order])) + 1)
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(members), len(members))
        values.append(statistic(np.concatenate([members[i] for i in drawn])))
    kept = np.array(values)[np.isfinite(values)]
    if not len(kept):
        return float("nan"), float("nan")
    low, high = np.percentile(kept, [2.5, 97.5])
    return float(low), float(high)
