"""The heads fitted once more, on what the trained trunk sees in the learned faces as they are.

A training shows the heads faces that are turned, spoilt, blanked and partly dropped; served are faces as they are, and
the mean of several runs' heads was never fitted to the mean of their trunks. With the trunk held fast this is softmax
regression, a convex problem with one answer (last-layer retraining: Kirichenko et al. 2022, arXiv 2204.02937).
"""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from moodlib.training import network
from moodlib.training.augment import centre_crop
from moodlib.training.targets import Targets

STEPS: Final = 500
"""Most steps of L-BFGS; about 100 are usual."""

Array = NDArray[np.floating[Any]]


def softmax_regression(x: Array, y: Array, weight: Array, penalty: float) -> tuple[Array, Array]:
    """The kernel and bias with the least weighted mean cross-entropy + penalty * sum(kernel ** 2).

    Args:
        x: Shape (n, features).
        y: Targets, shape (n, classes), rows summing to 1.
        weight: Of each row, shape (n,), at least 0 and not all 0.
        penalty: Above 0.

    Returns:
        Kernel (features, classes) and bias (classes,), float64: logits are x @ kernel + bias.
    """
    middle, share = x.mean(axis=0), weight / weight.sum()
    centred, classes = x - middle, y.shape[1]

    def loss(flat: Array) -> tuple[float, Array]:
        kernel, bias = flat[:-classes].reshape(-1, classes), flat[-classes:]
        said = log_softmax(centred @ kernel + bias, axis=1)
        wrong = share[:, None] * (np.exp(said) - y)
        slope = np.concatenate([(centred.T @ wrong + 2 * penalty * kernel).ravel(), wrong.sum(axis=0)])
        return float(-(share[:, None] * y * said).sum() + penalty * (kernel**2).sum()), slope

    begin = np.zeros((x.shape[1] + 1) * classes)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxfun": 2 * STEPS}).x
    kernel, bias = found[:-classes].reshape(-1, classes), found[-classes:]
    return kernel, bias - middle @ kernel


def refit(
    trunk: keras.Model, images: NDArray[np.uint8], targets: Targets, weight: Targets, smoothing: float, penalty: float
) -> None:
    """Fit both heads of a trained network anew, in place; a head whose rows all have weight 0 stays as it is.

    Args:
        trunk: What `network.build` returned, trained.
        images: The learned faces, uint8 (n, 48, 48); each is looked at as it is and mirrored.
        targets: Per head, rows summing to 1.
        weight: Per head, of each face.
        smoothing: Label smoothing of the FER-2013 head.
        penalty: See `softmax_regression`.
    """
    crops = centre_crop(images, network.CROP)
    seen = [network.pooled(trunk, view) for view in (crops, crops[:, :, ::-1])]
    x = np.concatenate(seen).astype(np.float64)
    for name, y in targets.items():
        if not weight[name].any():
            continue
        classes = y.shape[1]
        soft = (1 - smoothing) * y + smoothing / classes if name == "fer2013" else y
        kernel, bias = softmax_regression(x, np.concatenate([soft, soft]), np.tile(weight[name], 2), penalty)
        trunk.get_layer(name).set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
