"""Random changes to training faces: what a webcam and a moving head do to a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moodlib.training.fer2013 import SIDE

TURNED: Final = 30.0
"""Largest turn in degrees of the faces that turn far."""


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
        degrade: Share of the faces that are spoilt as a bad webcam or a bad room would: blurred, noisy, of low
            resolution, compressed, dim, too bright, or partly covered; one of them each (`degrade`).
        turned: Share of the faces that may turn by up to `TURNED` degrees instead of `rotation`.
    """

    flip: bool = True
    rotation: float = 12.0
    scale: tuple[float, float] = (0.88, 1.15)
    shift: float = 4.0
    contrast: float = 0.3
    brightness: float = 0.1
    cutout: int = 12
    degrade: float = 0.25
    turned: float = 0.15

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
            degrade=self.degrade,
            turned=self.turned,
        )


def _blur(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), rng.uniform(0.6, 2.0)), np.uint8)


def _noise(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    noise = rng.normal(0, rng.uniform(4, 24), face.shape)
    return np.asarray(np.clip(np.rint(face + noise), 0, 255), np.uint8)


def _low_resolution(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    side = int(rng.integers(14, 34))
    small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _compress(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(8, 50))])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _dim(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    # Dark and coarsely quantised, with the noise that a sensor adds when it lacks light.
    dark = face * rng.uniform(0.08, 0.5) + rng.normal(0, rng.uniform(0, 4), face.shape)
    return np.asarray(np.clip(np.rint(dark), 0, 255), np.uint8)


def _glare(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    # A lamp from one side: grey values rise along a random direction until they clip.
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : face.shape[0] * 1j, -1 : 1 : face.shape[1] * 1j]
    ramp = (x * np.cos(turn) + y * np.sin(turn)) * rng.uniform(0, 0.6)
    return np.asarray(np.clip(face * (rng.uniform(1.0, 2.0) + ramp), 0, 255), np.uint8)


def _cover(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    # A hand, a cup or dark glasses: one even patch of any grey.
    high, wide = int(rng.integers(8, 20)), int(rng.integers(12, 32))
    top, left = int(rng.integers(0, SIDE - high)), int(rng.integers(0, SIDE - wide))
    covered = face.copy()
    covered[top : top + high, left : left + wide] = rng.integers(0, 256)
    return covered


_SPOILT: Final = (_blur, _noise, _low_resolution, _compress, _dim, _glare, _cover)


def degrade(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Spoil one face in one way, chosen at random, at a random strength.

    Args:
        face: uint8, shape (48, 48).
        rng: Source of all randomness.

    Returns:
        A new face of the same shape and type.
    """
    return _SPOILT[int(rng.integers(len(_SPOILT)))](face, rng)


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
    largest = np.where(rng.random(n) < config.turned, TURNED, config.rotation)
    angle = np.deg2rad(rng.uniform(-largest, largest))
    spoilt = rng.random(n) < config.degrade
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
        face = degrade(images[i], rng) if spoilt[i] else images[i]
        face = cv2.warpAffine(
            face, np.column_stack([a, offset]), (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
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
