"""What moved a song up or down: Shapley values of the models (TreeSHAP: Lundberg et al. 2020, Nat. Mach. Intell. 2:56).

Two models make the mood part. The felt model says how sure it is of each of the four quadrants; LambdaMART corrects the
order that this gives. Trees are taken apart exactly by XGBoost (`pred_contribs`), the felt model's regression by
`felt.Smooth.contributions`: a row's contributions and its base add up to the model's own output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.mood.target import Target
from moodlib.music import features
from moodlib.music.weights import WEIGHTS

if TYPE_CHECKING:
    from moodlib.music.ranker import Ranker

Floats = NDArray[np.float64]

ERA: Final = "era"
HEARD: Final[tuple[str, ...]] = features.FELT
"""What the felt model hears in a song; order of its columns."""
WORDS: Final[dict[str, str]] = {
    "danceability": "danceability",
    "energy": "energy",
    "loudness": "loudness",
    "speechiness": "spoken words",
    "acousticness": "acoustic sound",
    "instrumentalness": "no vocals",
    "liveness": "audience noise",
    "valence": "bright sound",
    "tempo": "tempo",
    "duration_ms": "length",
    ERA: "era it sounds like",
    "beat": "tempo at the beat",
}


@dataclass(frozen=True)
class Heard:
    """Contributions of a few songs, each for its own target.

    Attributes:
        felt: What each feature adds to the log odds that the song feels like the target's quadrant rather than like the
            others, shape (n, len(HEARD)).
        felt_base: What a song of which nothing is known has, shape (n,).
        order: What each column of the ranker adds to its margin, shape (n, len(SONG) + len(QUERY)).
        prior: What the felt model gives the ranker to begin with, shape (n,).
        order_base: The ranker's own base, shape (n,).
    """

    felt: Floats
    felt_base: Floats
    order: Floats
    prior: Floats
    order_base: Floats


def of(ranker: Ranker, songs: pd.DataFrame, targets: list[Target]) -> Heard:
    """Take the mood part of a few songs apart.

    Args:
        ranker: Whose models.
        songs: With the columns `features.SONG`; a few, for this takes a tenth of a millisecond each.
        targets: One for each song.
    """
    matrix = features.song_matrix(songs)
    quadrants = ranker.felt.quadrants(matrix)
    places = np.array([[target.valence, target.arousal] for target in targets])
    asked = features.membership(places).argmax(axis=1)
    # Shape (n, 4, columns + 1), in log odds; what a quadrant has more than the others have on average.
    told = ranker.felt.contributions(matrix)
    mine = told[np.arange(len(told)), asked]
    more = mine - (told.sum(axis=1) - mine) / (len(features.QUADRANTS) - 1)
    rows = np.concatenate(
        [features.query_matrix(matrix[[i]], quadrants[[i]], target) for i, target in enumerate(targets)]
    )
    start = features.prior_margin(rows).astype(float)
    order = ranker.correction(rows)
    return Heard(more[:, :-1], more[:, -1], order[:, :-1], start, order[:, -1] - start)


def table(ranker: Ranker, song: pd.Series[Any], target: Target) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything that made one song's score, for a chart.

    Args:
        ranker: Whose models.
        song: A row of `Ranker.rank`.
        target: What it was ranked for.

    Returns:
        Two tables of `what` and `value`, largest first: the parts of the score, which add up to it; and what speaks for
        the target's quadrant and against it in how the song sounds, in log odds.
    """
    heard = of(ranker, song.to_frame().T.infer_objects(), [target])
    parts = {weight.label: float(song[f"part_{weight.name}"]) for weight in WEIGHTS}
    sounds = {WORDS[name]: float(value) for name, value in zip(HEARD, heard.felt[0], strict=True)}
    sounds["the ranker's correction"] = float(heard.order[0].sum())
    return _sorted(parts), _sorted(sounds)


def _sorted(values: dict[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame({"what": list(values), "value": list(values.values())})
    return frame[frame["value"].abs() > 5e-4].sort_values("value", ascending=False, ignore_index=True)
