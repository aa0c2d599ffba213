"""A mood from a photo or a file: read once, shown as long as the listener keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from moodlib.emotions import NAMES, Probabilities, circumplex
from moodlib.mood.timeline import Timeline
from moodlib.mood.tracker import Tracker
from moodlib.vision import annotate, media
from moodlib.vision.pipeline import Pipeline

VIDEO_TYPES = ("mp4", "mov", "avi", "mkv", "webm", "m4v")
IMAGE_TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif")
_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a photo or a video said.

    Attributes:
        picture: RGB, shape (h, w, 3), with boxes and tags; of a video the frame with the clearest face.
        emotion: The mood; None when no face was found.
        probabilities: Shape (7,); uniform when no face was found.
        place: Valence and arousal in [-1, 1].
        faces: How many faces the picture shows.
        frames: How many frames were read.
        timeline: Of a video, as `Timeline.frame` gives it; None for a photo.
    """

    picture: NDArray[np.uint8]
    emotion: str | None
    probabilities: Probabilities
    place: tuple[float, float]
    faces: int
    frames: int
    timeline: pd.DataFrame | None = None


Reader = Callable[[], Sitting]


def read_photo(data: bytes) -> Sitting:
    """Read one picture.

    Raises:
        InputError: It is not a picture that can be read.
    """
    picture = media.read_image(data)
    reading = Pipeline.load().still(picture)
    annotate.draw(picture, reading)
    face = reading.listener
    probabilities = _nothing() if face is None else face.probabilities
    return Sitting(
        picture=_rgb(picture),
        emotion=None if face is None else face.emotion,
        probabilities=probabilities,
        place=(0.0, 0.0) if face is None else circumplex(probabilities),
        faces=len(reading.faces),
        frames=1,
    )


def read_video(data: bytes, progress: Callable[[float], None] = lambda share: None) -> Sitting:
    """Read a video, five frames a second.

    The mood is the last one that was stable; when none held long enough, the one that leads on average.

    Args:
        data: The file's bytes.
        progress: Told the share that is done, in [0, 1].

    Raises:
        InputError: It is not a video that can be read.
    """
    pipeline, tracker, timeline = Pipeline.load(), Tracker(), Timeline()
    total, seen, frames = np.zeros(len(NAMES)), 0, 0
    stable: str | None = None
    best: tuple[float, NDArray[np.uint8], int] | None = None
    for _index, seconds, frame, share in media.iter_video(data, every_seconds=_EVERY):
        reading = pipeline.process(frame, seconds)
        face = reading.listener
        state = tracker.update(None if face is None else face.probabilities, seconds, len(reading.faces))
        timeline.add(state)
        frames += 1
        stable = state.stable or stable
        sure = 0.0 if face is None else float(face.probabilities.max())
        if face is not None:
            total += face.probabilities
            seen += 1
        if best is None or sure > best[0]:
            annotate.draw(frame, reading)
            best = (sure, _rgb(frame), len(reading.faces))
        progress(min(1.0, max(0.0, share)))
    average = (total / seen).astype(np.float32) if seen else _nothing()
    return Sitting(
        picture=best[1] if best is not None else np.zeros((1, 1, 3), np.uint8),
        emotion=(stable or NAMES[int(average.argmax())]) if seen else None,
        probabilities=average,
        place=circumplex(average) if seen else (0.0, 0.0),
        faces=best[2] if best is not None else 0,
        frames=frames,
        timeline=timeline.frame(),
    )


def is_video(name: str) -> bool:
    """Whether a file's name says that it is a video."""
    return name.lower().rsplit(".", 1)[-1] in VIDEO_TYPES


def kept(key: str, file_id: str, read: Reader) -> tuple[Sitting, bool]:
    """Read a file once, however often the page runs.

    Args:
        key: Where in the session the result is kept; the one before it is dropped.
        file_id: Which file it is.
        read: Reads it.

    Returns:
        The result, and whether it is a new one.
    """
    held: tuple[str, Sitting] | None = st.session_state.get(key)
    if held is not None and held[0] == file_id:
        return held[1], False
    sitting = read()
    st.session_state[key] = (file_id, sitting)
    return sitting, True


def _nothing() -> Probabilities:
    return np.full(len(NAMES), 1 / len(NAMES), dtype=np.float32)


def _rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[:, :, ::-1])
