"""What happens beside the learning: seeds, the learning rate's record, reports, and a clean stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

import keras
import numpy as np

Step = Callable[[int, int, int, dict[str, float]], None]
"""Receives the epoch and the number of the batch in it, both from 0, the batches in an epoch, and the epoch's means."""


class HasEpoch(Protocol):
    """Batches that depend on the epoch."""

    epoch: int


class Seeds(keras.callbacks.Callback):
    """Makes each epoch's order and noise depend on the epoch alone, so that a resumed run repeats an unbroken one."""

    def __init__(self, batches: HasEpoch, seed: int) -> None:
        super().__init__()
        self._batches, self._seed = batches, seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Seed this epoch."""
        self._batches.epoch = epoch
        for number, layer in enumerate(self.model._flatten_layers()):
            generator = getattr(layer, "seed_generator", None)
            if generator is not None:
                generator.state.assign(np.array([self._seed + number, epoch], dtype=generator.state.dtype))


class Report(keras.callbacks.Callback):
    """One line per epoch with the time that is left, and the means so far after every batch."""

    def __init__(self, say: Callable[[str], None], step: Step | None, epochs: int) -> None:
        super().__init__()
        self._say, self._step, self._epochs = say, step, epochs
        self._seconds: list[float] = []
        self._began, self._epoch = 0.0, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock."""
        self._began, self._epoch = time.monotonic(), epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Pass on how far it is."""
        if self._step is not None:
            batches = int(self.params["steps"])
            self._step(self._epoch, batch, batches, {name: float(value) for name, value in (logs or {}).items()})

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Say how it went."""
        logs = logs or {}
        self._seconds.append(time.monotonic() - self._began)
        left = float(np.mean(self._seconds[-3:])) * (self._epochs - epoch - 1)
        self._say(
            f"epoch {epoch + 1}/{self._epochs}  loss {logs['loss']:.4f}  "
            f"train {logs['fer2013_accuracy']:.2%}  FER-2013 {logs['val_fer2013_accuracy']:.2%}  "
            f"FER+ majority {logs['val_ferplus_accuracy']:.2%}  {self._seconds[-1]:.0f} s, {left / 60:.0f} min left"
        )


class Rate(keras.callbacks.Callback):
    """Puts the learning rate into the history."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write it down."""
        if logs is not None:
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


class Stop(keras.callbacks.Callback):
    """Stops between two batches after Ctrl-C, never while a checkpoint is being written.

    A run folder holds two files of the same epoch, the raw and the averaged weights; an interruption between the two
    would make the resumed run another one. A second Ctrl-C stops at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C until the block ends; off the main thread, where Python takes no signals, this does nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stop when asked to."""
        if self._asked:
            raise KeyboardInterrupt
