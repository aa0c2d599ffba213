"""Targets: what people said, what a teacher adds, and faces laid over each other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.errors import InputError
from moodlib.training import fer2013, fit, network, targets, weights
from moodlib.training.config import FitConfig

SMALL = FitConfig(
    epochs=1, batch=16, warm_up=0.5, seed=3, network=network.NetworkConfig(stem=4, widths=(4, 8), blocks=1, squeeze=2)
)


def faces(count: int = 48) -> fer2013.Faces:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (count, 48, 48)).astype(np.uint8)
    votes = np.zeros((count, 10), np.uint8)
    labels = np.arange(count) % 7
    votes[np.arange(count), labels] = 6
    votes[0] = 0
    usage = np.where(np.arange(count) < 40, "Training", "PublicTest")
    return fer2013.Faces(images, labels.astype(np.int64), votes, usage)


def trained(folder: Path, seed: int = 11) -> keras.Model:
    """A run folder whose network was never trained, but whose weights are not all zero."""
    keras.utils.set_random_seed(seed)
    model = targets.build(SMALL)
    folder.mkdir(parents=True)
    model.save_weights(folder / weights.AVERAGED)
    (folder / "config.json").write_text(json.dumps({"fit": SMALL.as_json()}))
    return model


def test_ten_crops_are_five_places_and_their_mirrors() -> None:
    image = np.arange(48 * 48, dtype=np.int64).reshape(1, 48, 48).astype(np.uint8)
    crops = list(targets.ten_crops(image, 44))
    assert [crop.shape for crop in crops] == [(1, 44, 44, 1)] * 10
    np.testing.assert_array_equal(crops[0][0, :, :, 0], image[0, 2:46, 2:46])
    np.testing.assert_array_equal(crops[8][0, :, :, 0], image[0, 4:, 4:])
    for plain, mirrored in zip(crops[::2], crops[1::2], strict=True):
        np.testing.assert_array_equal(plain, mirrored[:, :, ::-1])


def test_a_teacher_says_the_mean_of_its_crops(tmp_path: Path) -> None:
    model, some = trained(tmp_path / "teacher"), faces(5)
    learner = tmp_path / "learner"
    learner.mkdir()
    config = replace(SMALL, teacher="teacher")
    said = targets.teach(some, learner, config)
    for name in ("fer2013", "ferplus"):
        each = []
        for crop in targets.ten_crops(some.images, network.CROP):
            logits = np.asarray(keras.ops.convert_to_numpy(model(crop)[name]), np.float64)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            each.append(odds / odds.sum(axis=1, keepdims=True))
        np.testing.assert_allclose(said[name], np.mean(each, axis=0), atol=1e-5)
    # A resumed run needs no teacher any more: its answers are kept, and are the same.
    (tmp_path / "teacher" / weights.AVERAGED).unlink()
    again = targets.teach(some, learner, config)
    np.testing.assert_array_equal(again["fer2013"], said["fer2013"])


def test_several_teachers_say_the_mean_of_what_each_says(tmp_path: Path) -> None:
    some, said = faces(5), {}
    trained(tmp_path / "one", 11)
    trained(tmp_path / "other", 12)
    for name in ("one", "other", "one+other"):
        learner = tmp_path / f"pupil of {name}"
        learner.mkdir()
        said[name] = targets.teach(some, learner, replace(SMALL, teacher=name))
    for head in ("fer2013", "ferplus"):
        one, other = said["one"][head], said["other"][head]
        assert np.abs(one - other).max() > 1e-3
        np.testing.assert_allclose(said["one+other"][head], (one + other) / 2, atol=1e-6)
        assert said["one+other"][head].dtype == np.float32


def test_one_missing_teacher_of_two_is_named_before_the_other_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(tmp_path / "one")
    monkeypatch.setattr(targets, "build", lambda config: pytest.fail("asked although the other is missing"))
    with pytest.raises(InputError, match="to learn from, nobody"):
        targets.teach(faces(2), tmp_path / "learner", replace(SMALL, teacher="one+nobody"))


def test_a_teacher_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody.*the run to learn from, nobody, has no weights here"):
        fit.fit(faces(), tmp_path / "learner", replace(SMALL, teacher="nobody"), say=lambda line: None)


def test_trust_lies_between_people_and_teacher() -> None:
    people, _ = targets.targets(faces(4))
    teacher = {name: np.full_like(value, 1 / value.shape[1]) for name, value in people.items()}
    assert targets.blend(people, teacher, 0.0)["fer2013"].tolist() == people["fer2013"].tolist()
    assert targets.blend(people, teacher, 1.0)["ferplus"].tolist() == teacher["ferplus"].tolist()
    half = targets.blend(people, teacher, 0.5)["fer2013"]
    np.testing.assert_allclose(half[0], [0.5 + 1 / 14] + [1 / 14] * 6, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 2.0))
def test_mixing_keeps_targets_whole_and_leaves_silent_rows_out(seed: int, alpha: float) -> None:
    some = faces(12)
    y, weight = targets.targets(some)
    x = some.images[:, 2:46, 2:46, None].astype(np.float32)
    mixed, mixed_y, mixed_weight = targets.mix(x, y, weight, alpha, np.random.default_rng(seed))
    assert mixed.shape == x.shape
    assert mixed.min() >= 0
    assert mixed.max() <= 255
    for name in y:
        np.testing.assert_allclose(mixed_y[name].sum(axis=1), 1, atol=1e-5)
        assert mixed_weight[name].min() >= 0
        assert mixed_weight[name].max() <= 1 + 1e-6
    # Row 0 has no votes: in the pairs it is in, the second head hears the other face alone.
    assert weight["ferplus"][0] == 0
    loss = {name: (mixed_weight[name][:, None] * mixed_y[name]).sum() for name in y}
    np.testing.assert_allclose(loss["fer2013"], 12, rtol=1e-5)
    assert loss["ferplus"] < 12


def test_a_mixed_face_is_made_of_two_in_the_shares_of_its_targets() -> None:
    x = np.stack([np.zeros((44, 44, 1)), np.full((44, 44, 1), 200.0)]).astype(np.float32)
    y = {"fer2013": np.eye(7, dtype=np.float32)[:2]}
    weight = {"fer2013": np.ones(2, np.float32)}
    pairs = 0
    for seed in range(20):
        mixed, mixed_y, _ = targets.mix(x, y, weight, 1.0, np.random.default_rng(seed))
        np.testing.assert_allclose(mixed[:, 0, 0, 0], 200 * mixed_y["fer2013"][:, 1], rtol=1e-4, atol=1e-4)
        # The face that the row is of always has the larger share.
        assert mixed_y["fer2013"][0, 0] >= 0.5
        pairs += mixed_y["fer2013"][0, 0] < 0.999
    assert pairs > 3


def test_a_run_with_a_teacher_and_mixing_learns_and_resumes(tmp_path: Path) -> None:
    trained(tmp_path / "teacher")
    config = replace(SMALL, epochs=2, teacher="teacher", mix=0.3)
    fit.fit(faces(), tmp_path / "whole", config, say=lambda line: None)

    def stop(line: str) -> None:
        if line.startswith("epoch 1/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit.fit(faces(), tmp_path / "broken", config, say=stop)
    fit.fit(faces(), tmp_path / "broken", config, resume=True, say=lambda line: None)
    whole, broken = targets.build(config), targets.build(config)
    whole.load_weights(tmp_path / "whole" / weights.AVERAGED)
    broken.load_weights(tmp_path / "broken" / weights.AVERAGED)
    for one, other in zip(whole.get_weights(), broken.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("wrong", [{"trust": 1.2}, {"trust": -0.1}, {"mix": -1.0}])
def test_a_share_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="mix-up"):
        FitConfig.from_json({**SMALL.as_json(), **wrong})


def test_a_run_of_no_epochs_is_the_mean_of_those_it_starts_from(tmp_path: Path) -> None:
    one = trained(tmp_path / "one").get_weights()
    keras.utils.set_random_seed(12)
    second = targets.build(SMALL)
    (tmp_path / "two").mkdir()
    second.save_weights(tmp_path / "two" / weights.AVERAGED)
    config = FitConfig.from_json({**SMALL.as_json(), "epochs": 0, "start": "one+two"})
    fit.fit(faces(), tmp_path / "mean", config, say=lambda line: None)
    # What was measured again later is the same run.
    fit.fit(faces(), tmp_path / "mean", config, resume=True, say=lambda line: None)
    mean = targets.build(SMALL)
    mean.load_weights(tmp_path / "mean" / weights.AVERAGED)
    for ours, first, other in zip(mean.get_weights(), one, second.get_weights(), strict=True):
        np.testing.assert_allclose(ours, (first + other) / 2, atol=1e-6)


def test_no_epochs_need_several_runs_and_each_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one epoch"):
        FitConfig.from_json({**SMALL.as_json(), "epochs": 0, "start": "one"})
    trained(tmp_path / "one")
    with pytest.raises(InputError, match="the run to start from, two, has no weights here"):
        fit.fit(faces(), tmp_path / "mean", replace(SMALL, epochs=0, start="one+two"), say=lambda line: None)
    assert not (tmp_path / "mean").exists()
