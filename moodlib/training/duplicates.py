"""FER-2013's splits share pictures: which faces the training has already shown to the network.

Exact duplicates have the same 48 x 48 pixels. Near ones are the same picture compressed, brightened or cropped a little
differently: they are not left out of the accuracy without duplicates, for where a near duplicate ends is a matter of
taste, but their share is measured and the accuracy without them as well is given beside it.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.training.fer2013 import Faces

NEAR: Final = 0.95
"""Least correlation of two near duplicates, at `_SIDE` pixels a side.

Chosen by looking at pairs of PublicTest and Training faces: of twelve at 0.95 all are the same photograph, of twelve at
0.92 one is of another person.
"""

_SIDE: Final = 24
_BATCH: Final = 512


def exact(faces: Faces, learned: Faces) -> NDArray[np.bool_]:
    """Which faces have the very pixels of a learned one.

    Returns:
        Shape (len(faces),).
    """
    known = {image.tobytes() for image in learned.images}
    return np.array([image.tobytes() in known for image in faces.images], dtype=np.bool_)


def _standardised(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Small faces of mean 0 and length 1, so that a product is a correlation: shape (n, 576)."""
    small = np.stack([cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for image in images])
    rows = small.reshape(len(small), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    # A face without contrast resembles nothing.
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))


def near(faces: Faces, learned: Faces) -> NDArray[np.bool_]:
    """Which faces are nearly a learned one, as they are or mirrored; exact duplicates are among them.

    Returns:
        Shape (len(faces),).
    """
    known = _standardised(learned.images)
    found = exact(faces, learned)
    for images in (faces.images, faces.images[:, :, ::-1]):
        rows = _standardised(images)
        for start in range(0, len(rows), _BATCH):
            best = (rows[start : start + _BATCH] @ known.T).max(axis=1)
            found[start : start + _BATCH] |= best >= NEAR
    return found
