"""The heads fitted once more: the one best answer, and nothing but the heads is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from moodlib.errors import InputError
from moodlib.training import fit, heads, network, targets, weights
from moodlib.training.augment import centre_crop
from moodlib.training.config import FitConfig
from tests.training.test_targets import SMALL, faces, trained


def test_it_finds_what_the_targets_were_made_with() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(3.0, 1.0, (400, 5))
    kernel, bias = rng.normal(size=(5, 4)), rng.normal(size=4)
    y = softmax(x @ kernel + bias, axis=1)
    found, offset = heads.softmax_regression(x, y, np.ones(400), 1e-9)
    np.testing.assert_allclose(softmax(x @ found + offset, axis=1), y, atol=1e-3)


def test_hard_labels_give_what_scikit_learn_gives() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0.0, 1.0, (300, 4))
    labels = (x @ rng.normal(size=(4, 3)) + rng.gumbel(size=(300, 3))).argmax(axis=1)
    kernel, bias = heads.softmax_regression(x, np.eye(3)[labels], np.ones(300), 0.01)
    # scikit-learn sums the losses and halves the penalty.
    theirs = LogisticRegression(C=1 / (2 * 0.01 * 300), max_iter=2000, tol=1e-8).fit(x, labels)
    np.testing.assert_allclose(softmax(x @ kernel + bias, axis=1), theirs.predict_proba(x), atol=2e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-4, 1.0))
def test_no_other_answer_is_better(seed: int, penalty: float) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(60, 3)), rng.uniform(0, 2, 60)
    y = softmax(rng.normal(size=(60, 4)) * 2, axis=1)
    kernel, bias = heads.softmax_regression(x, y, weight, penalty)

    def loss(a: np.ndarray, b: np.ndarray) -> float:
        said = log_softmax(x @ a + b, axis=1)
        return float(-(weight[:, None] * y * said).sum() / weight.sum() + penalty * (a**2).sum())

    least = loss(kernel, bias)
    for _ in range(20):
        off = loss(kernel + rng.normal(0, 0.05, kernel.shape), bias + rng.normal(0, 0.05, bias.shape))
        assert off >= least - 1e-6


def test_rows_of_weight_zero_say_nothing() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(80, 3)), softmax(rng.normal(size=(80, 4)), axis=1)
    weight = np.repeat([1.0, 0.0], 40)
    wrong = np.where(weight[:, None] > 0, y, np.eye(4)[0])
    kernel, bias = heads.softmax_regression(x, y, weight, 0.01)
    other, offset = heads.softmax_regression(x, wrong, weight, 0.01)
    np.testing.assert_allclose(softmax(x @ kernel + bias, axis=1), softmax(x @ other + offset, axis=1), atol=1e-6)


def test_the_heads_say_the_targets_better_and_the_trunk_stays(tmp_path: Path) -> None:
    model, some = trained(tmp_path / "run"), faces()
    y, weight = targets.targets(some)
    before = {layer.name: [value.copy() for value in layer.get_weights()] for layer in model.layers}

    def wrong(name: str) -> float:
        logits = model.predict(centre_crop(some.images, network.CROP), verbose=0)[name]
        return float(-(weight[name][:, None] * y[name] * log_softmax(logits, axis=1)).sum() / weight[name].sum())

    first = {name: wrong(name) for name in y}
    heads.refit(model, some.images, y, weight, 0.0, 1e-6)
    for name in y:
        assert wrong(name) < 0.95 * first[name]
    for layer in model.layers:
        same = all(np.array_equal(a, b) for a, b in zip(layer.get_weights(), before[layer.name], strict=True))
        assert same == (layer.name not in y)


def test_without_votes_their_head_stays(tmp_path: Path) -> None:
    model, some = trained(tmp_path / "run"), replace(faces(), votes=None)
    y, weight = targets.targets(some)
    before = model.get_layer("ferplus").get_weights()
    heads.refit(model, some.images, y, weight, 0.1, 1e-3)
    for ours, theirs in zip(model.get_layer("ferplus").get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_run_of_heads_alone_is_kept_and_the_same_again(tmp_path: Path) -> None:
    trained(tmp_path / "one", 11)
    config = replace(SMALL, epochs=0, start="one", refit=1e-3)
    first = fit.fit(faces(), tmp_path / "anew", config, say=lambda line: None)
    said: list[str] = []
    fit.fit(faces(), tmp_path / "again", config, say=said.append)
    assert said[-1] == "one; no epoch is learned beyond it."
    kept: keras.Model = targets.build(SMALL)
    for run in ("anew", "again"):
        kept.load_weights(tmp_path / run / weights.AVERAGED)
        for ours, theirs in zip(first.get_weights(), kept.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)
    start = targets.build(SMALL)
    start.load_weights(tmp_path / "one" / weights.AVERAGED)
    moved = np.abs(first.get_layer("fer2013").get_weights()[0] - start.get_layer("fer2013").get_weights()[0]).max()
    assert moved > 1e-3


@pytest.mark.parametrize("change", [{"refit": 0.1}, {"refit": -1.0, "epochs": 0, "start": "one"}])
def test_a_penalty_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="penalty above 0, and after 0 epochs only"):
        FitConfig.from_json({**SMALL.as_json(), **change})
