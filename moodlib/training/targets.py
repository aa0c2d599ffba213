"""What the network is asked to say: labels and votes, softened by a teacher and mixed between faces when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from moodlib.emotions import NAMES
from moodlib.training import baseline, network, weights
from moodlib.training.config import MINI_XCEPTION, FitConfig
from moodlib.training.fer2013 import FERPLUS_NAMES, SIDE, Faces, ferplus_targets

CACHE: Final = "teacher.npz"
"""Name of the teacher's answers in a run folder: one row for each learned face, so not to be given away."""

Targets = dict[str, NDArray[np.float32]]
"""Per head, "fer2013" (n, 7) and "ferplus" (n, 8): targets with rows summing to 1, or weights (n,)."""


def build(config: FitConfig) -> keras.Model:
    """The network that a configuration names, untrained."""
    return baseline.build() if config.architecture == MINI_XCEPTION else network.build(config.network)


def targets(faces: Faces) -> tuple[Targets, Targets]:
    """What people said of each face, and the weight of it in each head's loss.

    Without FER+ votes every row of the second head has weight 0, which leaves that head as it is.
    """
    one_hot = np.eye(len(NAMES), dtype=np.float32)[faces.labels]
    if faces.votes is None:
        plus = np.full((len(faces), len(FERPLUS_NAMES)), 1 / len(FERPLUS_NAMES), np.float32)
        weight = np.zeros(len(faces), np.float32)
    else:
        plus, weight = ferplus_targets(faces.votes)
    return {"fer2013": one_hot, "ferplus": plus}, {"fer2013": np.ones(len(faces), np.float32), "ferplus": weight}


def ten_crops(images: NDArray[np.uint8], side: int) -> Iterator[NDArray[np.float32]]:
    """The middle and the four corners of each face, as they are and mirrored.

    Args:
        images: uint8, shape (n, 48, 48).
        side: Side of a crop in pixels.

    Yields:
        Ten times float32, shape (n, side, side, 1), in [0, 255].
    """
    edge = SIDE - side
    for top, left in ((edge // 2, edge // 2), (0, 0), (0, edge), (edge, 0), (edge, edge)):
        crop = images[:, top : top + side, left : left + side, None].astype(np.float32)
        yield crop
        yield crop[:, :, ::-1]


def teach(faces: Faces, folder: Path, config: FitConfig) -> Targets:
    """What trained runs say of each face, the mean over them and over ten crops; kept in the run folder for a resume.

    Args:
        faces: The learned faces.
        folder: Folder of the run that learns; `config.teachers` are runs beside it.
        config: The run's configuration.

    Returns:
        Probabilities per head.

    Raises:
        InputError: A teacher has no weights here.
    """
    kept = folder / CACHE
    if kept.exists():
        with np.load(kept) as file:
            return {name: file[name] for name in file.files}
    for name in config.teachers:
        weights.needed(folder.parent / name, "the run to learn from")
    each = [_says(faces, folder.parent / name) for name in config.teachers]
    answer: Targets = {name: np.asarray(np.mean([said[name] for said in each], axis=0), np.float32) for name in each[0]}
    part = kept.with_name("teacher.part.npz")
    np.savez(part, fer2013=answer["fer2013"], ferplus=answer["ferplus"])
    part.replace(kept)
    return answer


def _says(faces: Faces, folder: Path) -> Targets:
    """What the run in a folder says of each face, the mean over its ten crops."""
    teacher = build(FitConfig.from_json(json.loads((folder / "config.json").read_text())["fit"]))
    weights.load(teacher, weights.needed(folder, "the run to learn from"))
    total: dict[str, Any] = {"fer2013": 0.0, "ferplus": 0.0}
    for crop in ten_crops(faces.images, network.CROP):
        said = teacher.predict(crop, batch_size=256, verbose=0)
        total = {name: total[name] + np.asarray(ops.convert_to_numpy(ops.softmax(said[name]))) for name in total}
    return {name: np.asarray(value / 10, np.float32) for name, value in total.items()}


def blend(people: Targets, teacher: Targets, trust: float) -> Targets:
    """Targets that lie between what people said and what the teacher says (Hinton et al. 2015, arXiv 1503.02531).

    Args:
        people: Targets of `targets`.
        teacher: Probabilities of `teach`.
        trust: Share of the teacher, in [0, 1].
    """
    return {name: (1 - trust) * value + trust * teacher[name] for name, value in people.items()}


def mix(
    x: NDArray[np.float32], y: Targets, weight: Targets, alpha: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Targets, Targets]:
    """Lay each face of a batch over another one, and its targets with it (mix-up, Zhang et al. 2018, arXiv 1710.09412).

    Args:
        x: float32, shape (n, side, side, 1).
        y: Targets per head.
        weight: Weight of each row per head; a row of weight 0 adds nothing to the targets of the pair it is in.
        alpha: Both parameters of the Beta distribution that the shares are drawn from, above 0; small is little mixing.
        rng: Source of all randomness.

    Returns:
        Mixed faces, targets and weights of the same shapes.
    """
    share = rng.beta(alpha, alpha, len(x)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(x))
    face = share[:, None, None, None]
    mixed_y: Targets = {}
    mixed_weight: Targets = {}
    for name in y:
        mine, its = share * weight[name], (1 - share) * weight[name][other]
        both = mine + its
        sum_y = mine[:, None] * y[name] + its[:, None] * y[name][other]
        mixed_y[name] = np.where(both[:, None] > 0, sum_y / np.maximum(both, 1e-12)[:, None], y[name])
        mixed_weight[name] = both
    return face * x + (1 - face) * x[other], mixed_y, mixed_weight
