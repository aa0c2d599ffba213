"""Train the emotion network: data in, a run folder with history and checkpoint out.

The batch that a step sees depends only on the seed, the epoch and the number of the batch, and the noise of dropout is
seeded anew at each epoch; so a run that was stopped and resumed sees what an unbroken one would have seen.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from moodlib.errors import InputError
from moodlib.training import curves, duplicates, fused, heads, network, progress, weights
from moodlib.training.augment import augment, centre_crop
from moodlib.training.averaging import AverageWeights
from moodlib.training.config import BFLOAT16, FitConfig
from moodlib.training.fer2013 import FERPLUS_NAMES, Faces, ferplus_majority
from moodlib.training.targets import Targets, blend, build, mix, targets, teach
from moodlib.training.weights import AVERAGED

# One face in twenty is kept out of training, to fit the calibration on faces that the network did not learn.
HELD_ASIDE: Final = 0.05


def split(faces: Faces, config: FitConfig) -> tuple[Faces, Faces]:
    """Training faces, and those held aside for the calibration; the same for every seed.

    A held-aside face whose very picture is also among the learned ones would make the network look surer than it may
    be; such faces are left out of both.
    """
    order = np.random.default_rng(2013).permutation(len(faces))
    aside = int(len(faces) * HELD_ASIDE)
    learn = order[aside:]
    held = faces.where(np.sort(order[:aside]))
    fresh = ~duplicates.exact(held, faces.where(learn))
    return faces.where(np.sort(learn[: config.limit or None])), held.where(fresh)


class Batches(keras.utils.PyDataset):
    """Augmented training batches, a pure function of (seed, epoch, index)."""

    def __init__(self, faces: Faces, config: FitConfig, teacher: Targets | None = None) -> None:
        """Batches of faces.

        Args:
            faces: The learned faces.
            config: The run's configuration.
            teacher: What the teacher says of each face, when there is one.
        """
        super().__init__()
        self._faces, self._config = faces, config
        self.targets, self.weights = targets(faces)
        if teacher is not None:
            self.targets = blend(self.targets, teacher, config.trust)
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._faces) // self._config.batch

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        config = self._config
        order = np.random.default_rng((config.seed, self.epoch)).permutation(len(self._faces))
        rows = order[index * config.batch : (index + 1) * config.batch]
        rng = np.random.default_rng((config.seed, self.epoch, index))
        x = augment(self._faces.images[rows], network.CROP, config.augment, rng)
        y = {name: value[rows] for name, value in self.targets.items()}
        weight = {name: value[rows] for name, value in self.weights.items()}
        return mix(x, y, weight, config.mix, rng) if config.mix else (x, y, weight)


def _validation(faces: Faces) -> tuple[Any, Any, Any]:
    """Validation faces; the FER+ head is scored on the rows where one emotion has the majority."""
    y, weight = targets(faces)
    if faces.votes is not None:
        majority = ferplus_majority(faces.votes)
        y["ferplus"] = np.eye(len(FERPLUS_NAMES), dtype=np.float32)[np.maximum(majority, 0)]
        weight["ferplus"] = (majority >= 0).astype(np.float32)
    return centre_crop(faces.images, network.CROP), y, weight


def _learner(config: FitConfig) -> keras.Model:
    """The untrained network, computing in the precision that the configuration names."""
    if config.precision != BFLOAT16:
        return build(config)
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return build(config)
    finally:
        keras.config.set_dtype_policy(usual)


def _compile(model: keras.Model, config: FitConfig, steps: int) -> None:
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=max(1, int(steps * (config.epochs - config.warm_up))),
        warmup_target=config.rate,
        warmup_steps=max(1, int(steps * config.warm_up)),
    )
    optimizer = keras.optimizers.SGD(
        rate,
        momentum=config.momentum,
        nesterov=True,
        weight_decay=config.decay,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    model.compile(
        optimizer,
        loss={
            "fer2013": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.smoothing),
            "ferplus": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        weighted_metrics={
            "fer2013": [keras.metrics.CategoricalAccuracy(name="accuracy")],
            "ferplus": [keras.metrics.CategoricalAccuracy(name="accuracy")],
        },
    )


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    try:
        return keras.callbacks.TensorBoard(folder / "tensorboard")
    except ImportError as error:
        raise InputError("TensorBoard files need TensorFlow and TensorBoard; leave --tensorboard away.") from error


def _finished(folder: Path, config: FitConfig) -> Path | None:
    """The result when all epochs were run and it is there, though checkpoint, parents or teacher may be gone."""
    history = folder / "history.csv"
    lines = history.read_text(encoding="utf-8").count("\n") if history.exists() else 0
    return weights.source(folder) if config.epochs == 0 or lines > config.epochs else None


def fit(
    faces: Faces,
    folder: Path,
    config: FitConfig,
    *,
    resume: bool = False,
    tensorboard: bool = False,
    say: Callable[[str], None] = print,
    step: progress.Step | None = None,
) -> keras.Model:
    """Train the network and leave history, configuration and checkpoint in a run folder.

    Args:
        faces: Rows with usage Training are learned; rows with PublicTest are the validation set.
        folder: The run folder, `models/runs/<name>`.
        config: The training's configuration. With `resume` it must equal the recorded one.
        resume: Go on from the checkpoint of the last whole epoch.
        tensorboard: Also write TensorBoard files (when TensorBoard is installed).
        say: Receives one line per epoch.
        step: Told after every batch how far the training is.

    Returns:
        The trunk with the averaged weights after the last epoch.

    Raises:
        InputError: There is nothing to resume, or it was made with another configuration; or the folder already holds
            a run and `resume` is False; or the run to start from has no weights; or TensorBoard is not installed.
        KeyboardInterrupt: Ctrl-C was pressed. The last whole epoch is kept, and `resume` goes on from it.
    """
    recorded, checkpoint = folder / "config.json", folder / "checkpoint"
    if resume:
        if not recorded.exists():
            raise InputError(f"{folder}: there is no run to resume here; leave --resume away to start one.")
        before = FitConfig.from_json(json.loads(recorded.read_text())["fit"]).as_json()
        if before != config.as_json():
            changed = [key for key, value in config.as_json().items() if before.get(key) != value]
            raise InputError(f"{folder}: the run was started with another {', '.join(changed)}; give the same options.")
    elif recorded.exists():
        raise InputError(f"{folder} already holds a run; give --resume to go on, or another --name.")
    if resume and (found := _finished(folder, config)):
        model = build(config)
        weights.load(model, found)
        return model
    starts = [weights.needed(folder.parent / name, "the run to start from") for name in config.starts]
    folder.mkdir(parents=True, exist_ok=True)
    if not resume:
        about = {"fit": config.as_json(), "backend": keras.backend.backend(), "keras": keras.__version__}
        recorded.write_text(json.dumps({**about, "python": platform.python_version()}, indent=2) + "\n")

    fused.install()
    learn, _ = split(faces.of("Training"), config)
    batches = Batches(learn, config, teach(learn, folder, config) if config.teachers else None)
    keras.utils.set_random_seed(config.seed)
    model = _learner(config) if config.epochs else build(config)
    if starts:
        weights.load_mean(model, starts)
    if config.epochs == 0:
        if config.refit:
            say(f"Fitting the heads to {len(learn):,} faces ...")
            heads.refit(model, learn.images, batches.targets, batches.weights, config.smoothing, config.refit)
        model.save_weights(folder / AVERAGED, overwrite=True)
        say(f"{'The mean of ' * (len(config.starts) > 1)}{' and '.join(config.starts)}; no epoch is learned beyond it.")
        return model
    _compile(model, config, len(batches))
    say(f"{len(learn):,} faces, {model.count_params() / 1e6:.2f} M parameters, Keras on {keras.backend.backend()}")
    stop = progress.Stop()
    callbacks: list[keras.callbacks.Callback] = [
        progress.Seeds(batches, config.seed),
        progress.Rate(),
        AverageWeights(folder / AVERAGED, config.ema, config.growth),
        keras.callbacks.BackupAndRestore(checkpoint, delete_checkpoint=False),
        keras.callbacks.CSVLogger(folder / "history.csv", append=resume),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda _epoch, _logs: curves.write(folder)),
        progress.Report(say, step, config.epochs),
        stop,
    ]
    if tensorboard:
        callbacks.append(_tensorboard(folder))
    with stop.listening():
        model.fit(
            batches,
            epochs=config.epochs,
            validation_data=_validation(faces.of("PublicTest")),
            validation_batch_size=256,
            callbacks=callbacks,
            verbose=0,
            shuffle=False,
        )
    model = build(config)
    model.load_weights(folder / AVERAGED)
    return model
