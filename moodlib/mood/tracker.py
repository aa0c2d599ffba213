"""From single readings of a face to a mood that moves over time."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moodlib.emotions import NAMES, Probabilities, circumplex
from moodlib.mood.state import MoodState

_COUNT: Final = len(NAMES)


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How quickly the mood follows the face. All times in seconds, all greater than 0.

    The defaults are chosen by simulation (tests/mood/test_tracker_noise.py holds them): a changed expression is the
    stable mood within 1.5 s, while a still face with noisy readings keeps its mood for ten minutes.

    Attributes:
        tau: Time constant of the average.
        warm_up: How long a face must have been seen before its mood is known.
        lead: By how much of probability an emotion must lead to become stable, in (0, 1).
        hold: How long it must keep that lead.
        patience: How long a face may be seen without any emotion becoming stable; then the most probable one does.
        fade: Time constant with which confidence falls while there is no face.
        pause_after: How long without a face until the mood has ended.
        longest_step: A reading never stands for more time than this; the rest of a longer gap counts as no face.
        first_step: The time that the first reading, which has no previous one, stands for.
    """

    tau: float = 0.5
    warm_up: float = 0.8
    lead: float = 0.2
    hold: float = 0.65
    patience: float = 3.0
    fade: float = 1.0
    pause_after: float = 3.0
    longest_step: float = 0.5
    first_step: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what is not a time.

        Raises:
            ValueError: A value is not finite or not greater than 0, or `lead` is not below 1.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{field.name} is {value}; it must be a finite number greater than 0")
        if self.lead >= 1:
            raise ValueError(f"lead is {self.lead}; it must be below 1")


class Tracker:
    """Smooths readings, says when a mood is known, fading, paused and stable. Memory does not grow.

    The mood is the exponential average of the readings over time, each reading standing for the time since the one
    before: a reading that stands for dt seconds has weight 1 - exp(-dt / tau) and all earlier weights shrink by
    exp(-dt / tau). The sum of weights is kept and divided by, so that the first reading has no more say than its
    share, and after a moment without a face the new readings count more than the old ones.

    Readings may come from one thread while another reads `state`.

    Example:
        >>> tracker = Tracker()
        >>> happy = np.array([0, 0, 0, 1, 0, 0, 0], dtype=np.float32)
        >>> for frame in range(30):
        ...     state = tracker.update(happy, at=frame / 10)
        >>> state.stable
        'happy'
    """

    def __init__(self, config: TrackerConfig | None = None) -> None:
        """Start with no mood.

        Args:
            config: Times and thresholds; the defaults when None.
        """
        self._config = config or TrackerConfig()
        self._lock = threading.Lock()
        self._last_at: float | None
        self._stable: int | None
        self._forget_all()

    @property
    def config(self) -> TrackerConfig:
        """The times and thresholds in use."""
        return self._config

    @property
    def state(self) -> MoodState:
        """The mood after the last reading."""
        return self._state

    def reset(self) -> None:
        """Forget everything, the stable mood too: another listener."""
        with self._lock:
            self._forget_all()

    def update(self, probabilities: NDArray[np.floating] | None, at: float, faces: int = 1) -> MoodState:
        """Fold one reading into the mood.

        Args:
            probabilities: Of the listener's face, shape (7,), summing to 1; None when no face was found.
            at: Monotonic seconds. A step back in time is treated as dt = 0. After a gap longer than `pause_after`
                the old mood has ended and a new one starts.
            faces: How many faces the frame held; taken as 0 when `probabilities` is None.

        Returns:
            The mood after this reading; `known` is False until a face has been seen for `warm_up` seconds. After a
            pause a new face starts afresh: warm-up again, and `stable` is None until a mood has held.

        Raises:
            ValueError: The probabilities are not of shape (7,), not finite, negative or do not sum to 1 within 1e-3,
                or `at` is not finite. The mood is then unchanged.
        """
        if not math.isfinite(at):
            raise ValueError(f"at is {at}; it must be a finite number of seconds")
        reading = None if probabilities is None else _checked(probabilities)
        with self._lock:
            # The difference can overflow to infinity for absurd clocks; that is a long gap like any other.
            dt = self._config.first_step if self._last_at is None else max(0.0, at - self._last_at)
            self._last_at = at
            if reading is None:
                self._fold_absence(dt)
            else:
                self._fold_face(reading, dt)
            self._state = self._describe(at, 0 if reading is None else max(1, faces))
            return self._state

    def _forget_all(self) -> None:
        self._last_at = None
        self._stable = None
        self._forget_mood()
        self._away = 0.0
        self._state = self._describe(at=0.0, faces=0)

    def _forget_mood(self) -> None:
        self._average: NDArray[np.float64] = np.full(_COUNT, 1 / _COUNT)
        self._weight = 0.0
        self._seen = 0.0
        self._known = False
        self._led: NDArray[np.float64] = np.zeros(_COUNT)
        self._leads: NDArray[np.bool_] = np.zeros(_COUNT, dtype=bool)

    def _fold_absence(self, dt: float) -> None:
        self._away += dt
        self._weight *= math.exp(-dt / self._config.tau)
        if self._away >= self._config.pause_after:
            self._forget_mood()
        elif not self._known:
            # Seconds with and without a face cancel out: a stray false detection now and then never becomes a mood.
            self._seen = max(0.0, self._seen - dt)

    def _fold_face(self, reading: NDArray[np.float64], dt: float) -> None:
        config = self._config
        step = min(dt, config.longest_step)
        if self._away + dt - step >= config.pause_after:
            # Whoever comes back may be somebody else: nothing of the old mood is kept, not even the stable one.
            self._forget_mood()
            self._stable = None
            step = config.first_step
        self._away = 0.0
        weight = -math.expm1(-step / config.tau)
        self._weight = self._weight * math.exp(-dt / config.tau) + weight
        if self._weight > 0:
            self._average += weight / self._weight * (reading - self._average)
        self._seen += step
        self._known = self._known or self._seen >= config.warm_up
        self._settle(step)

    def _settle(self, step: float) -> None:
        """Hysteresis: count for how long each emotion has led, and let the one that held its lead take over."""
        config = self._config
        top = int(self._average.argmax())
        if self._stable is None:
            others = np.delete(self._average, top).max()
            leads = (np.arange(_COUNT) == top) & (self._average - others >= config.lead)
        else:
            # Each one against the stable one alone: two that take turns at the top still end a mood that is gone.
            leads = self._average - self._average[self._stable] >= config.lead
        # A lead begins with the reading that brings it, so the step before that reading does not count.
        self._led = np.where(leads, np.where(self._leads, self._led + step, 0.0), 0.0)
        self._leads = leads
        if not self._known:
            return
        held = leads & (self._led >= config.hold)
        if held.any():
            self._take_over(int(np.where(held, self._average, -1.0).argmax()))
        elif self._stable is None and self._seen >= config.patience:
            # A face between two moods would never get songs; the best guess is kept from then on like any other.
            self._take_over(top)

    def _take_over(self, emotion: int) -> None:
        self._stable = emotion
        self._led[:] = 0.0
        self._leads = np.zeros(_COUNT, dtype=bool)

    def _describe(self, at: float, faces: int) -> MoodState:
        fading = self._known and self._away > 0
        # A mood that is not known is no mood: nothing of the half-formed average is shown.
        shown = self._average if self._known else np.full(_COUNT, 1 / _COUNT)
        probabilities: Probabilities = shown.astype(np.float32)
        probabilities.flags.writeable = False
        top = int(shown.argmax())
        valence, arousal = circumplex(probabilities) if self._known else (0.0, 0.0)
        return MoodState(
            at=at,
            known=self._known,
            paused=self._away >= self._config.pause_after,
            fading=fading,
            emotion=NAMES[top] if self._known else None,
            stable=None if self._stable is None else NAMES[self._stable],
            confidence=float(shown[top]) * math.exp(-self._away / self._config.fade) if self._known else 0.0,
            probabilities=probabilities,
            valence=valence,
            arousal=arousal,
            faces=faces,
        )


def _checked(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """A sound distribution that sums to exactly 1, or ValueError."""
    reading: NDArray[np.float64] = np.asarray(probabilities, dtype=np.float64)
    if reading.shape != (_COUNT,):
        raise ValueError(f"probabilities have shape {reading.shape}; expected ({_COUNT},)")
    if not np.isfinite(reading).all():
        raise ValueError("probabilities hold a value that is not finite")
    if reading.min() < -1e-6:
        raise ValueError(f"probabilities hold {reading.min():.4g}; none may be negative")
    if abs(reading.sum() - 1) > 1e-3:
        raise ValueError(f"probabilities sum to {reading.sum():.4f}; expected 1 within 0.001")
    sound: NDArray[np.float64] = reading.clip(min=0.0)
    sound /= sound.sum()
    return sound
