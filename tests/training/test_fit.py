"""A training can be stopped and resumed without a trace, and what it exports is what it trained."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from moodlib import manifest
from moodlib.errors import InputError
from moodlib.training import augment, averaging, config, export, face_check, fer2013, fit, network, served, serving


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Ctrl-C as a terminal has it: what a shell starts in the background ignores it from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
    _same(folder, whole)


def test_ctrl_c_in_the_middle_of_an_epoch_loses_nothing(faces: fer2013.Faces, whole: Path, tmp_path: Path) -> None:
    def press_in_the_second_epoch(epoch: int, batch: int, batches: int, logs: dict[str, float]) -> None:
        assert batches == 121 // SMALL.batch
        assert 0 <= logs["fer2013_accuracy"] <= 1
        if (epoch, batch) == (1, 3):
            os.kill(os.getpid(), signal.SIGINT)

    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        fit.fit(faces, folder, SMALL, say=lambda line: None, step=press_in_the_second_epoch)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(pd.read_csv(folder / "history.csv")) == 1
    fit.fit(faces, folder, SMALL, resume=True, say=lambda line: None)
    _same(folder, whole)


def test_ctrl_c_in_the_first_epoch_starts_again(faces: fer2013.Faces, whole: Path, tmp_path: Path) -> None:
    def press_at_once(epoch: int, batch: int, batches: int, logs: dict[str, float]) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    folder = tmp_path / "early"
    with pytest.raises(KeyboardInterrupt):
        fit.fit(faces, folder, SMALL, say=lambda line: None, step=press_at_once)
    fit.fit(faces, folder, SMALL, resume=True, say=lambda line: None)
    _same(folder, whole)


def test_the_same_seed_gives_the_same_network(faces: fer2013.Faces, whole: Path, tmp_path: Path) -> None:
    fit.fit(faces, tmp_path / "again", SMALL, say=lambda line: None)
    _same(tmp_path / "again", whole)


@pytest.mark.parametrize("architecture", [config.RESIDUAL, config.MINI_XCEPTION])
def test_short_floats_compute_only_inside(faces: fer2013.Faces, tmp_path: Path, architecture: str) -> None:
    settings = replace(SMALL, epochs=1, precision=config.BFLOAT16, architecture=architecture)
    learner = fit._learner(settings)
    assert keras.config.dtype_policy().name == "float32", "what is built later is not concerned"
    inside = [layer.compute_dtype for layer in learner.layers if isinstance(layer, keras.layers.Conv2D)]
    assert set(inside) == {"bfloat16"}
    assert {output.dtype for output in learner.outputs} == {"float32"}
    assert {weight.dtype for weight in learner.trainable_weights} == {"float32"}

    trained = fit.fit(faces, tmp_path / "short", settings, say=lambda line: None)
    assert {layer.compute_dtype for layer in trained.layers} == {"float32"}
    again = fit.fit(faces, tmp_path / "short", settings, resume=True, say=lambda line: None)
    crops = augment.centre_crop(faces.images, network.CROP)
    for head in ("fer2013", "ferplus"):
        one, other = (model.predict(crops, verbose=0)[head] for model in (trained, again))
        np.testing.assert_array_equal(one, other)
        near = learner_says(learner, trained, crops)[head]
        np.testing.assert_allclose(near, one, atol=0.05 * np.abs(one).max())


def learner_says(learner: keras.Model, trained: keras.Model, crops: np.ndarray) -> dict[str, np.ndarray]:
    """What the network in short floats says with the trained weights."""
    learner.set_weights(trained.get_weights())
    said: dict[str, np.ndarray] = learner.predict(crops, verbose=0)
    return said


def test_a_finished_run_needs_no_parents_teacher_or_checkpoint(
    faces: fer2013.Faces, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "finished"
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("checkpoint"))
    child = replace(SMALL, start="gone", teacher="gone too")
    (folder / "config.json").write_text(json.dumps({"fit": child.as_json()}))
    again = fit.fit(faces, folder, child, resume=True, say=lambda line: None)
    for ours, theirs in zip(again.get_weights(), export.load_run(whole)[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # Not so when epochs are missing: then what they are made of is needed.
    lines = (folder / "history.csv").read_text().splitlines(keepends=True)
    (folder / "history.csv").write_text("".join(lines[:-1]))
    with pytest.raises(InputError, match="gone"):
        fit.fit(faces, folder, child, resume=True, say=lambda line: None)


def test_a_slowly_growing_average_spans_more_of_the_run(tmp_path: Path) -> None:
    def average(growth: float) -> float:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        model.compile(keras.optimizers.SGD())
        callback = averaging.AverageWeights(tmp_path / f"{growth}.weights.h5", 0.9999, growth)
        callback.set_model(model)
        model.set_weights([np.zeros((1, 1))])
        callback.on_train_begin()
        for step in range(1, 101):
            model.set_weights([np.full((1, 1), float(step))])
            model.optimizer.iterations.assign(step)
            callback.on_train_batch_end(step)
        callback.on_epoch_end(0)
        model.load_weights(tmp_path / f"{growth}.weights.h5")
        return float(model.get_weights()[0][0, 0])

    # All steps alike, the start twice.
    assert average(2.0) == pytest.approx(sum(range(101)) / 102, rel=1e-5)
    assert average(2.0) < average(4.0) < average(10.0) < 100


def _same(folder: Path, other: Path) -> None:
    ours, theirs = pd.read_csv(folder / "history.csv"), pd.read_csv(other / "history.csv")
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4)
    first, second = export.load_run(folder)[0], export.load_run(other)[0]
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
        "face": (160, 1),
    }
    assert 0.5 < figures["face_check"]["auc"] <= 1
    for name in ("served", "fer2013", "ferplus"):
        value = heads[name]
        np.testing.assert_allclose(value.sum(axis=1), 1, atol=1e-4)
    assert figures["litert_weights"] in export.SHIPPABLE
    assert export.acceptable(figures["litert_tried"][-1])
    assert not any(export.acceptable(tried) for tried in figures["litert_tried"][:-1])
    assert sum(figures["balance"]["PublicTest"].values()) == 32
    card = (tmp_path / "emotion.md").read_text()
    assert f"{figures['served']['fer2013_accuracy']:.1%}" in card
    assert "$" not in card


@pytest.mark.parametrize(
    ("lost", "difference", "ships"),
    [(0.0, 0.0, True), (0.002, 0.009, True), (0.0021, 0.0, False), (0.0, 0.011, False), (0.0, float("nan"), False)],
)
def test_a_smaller_file_ships_when_it_is_right_as_often(lost: float, difference: float, ships: bool) -> None:
    assert export.acceptable({"lost": {"fer2013": -0.01, "served": lost}, "difference": difference}) is ships


def test_held_aside_faces_share_no_picture_with_learned_ones(faces: fer2013.Faces) -> None:
    training = faces.of("Training")
    doubled = training.where(np.concatenate([np.arange(len(training)), np.arange(len(training))]))
    learn, aside = fit.split(doubled, SMALL)
    learned = {image.tobytes() for image in learn.images}
    assert len(learn) + int(len(doubled) * fit.HELD_ASIDE) == len(doubled)
    assert not any(image.tobytes() in learned for image in aside.images)


def test_configuration_file_is_checked(tmp_path: Path, whole: Path) -> None:
    assert config.read(whole / "config.json") == SMALL
    file = tmp_path / "mine.json"
    file.write_text('{"epochs": 3, "augment": {"rotation": 5}}')
    assert config.read(file) == config.FitConfig(
        epochs=3, augment=augment.AugmentConfig(rotation=5, degrade=0.0, turned=0.0)
    )
    for content, message in (
        ("{", "is not JSON"),
        ("[1]", "is a JSON object"),
        ('{"epoch": 3}', 'has no "epoch"'),
        ('{"network": {"depth": 3}}', 'has no "depth"'),
        ('{"architecture": "vgg"}', 'no network "vgg"'),
        ('{"precision": "float8"}', 'no precision "float8"'),
        ('{"epochs": 0}', "at least one epoch"),
    ):
        file.write_text(content)
        with pytest.raises(InputError, match=message):
            config.read(file)
    with pytest.raises(InputError, match="no such configuration"):
        config.read(tmp_path / "none.json")


def test_the_baseline_is_small_and_stays_in_its_own_folder(faces: fer2013.Faces, tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=1, architecture=config.MINI_XCEPTION)
    folder = tmp_path / "runs" / "baseline"
    fit.fit(faces, folder, settings, say=lambda line: None)
    figures = export.export(folder, faces, tmp_path, command="train", data="bars")
    assert 50_000 < figures["parameters"] < 80_000
    manifest.verify(folder / "emotion.tflite")
    assert not (folder / "emotion.keras").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_serving_pool_is_the_formula(faces: fer2013.Faces) -> None:
    trunk = network.build(SMALL.network)
    bias = np.linspace(-0.3, 0.3, 7)
    # So much is taken back that some emotions are cut off, which must be the same in model and formula.
    how = network.Serving(weight=0.25, temperature=0.05, smoothing=0.3, bias=tuple(bias))
    images = faces.images[:5]
    out = np.array(network.with_serving_head(trunk, how)(images[..., None].astype(np.float32))["served"])
    logits = {name: np.array(value) for name, value in trunk(augment.centre_crop(images, network.CROP)).items()}
    pooled = (0.25 * logits["fer2013"] + 0.75 * logits["ferplus"][:, :7]) / 0.05 + bias
    q = np.exp(pooled) / np.exp(pooled).sum(axis=1, keepdims=True)
    d = 1.3 * q - 0.3 / 7
    p = (d + np.sqrt(d**2 + 4 * serving.ROUND**2)) / 2
    np.testing.assert_allclose(out, p / p.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(out.sum(axis=1), 1, atol=1e-5)
    assert (d < 0).any()
    np.testing.assert_allclose(serving.pool(logits["fer2013"], logits["ferplus"], how), out, atol=1e-5)


def test_the_face_check_is_a_logistic_regression_on_the_pooled_features(faces: fer2013.Faces) -> None:
    trunk = network.build(SMALL.network)
    cut = augment.centre_crop(faces.images[:5], network.CROP)
    seen = np.array(network.features(trunk)(cut)["features"])
    check = face_check.FaceCheck(np.linspace(-1, 1, seen.shape[1]).astype(np.float32), 0.25)
    model = network.with_serving_head(trunk, network.Serving(), check)
    out = model(faces.images[:5, ..., None].astype(np.float32))
    np.testing.assert_allclose(np.array(out["face"])[:, 0], check.probability(seen), atol=1e-5)
    assert "face" not in network.with_serving_head(trunk, network.Serving()).output


def test_augmentation_keeps_the_range_and_repeats_with_the_seed(faces: fer2013.Faces) -> None:
    config = augment.AugmentConfig()
    first, second = (augment.augment(faces.images, 44, config, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (160, 44, 44, 1)
    assert first.min() >= 0
    assert first.max() <= 255


def test_augmentation_switched_off_is_the_centre_crop(faces: fer2013.Faces) -> None:
    still = augment.AugmentConfig(
        flip=False, rotation=0, scale=(1.0, 1.0), shift=0, contrast=0, brightness=0, cutout=0, degrade=0, turned=0
    )
    out = augment.augment(faces.images, 44, still, np.random.default_rng(9))
    np.testing.assert_allclose(out, augment.centre_crop(faces.images, 44), atol=1e-3)
