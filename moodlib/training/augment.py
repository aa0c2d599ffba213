"""Random changes to training faces: what a webcam and a moving head do to a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.training.fer2013 import SIDE


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Strength of each change; 0 (or an empty range) switches one off.

    Attributes:
        flip: Mirror half of the faces.
        rotation: Largest turn in degrees, either way.
        scale: Smallest and largest zoom.
        shift: Largest move in pixels of the 48 x 48 face, either way.
        contrast: Contrast is multiplied by up to 1 +- this.
        brightness: Up to this share of the grey range is added or taken.
        cutout: Side in pixels of the square that is blanked in half of the faces (DeVries & Taylor 2017,
            arXiv 1708.04552).
    """

    flip: bool = True
    rotation: float = 12.0
    scale: tuple[float, float] = (0.88, 1.15)
    shift: float = 4.0
    contrast: float = 0.3
    brightness: float = 0.1
    cutout: int = 12

    def times(self, strength: float) -> AugmentConfig:
        """Every change but the flip made weaker (below 1) or stronger (above)."""
        low, high = self.scale
        return AugmentConfig(
            flip=self.flip,
            rotation=self.rotation * strength,
            scale=(low**strength, high**strength),
            shift=self.shift * strength,
            contrast=self.contrast * strength,
            brightness=self.brightness * strength,
            cutout=round(self.cutout * strength),
        )


def augment(
    images: NDArray[np.uint8], side: int, config: AugmentConfig, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change each face at random and crop it.

    Args:
        images: uint8, shape (n, 48, 48).
        side: Side of the square that is cut from the middle after the change, in pixels.
        config: How strong.
        rng: Source of all randomness.

    Returns:
        float32, shape (n, side, side, 1), in [0, 255].
    """
    n = len(images)
    angle = np.deg2rad(rng.uniform(-config.rotation, config.rotation, n))
    zoom = np.exp(rng.uniform(np.log(config.scale[0]), np.log(config.scale[1]), n))
    mirror = np.where(rng.random(n) < 0.5, -1.0, 1.0) if config.flip else np.ones(n)
    shift = rng.uniform(-config.shift, config.shift, (n, 2))
    contrast = rng.uniform(1 - config.contrast, 1 + config.contrast, n).astype(np.float32)
    bright = rng.uniform(-config.brightness, config.brightness, n).astype(np.float32) * 255
    blank = rng.random(n) < 0.5
    corner = rng.integers(-config.cutout // 2, side - config.cutout // 2, (n, 2)) if config.cutout else None
    cos, sin, middle, centre = np.cos(angle) * zoom, np.sin(angle) * zoom, (SIDE - 1) / 2, (side - 1) / 2
    out = np.empty((n, side, side), np.float32)
    for i in range(n):
        a = np.array([[cos[i] * mirror[i], -sin[i]], [sin[i] * mirror[i], cos[i]]])
        offset = centre + shift[i] - a @ (middle, middle)
        face = cv2.warpAffine(
            images[i], np.column_stack([a, offset]), (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        mean = float(face.mean())
        out[i] = (face - mean) * contrast[i] + mean + bright[i]
        if corner is not None and blank[i]:
            top, left = np.maximum(corner[i], 0)
            bottom, right = corner[i] + config.cutout
            out[i, top:bottom, left:right] = mean
    return np.clip(out, 0, 255, out=out)[..., None]


def centre_crop(images: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """The middle of each face, unchanged: float32, shape (n, side, side, 1), in [0, 255]."""
    edge = (SIDE - side) // 2
    return images[:, edge : edge + side, edge : edge + side, None].astype(np.float32)
