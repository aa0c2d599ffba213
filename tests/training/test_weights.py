"""A run's weights are found in its folder, or in the shipped file when it is the run that ships."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from moodlib import manifest, paths
from moodlib.errors import InputError
from moodlib.training import export, face_check, network, serving, targets, weights
from moodlib.training.config import FitConfig

SMALL = FitConfig(network=network.NetworkConfig(stem=4, widths=(4, 8), blocks=1, squeeze=2))


@pytest.fixture(params=[False, True], ids=["without the face check", "with it"])
def clone(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, keras.Model]:
    """A folder of models as a clone has it: the shipped file, its run without weights, and another run."""
    keras.utils.set_random_seed(4)
    trunk = targets.build(SMALL)
    check = face_check.FaceCheck(np.linspace(-1, 1, 8, dtype=np.float32), 0.5) if request.param else None
    network.with_serving_head(trunk, serving.Serving(0.6, 1.2), check).save(tmp_path / weights.SHIPPED)
    manifest.record(tmp_path / weights.SHIPPED, command="train", data="bars", run="ships", packages=("keras",))
    for name in ("ships", "other"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").write_text(json.dumps({"fit": SMALL.as_json()}))
    return tmp_path, trunk


def same(one: keras.Model, other: keras.Model) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(mine, its) for mine, its in pairs)


def test_the_run_that_ships_has_its_weights_in_the_shipped_file(clone: tuple[Path, keras.Model]) -> None:
    models, trunk = clone
    keras.utils.set_random_seed(5)
    assert not same(targets.build(SMALL), trunk)
    loaded, config = export.load_run(models / "runs" / "ships")
    assert config == SMALL
    assert same(loaded, trunk)


def test_weights_of_its_own_come_first(clone: tuple[Path, keras.Model]) -> None:
    models, _ = clone
    folder = models / "runs" / "ships"
    keras.utils.set_random_seed(6)
    own = targets.build(SMALL)
    own.save_weights(folder / weights.AVERAGED)
    assert weights.source(folder) == folder / weights.AVERAGED
    assert same(export.load_run(folder)[0], own)


def test_another_run_has_none(clone: tuple[Path, keras.Model]) -> None:
    models, _ = clone
    assert weights.source(models / "runs" / "other") is None
    with pytest.raises(InputError, match="the run to start from, other, has no weights here"):
        weights.needed(models / "runs" / "other", "the run to start from")
    (models / manifest.NAME).unlink()
    assert weights.source(models / "runs" / "ships") is None


def test_a_file_that_does_not_fit_is_refused(clone: tuple[Path, keras.Model]) -> None:
    models, _ = clone
    wider = targets.build(replace(SMALL, network=replace(SMALL.network, widths=(4, 12))))
    with pytest.raises(InputError, match="another shape"):
        weights.load(wider, models / weights.SHIPPED)
    with (models / weights.SHIPPED).open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="not the file that"):
        weights.load(targets.build(SMALL), models / weights.SHIPPED)


def test_a_training_can_start_from_what_this_repository_ships() -> None:
    run = manifest.read(paths.MODELS)[weights.SHIPPED]["run"]
    model, _ = export.load_run(paths.MODELS / "runs" / run)
    shipped = keras.saving.load_model(paths.MODELS / weights.SHIPPED, compile=False)
    faces = np.random.default_rng(7).integers(0, 256, (8, 48, 48, 1)).astype(np.float32)
    whole, alone = shipped.predict(faces, verbose=0), model.predict(faces[:, 2:46, 2:46], verbose=0)
    for head in ("fer2013", "ferplus"):
        logits = np.exp(alone[head] - alone[head].max(axis=1, keepdims=True))
        np.testing.assert_allclose(whole[head], logits / logits.sum(axis=1, keepdims=True), atol=1e-5)
