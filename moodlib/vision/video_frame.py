"""From a video's frame to a picture that OpenCV can read and draw on, and back."""

from __future__ import annotations

import av
import cv2
import numpy as np
from numpy.typing import NDArray


def mirrored(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """A webcam's frame as its owner knows it from mirrors: BGR, shape (h, w, 3), the caller's own."""
    return np.asarray(cv2.flip(frame.to_ndarray(format="bgr24"), 1), dtype=np.uint8)


def like(frame: av.VideoFrame, image: NDArray[np.uint8], scale: float = 1.0) -> av.VideoFrame:
    """A frame that shows a picture at the time of another one.

    It is in the format that video codecs take (planar YUV 4:2:0), for OpenCV converts in a fifth of the time of the
    codec's own conversion. Pictures of an odd width or height, which that format does not have, stay BGR.

    Args:
        frame: Whose time the new one has.
        image: BGR, shape (h, w, 3).
        scale: Below 1 the picture is reduced, to an even width and height: coding it costs what its area does.
    """
    height, width = image.shape[:2]
    if scale < 1.0:
        width, height = max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if height % 2 or width % 2:
        shown = av.VideoFrame.from_ndarray(image, format="bgr24")
    else:
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        shown = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    shown.pts = frame.pts
    if frame.time_base is not None:
        shown.time_base = frame.time_base
    return shown
