from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from moodlib.training import ranking_metrics as metrics


def test_known_answers():
    score, relevant = np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 1.0])
    best = 1 + 1 / math.log2(3)
    assert metrics.ndcg(score, relevant, 3) == pytest.approx((1 + 0.5) / best)
    assert metrics.ndcg(score, relevant, 1) == 1.0
    assert metrics.average_precision(score, relevant > 0) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.auc(score, relevant > 0) == 0.5


def test_nothing_relevant_has_no_figure():
    score, nothing = np.arange(3.0), np.zeros(3)
    assert math.isnan(metrics.ndcg(score, nothing, 2))
    assert math.isnan(metrics.average_precision(score, nothing > 0))
    assert math.isnan(metrics.auc(score, nothing > 0))
    assert math.isnan(metrics.auc(score, nothing == 0))


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_as_scikit_learn_has_it(seed, size):
    rng = np.random.default_rng(seed)
    score, relevant = rng.permutation(size).astype(float), rng.integers(0, 2, size)
    relevant[:2] = 0, 1
    assert metrics.ndcg(score, relevant, 10) == pytest.approx(ndcg_score([relevant], [score], k=10))
    assert metrics.average_precision(score, relevant > 0) == pytest.approx(average_precision_score(relevant, score))
    ties = np.round(score / 3)
    assert metrics.auc(ties, relevant > 0) == pytest.approx(roc_auc_score(relevant, ties))


def test_bootstrap_draws_whole_groups():
    groups = np.repeat(["a", "b", "c", "d"], 5)
    seen = []

    def count(rows):
        seen.append(np.unique(groups[rows], return_counts=True)[1])
        return float(len(rows))

    low, high = metrics.bootstrap(count, groups, 50, seed=0)
    assert low == high == 20
    assert all((counts % 5 == 0).all() for counts in seen)


def test_bootstrap_interval_holds_the_mean_of_noise():
    values = np.random.default_rng(0).normal(1.0, 1.0, 400)
    groups = np.arange(400).astype(str)
    low, high = metrics.bootstrap(lambda rows: float(values[rows].mean()), groups, 300, seed=0)
    assert low < 1.0 < high
    assert high - low == pytest.approx(4 * values.std() / 20, rel=0.2)
