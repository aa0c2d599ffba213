"""Everything that decides the result of a training of the emotion network, as it is recorded with the run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from moodlib.errors import InputError
from moodlib.training.augment import AugmentConfig
from moodlib.training.network import NetworkConfig

RESIDUAL: Final = "residual"
MINI_XCEPTION: Final = "mini-xception"
FLOAT32: Final = "float32"
BFLOAT16: Final = "bfloat16"
ARCHITECTURES: Final = (RESIDUAL, MINI_XCEPTION)


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Everything that decides the result of a training, recorded with the run.

    Attributes:
        epochs: Passes over the training faces; the learning rate falls to zero over them. 0 only with several runs to
            start from, whose mean is the result, or with `refit`.
        batch: Faces in a step.
        rate: Highest learning rate of the single cosine cycle (Loshchilov & Hutter 2017, arXiv 1608.03983).
        warm_up: Epochs over which the rate rises from zero.
        momentum: Nesterov momentum.
        decay: Decoupled weight decay per step, as a share of the rate. Keras takes it outside the momentum, so ten
            times the usual coupled 5e-4 has the same effect at momentum 0.9.
        smoothing: Label smoothing of the FER-2013 head.
        ema: Momentum of the averaged weights, which are evaluated and kept (`averaging.AverageWeights`).
        growth: How fast that average forgets while it is young: it spans about 1 / (growth - 1) of the steps taken,
            until `ema` limits it. A small one averages over a wide part of the run (Izmailov et al. 2018,
            arXiv 1803.05407).
        seed: Seed of weights, order, augmentation and dropout.
        limit: Use only so many training faces (0: all); for tests and trials.
        start: Name of a run beside this one whose averaged weights this one starts from, or several joined by "+", the
            mean of whose weights it starts from (Wortsman et al. 2022, arXiv 2203.05482); empty for random weights.
        teacher: Name of a run beside this one whose answers, the mean over ten crops, are learned beside the labels
            (`targets.teach`), or several joined by "+", the mean of whose answers is learned; empty for labels alone.
        trust: Share of the teacher's answers in the targets, in [0, 1].
        refit: Penalty with which the heads alone are fitted once more after 0 epochs (`heads.refit`); 0 for not.
        mix: Parameter of the Beta distribution of mix-up (`targets.mix`); 0 for none. The training accuracy of such a
            run is that on mixed faces, and lower.
        precision: `float32`, or `bfloat16`: weights stay in whole floats, and what is computed from them between the
            standardised face and the pooled features is in short ones (Kalamkar et al. 2019, arXiv 1905.12322).
            Faster on a processor that has such arithmetic, slower on one that has not.
        architecture: `residual`, the network that ships, or `mini-xception`, the baseline that it is compared with.
        network: Shape of the residual network.
        augment: Strength of the augmentation.
    """

    epochs: int = 40
    batch: int = 128
    rate: float = 0.1
    warm_up: float = 1.0
    momentum: float = 0.9
    decay: float = 5e-3
    smoothing: float = 0.1
    ema: float = 0.999
    growth: float = 10.0
    seed: int = 0
    limit: int = 0
    start: str = ""
    teacher: str = ""
    trust: float = 0.5
    refit: float = 0.0
    mix: float = 0.0
    precision: str = FLOAT32
    architecture: str = RESIDUAL
    network: NetworkConfig = field(default_factory=NetworkConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def as_json(self) -> dict[str, Any]:
        """The configuration as plain JSON types."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> FitConfig:
        """The configuration that `as_json` wrote; what it does not name has its default.

        Raises:
            InputError: It names something that is no part of a configuration, or holds a value of the wrong type.
        """
        rest = {key: value for key, value in plain.items() if key not in ("network", "augment")}
        shape, strength = dict(plain.get("network", {})), dict(plain.get("augment", {}))
        for kind, given in ((cls, rest), (NetworkConfig, shape), (AugmentConfig, strength)):
            known = {entry.name for entry in fields(kind)}
            if wrong := sorted(set(given) - known):
                raise InputError(f'A training configuration has no "{wrong[0]}"; it has {", ".join(sorted(known))}.')
        # Runs recorded before these existed were made without them.
        if strength:
            strength = {"degrade": 0.0, "turned": 0.0, **strength}
        if "widths" in shape:
            shape["widths"] = tuple(shape["widths"])
        if "scale" in strength:
            strength["scale"] = tuple(strength["scale"])
        try:
            return cls(**rest, network=NetworkConfig(**shape), augment=AugmentConfig(**strength))._checked()
        except TypeError as error:
            raise InputError(f"The training configuration does not fit: {error}.") from error

    @property
    def starts(self) -> tuple[str, ...]:
        """The names of the runs to start from."""
        return tuple(name for name in self.start.split("+") if name)

    @property
    def teachers(self) -> tuple[str, ...]:
        """The names of the runs to learn from."""
        return tuple(name for name in self.teacher.split("+") if name)

    def _checked(self) -> FitConfig:
        if self.architecture not in ARCHITECTURES:
            raise InputError(f'There is no network "{self.architecture}"; choose {" or ".join(ARCHITECTURES)}.')
        if self.precision not in (FLOAT32, BFLOAT16):
            raise InputError(f'There is no precision "{self.precision}"; choose {FLOAT32} or {BFLOAT16}.')
        least = 0 if len(self.starts) > 1 or (self.starts and self.refit) else 1
        if self.epochs < least or self.batch < 1 or self.rate <= 0:
            raise InputError(
                "A training needs at least one epoch, unless it is the mean of several runs or only fits a run's heads "
                "anew, one face in a batch and a rate above 0."
            )
        if not 0 <= self.ema < 1 or self.growth <= 1:
            raise InputError("The momentum of the averaged weights is between 0 and 1, its growth above 1.")
        if self.refit < 0 or (self.refit and self.epochs):
            raise InputError("The heads are fitted once more with a penalty above 0, and after 0 epochs only.")
        if self.mix < 0 or not 0 <= self.trust <= 1:
            raise InputError("The share of mix-up is 0 or more, and the trust in a teacher between 0 and 1.")
        return self


def read(path: Path) -> FitConfig:
    """A configuration from a file: a run's own `config.json`, or just what is inside its `fit`.

    Raises:
        InputError: The file is missing or holds something else.
    """
    try:
        plain = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: no such configuration file; a run's config.json is one.") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.") from error
    inside = plain.get("fit", plain) if isinstance(plain, dict) else None
    if not isinstance(inside, dict):
        raise InputError(f"{path}: a training configuration is a JSON object, like a run's config.json.")
    try:
        return FitConfig.from_json(inside)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
