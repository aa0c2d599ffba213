"""How the sessions of one server share it: so many cameras at once, each read as often as all can be.

A shared object without Streamlit; one for the whole process.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from moodlib import settings

GONE_AFTER: Final = 5.0
"""Seconds without a frame after which a camera's place is free again."""
_SHARE: Final = 2 / 3
"""Part of the processors that reading may take; the rest decodes, encodes and serves the pages."""
_SMOOTH: Final = 0.1
_ROOM: Final = 1.5
"""Cameras a processor up to which the picture is sent back in full size."""


def _processors() -> int:
    """Processors that this process may use: fewer than the machine has, in a container with a limit."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Capacity:
    """Places for cameras, and the pace at which each is read.

    Args:
        cameras: Cameras that are read at once.
        rate: Frames a second that are read of each at most.
        processors: How many processors there are.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        cameras: int,
        rate: float,
        processors: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cameras = cameras
        self._fastest = 1.0 / rate
        self._processors = processors or _processors()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[int, float] = {}
        self._cost = 0.0

    def enter(self, camera: object) -> bool:
        """Take a place, or keep the one that this camera has; to be asked with every frame.

        Returns:
            Whether the camera has a place. Who has one keeps it until `leave`, or until `GONE_AFTER` seconds without
            a frame.
        """
        now = self._clock()
        with self._lock:
            for other, seen in list(self._seen.items()):
                if now - seen > GONE_AFTER:
                    del self._seen[other]
            if id(camera) not in self._seen and len(self._seen) >= self.cameras:
                return False
            self._seen[id(camera)] = now
            return True

    def leave(self, camera: object) -> None:
        """Give the place back."""
        with self._lock:
            self._seen.pop(id(camera), None)

    def took(self, seconds: float) -> None:
        """Note what reading one frame took, waiting for a processor included."""
        with self._lock:
            self._cost += _SMOOTH * (seconds - self._cost)

    @property
    def interval(self) -> float:
        """Seconds between two frames that are read of one camera, the same for all of them.

        When reading takes long, because the machine is slow or busy, every camera is read less often, so that all
        together take no more than their share of the processors and no frame waits for its turn.
        """
        with self._lock:
            return max(self._fastest, self._cost * len(self._seen) / (_SHARE * self._processors))

    @property
    def crowded(self) -> bool:
        """Whether so many cameras are on that coding the pictures that are sent back takes what reading needs."""
        with self._lock:
            return len(self._seen) > _ROOM * self._processors

    @property
    def active(self) -> int:
        """Cameras that have a place."""
        now = self._clock()
        with self._lock:
            return sum(now - seen <= GONE_AFTER for seen in self._seen.values())


@lru_cache(maxsize=1)
def shared() -> Capacity:
    """The one that all sessions of this process share, as `settings.toml` has it."""
    limits = settings.limits()
    return Capacity(limits.cameras, limits.camera_rate)
