"""All choices of the ranker's training, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Config:
    """All choices of the training; written to the run folder.

    Attributes:
        seed: Of every random draw.
        source_weights: How much a song of each source counts; 1 where not named. Half of the songs of "data_moods_2"
            are instrumental beats called calm, so each tells less that is new.
        tree_share: How much the trees count beside the regression in the felt model.
        soft: Whether continuous tags count for all quadrants, by their distance to the axes, or for one.
        inner_folds: Folds by artist for the felt predictions that the ranker is trained on, so that it sees them as
            uncertain as they are for unknown songs.
        chunk: Songs per query.
        passes: How often the songs of a source are dealt into queries.
        random_targets: Queries at random places of the plane for each chunk, beside the named ones.
        felt: XGBoost parameters of the felt model's trees.
        felt_rounds: Trees per class of the felt model.
        smooth_penalty: Inverse strength of the penalty on the felt model's regression (scikit-learn's C).
        era: XGBoost parameters of the era model.
        era_rounds: Trees of the era model.
        era_folds: Folds by artist for the era of the labelled songs.
        ranker: XGBoost parameters of the ranker.
        ranker_rounds: Trees of the ranker.
    """

    seed: int = 0
    source_weights: dict[str, float] = field(default_factory=lambda: {"data_moods_2": 0.5})
    tree_share: float = 0.3
    soft: bool = True
    inner_folds: int = 4
    chunk: int = 150
    passes: int = 1
    random_targets: int = 2
    felt: dict[str, Any] = field(
        default_factory=lambda: {
            "max_depth": 4,
            "learning_rate": 0.048,
            "min_child_weight": 5,
            "subsample": 0.6,
            "colsample_bytree": 0.5,
            "max_bin": 64,
        }
    )
    felt_rounds: int = 120
    smooth_penalty: float = 0.01
    era: dict[str, Any] = field(
        default_factory=lambda: {
            "max_depth": 5,
            "learning_rate": 0.2,
            "min_child_weight": 20,
            "subsample": 0.7,
            "max_bin": 64,
        }
    )
    era_rounds: int = 60
    era_folds: int = 2
    ranker: dict[str, Any] = field(
        default_factory=lambda: {
            "objective": "rank:ndcg",
            "lambdarank_pair_method": "topk",
            "ndcg_exp_gain": False,
            "max_depth": 3,
            "learning_rate": 0.02,
            "min_child_weight": 5,
            "subsample": 0.6,
            "colsample_bytree": 0.6,
            "max_bin": 64,
        }
    )
    ranker_rounds: int = 80
