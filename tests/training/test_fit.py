"""A training can be stopped and resumed without a trace, and what it exports is what it trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from moodlib import manifest
from moodlib.errors import InputError
from moodlib.training import augment, export, fer2013, fit, network, served

SMALL = fit.FitConfig(
    epochs=2, batch=16, warm_up=0.5, seed=3, network=network.NetworkConfig(stem=4, widths=(4, 8), blocks=1, squeeze=2)
)


@pytest.fixture(scope="module")
def faces() -> fer2013.Faces:
    """Pictures whose label can be seen: each class is a bright bar in a place of its own."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 7, 160)
    images = rng.integers(0, 80, (160, 48, 48)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 6 * label : 8 + 6 * label] += 150
    votes = np.zeros((160, 10), np.uint8)
    votes[np.arange(160), labels] = 8
    usage = np.array(["Training"] * 128 + ["PublicTest"] * 32)
    return fer2013.Faces(images, labels.astype(np.int64), votes, usage)


@pytest.fixture(scope="module")
def whole(faces: fer2013.Faces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    fit.fit(faces, folder, SMALL, say=lambda line: None)
    return folder


def test_a_resumed_run_equals_an_unbroken_one(faces: fer2013.Faces, whole: Path, tmp_path: Path) -> None:
    def stop_after_first_epoch(line: str) -> None:
        if line.startswith("epoch 1/"):
            raise KeyboardInterrupt

    folder = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        fit.fit(faces, folder, SMALL, say=stop_after_first_epoch)
    assert len(pd.read_csv(folder / "history.csv")) == 1
    fit.fit(faces, folder, SMALL, resume=True, say=lambda line: None)

    ours, theirs = pd.read_csv(folder / "history.csv"), pd.read_csv(whole / "history.csv")
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4)
    first, second = export.load_run(folder)[0], export.load_run(whole)[0]
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_history_and_configuration_are_on_disk(whole: Path) -> None:
    history = pd.read_csv(whole / "history.csv")
    assert history["epoch"].tolist() == [0, 1]
    assert {"loss", "fer2013_accuracy", "val_fer2013_accuracy", "val_ferplus_accuracy", "learning_rate"} <= set(history)
    recorded = json.loads((whole / "config.json").read_text())
    assert fit.FitConfig.from_json(recorded["fit"]) == SMALL


def test_a_run_is_neither_overwritten_nor_resumed_with_other_options(faces: fer2013.Faces, whole: Path) -> None:
    with pytest.raises(InputError, match="already holds a run; give --resume"):
        fit.fit(faces, whole, SMALL)
    with pytest.raises(InputError, match="another rate"):
        fit.fit(faces, whole, replace(SMALL, rate=0.01), resume=True)
    with pytest.raises(InputError, match="no run to resume"):
        fit.fit(faces, whole / "none", SMALL, resume=True)


def test_export_ships_what_was_trained(faces: fer2013.Faces, whole: Path, tmp_path: Path) -> None:
    figures = export.export(whole, faces, tmp_path, command="train", data="bars")
    assert figures["keras_litert_difference"] < export.TOLERANCE
    for name in ("emotion.keras", "emotion.tflite"):
        manifest.verify(tmp_path / name)
    heads = served.heads(tmp_path / "emotion.tflite", faces)
    assert {name: value.shape for name, value in heads.items()} == {
        "served": (160, 7),
        "fer2013": (160, 7),
        "ferplus": (160, 8),
    }
    for value in heads.values():
        np.testing.assert_allclose(value.sum(axis=1), 1, atol=1e-4)
    card = (tmp_path / "emotion.md").read_text()
    assert f"{figures['served']['fer2013_accuracy']:.1%}" in card
    assert "$" not in card


def test_serving_pool_is_the_formula(faces: fer2013.Faces) -> None:
    trunk = network.build(SMALL.network)
    serving = network.Serving(weight=0.25, temperature=1.7)
    images = faces.images[:5]
    out = network.with_serving_head(trunk, serving)(images[..., None].astype(np.float32))
    logits = trunk(augment.centre_crop(images, network.CROP))
    pooled = 0.25 * np.array(logits["fer2013"]) + 0.75 * np.array(logits["ferplus"])[:, :7]
    expected = np.exp(pooled / 1.7) / np.exp(pooled / 1.7).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.array(out["served"]), expected, atol=1e-5)


def test_temperature_undoes_too_much_confidence(faces: fer2013.Faces) -> None:
    rng = np.random.default_rng(0)
    n = 4000
    truth = rng.dirichlet(np.ones(7), n)
    labels = np.array([rng.choice(7, p=p) for p in truth])
    many = fer2013.Faces(np.zeros((n, 48, 48), np.uint8), labels, None, np.array(["Training"] * n))
    logits = 3.0 * np.log(truth + 1e-9)
    serving = export.fit_serving(logits, np.zeros((n, 8)), many)
    assert serving.weight == 1.0
    assert serving.temperature == pytest.approx(3.0, rel=0.1)


def test_augmentation_keeps_the_range_and_repeats_with_the_seed(faces: fer2013.Faces) -> None:
    config = augment.AugmentConfig()
    first, second = (augment.augment(faces.images, 44, config, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (160, 44, 44, 1)
    assert first.min() >= 0
    assert first.max() <= 255


def test_augmentation_switched_off_is_the_centre_crop(faces: fer2013.Faces) -> None:
    still = augment.AugmentConfig(flip=False, rotation=0, scale=(1.0, 1.0), shift=0, contrast=0, brightness=0, cutout=0)
    out = augment.augment(faces.images, 44, still, np.random.default_rng(9))
    np.testing.assert_allclose(out, augment.centre_crop(faces.images, 44), atol=1e-3)
