"""Faces spoilt for training stay faces."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from moodlib.training import augment

FACE = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (48, 48)).astype(np.uint8), (0, 0), 4)
FACE = cv2.normalize(FACE, None, 20, 230, cv2.NORM_MINMAX).astype(np.uint8)
STILL = augment.AugmentConfig(
    flip=False, rotation=0, scale=(1.0, 1.0), shift=0, contrast=0, brightness=0, cutout=0, degrade=0, turned=0
)


@pytest.mark.parametrize("spoil", augment._SPOILT, ids=lambda spoil: spoil.__name__)
def test_each_way_to_spoil_changes_the_face_and_keeps_its_type(spoil) -> None:
    for seed in range(20):
        before = FACE.copy()
        spoilt = spoil(FACE, np.random.default_rng(seed))
        assert spoilt.shape == FACE.shape
        assert spoilt.dtype == np.uint8
        assert (before == FACE).all(), "the training data itself must stay as it is"
    assert any((spoil(FACE, np.random.default_rng(seed)) != FACE).any() for seed in range(20))


def test_every_way_is_used() -> None:
    rng, seen = np.random.default_rng(0), set()
    for spoil in augment._SPOILT:
        state = np.random.default_rng(7)
        seen.add(spoil(FACE, state).tobytes())
    drawn = {augment.degrade(FACE, rng).tobytes() for _ in range(60)}
    assert len(seen) == len(augment._SPOILT)
    assert len(drawn) > len(augment._SPOILT)


def test_dim_is_darker_and_glare_is_brighter() -> None:
    rng = np.random.default_rng(1)
    assert np.mean([augment._dim(FACE, rng).mean() for _ in range(20)]) < 0.6 * FACE.mean()
    assert np.mean([augment._glare(FACE, rng).mean() for _ in range(20)]) > 1.1 * FACE.mean()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_so_many_faces_are_spoilt(share: float) -> None:
    images = np.repeat(FACE[None], 400, axis=0)
    out = augment.augment(images, 44, replace(STILL, degrade=share), np.random.default_rng(2))
    plain = augment.centre_crop(FACE[None], 44)[0]
    # A patch may lie outside the crop or change next to nothing, so that a few spoilt faces look whole.
    spoilt = np.mean([np.abs(face - plain).max() > 1e-3 for face in out])
    assert spoilt == pytest.approx(share, abs=0.08)


def _angle(face: np.ndarray) -> float:
    """Direction of a dark bar in degrees, from the second moments of its darkness."""
    dark = 255 - face[..., 0].astype(float)
    dark[dark < 60] = 0
    y, x = np.mgrid[: face.shape[0], : face.shape[1]]
    total = dark.sum()
    x0, y0 = (dark * x).sum() / total, (dark * y).sum() / total
    xx, yy, xy = ((dark * d).sum() for d in ((x - x0) ** 2, (y - y0) ** 2, (x - x0) * (y - y0)))
    return float(np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)))


def test_only_the_turned_share_turns_far() -> None:
    bar = np.full((48, 48), 255, np.uint8)
    bar[22:26, 12:36] = 0
    images = np.repeat(bar[None], 400, axis=0)
    turns = np.array(
        [
            abs(_angle(face))
            for face in augment.augment(images, 44, replace(STILL, rotation=5, turned=0.5), np.random.default_rng(4))
        ]
    )
    assert turns.max() == pytest.approx(augment.TURNED, abs=2)
    # Half of the faces may turn by 30 degrees, of which five sixths turn by more than 5.
    assert np.mean(turns > 5.5) == pytest.approx(0.5 * 25 / 30, abs=0.08)
    none = augment.augment(images, 44, replace(STILL, rotation=5), np.random.default_rng(4))
    assert max(abs(_angle(face)) for face in none) < 6


def test_strength_leaves_the_shares_alone() -> None:
    weaker = augment.AugmentConfig(degrade=0.4, turned=0.2).times(0.5)
    assert (weaker.degrade, weaker.turned) == (0.4, 0.2)
    assert weaker.rotation == augment.AugmentConfig().rotation / 2
