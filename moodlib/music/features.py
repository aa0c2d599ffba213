"""The columns that the models see. Training and serving both build them here, so that they cannot drift apart."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib.mood.target import Target

Matrix = NDArray[np.float32]

QUADRANTS: Final = ("happy", "angry", "sad", "calm")
"""The four quadrants of the circumplex, each named by its best known mood; order of the felt model's classes."""

CORNERS: Final[Matrix] = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=np.float32)
"""Valence and arousal at the corner of each quadrant, shape (4, 2)."""

# Key and mode are left out: they are missing for one whole source of labels, so a tree would learn the source from
# their absence, and where they are there they added nothing in cross-validation.
SONG: Final = (
    "danceability",
    "energy",
    "loudness",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_ms",
)

FELT: Final = (*SONG, "era", "beat")
"""Columns of `felt_matrix`: the song's own, the era it sounds like, and the tempo at the beat."""

QUERY: Final = ("agreement", "opposition", "same_valence", "same_arousal", "target_valence", "target_arousal")

# How fast a target leaves the middle: at a coordinate of 0.3 (the arousal of "angry") a target is 90 % on its side.
_STEEPNESS: Final = 4.0


def song_matrix(songs: pd.DataFrame) -> Matrix:
    """What the felt model sees of each song.

    Args:
        songs: With the columns `SONG`; a value may be missing.

    Returns:
        float32, shape (n, len(SONG)); NaN where a value is missing.
    """
    return np.column_stack([songs[name].to_numpy(dtype=np.float32) for name in SONG])


def felt_matrix(songs: Matrix, era: Matrix) -> Matrix:
    """What the felt model sees of each song: its features, the era it sounds like, and its tempo at the beat.

    Trackers of tempo are often off by a factor of two, so slow and fast readings are brought to 80 to 160 beats a
    minute; the raw tempo stays beside it.

    Args:
        songs: From `song_matrix`.
        era: Decades since 2000, shape (n,).

    Returns:
        float32, shape (n, len(FELT)).
    """
    tempo = songs[:, SONG.index("tempo")]
    folded = np.where(tempo < 80.0, tempo * 2.0, np.where(tempo > 160.0, tempo / 2.0, tempo))
    return np.column_stack([songs, era, folded]).astype(np.float32)


def membership(places: NDArray[np.floating]) -> Matrix:
    """How much places in the plane belong to each quadrant; soft near the axes.

    With `s(x) = (1 + tanh(4 x)) / 2`, the share of the upper right quadrant is `s(valence) s(arousal)`, and so on.

    Args:
        places: Valence and arousal, shape (n, 2).

    Returns:
        float32, shape (n, 4), order of `QUADRANTS`, rows sum to 1.
    """
    side = (1.0 + np.tanh(_STEEPNESS * np.asarray(places, dtype=np.float32))) / 2.0
    shares = [np.where(c > 0, side, 1.0 - side).prod(axis=1) for c in CORNERS]
    return np.column_stack(shares).astype(np.float32)


def felt_place(quadrants: Matrix) -> Matrix:
    """Expected valence and arousal of songs from their quadrant probabilities, shape (n, 2), in [-1, 1]."""
    return quadrants @ CORNERS


def agreement(quadrants: Matrix, target: Target) -> Matrix:
    """Probability that each song is felt on the target's side of both axes, float32, shape (n,)."""
    return np.asarray(quadrants @ membership(np.array([[target.valence, target.arousal]]))[0], dtype=np.float32)


def query_matrix(songs: Matrix, quadrants: Matrix, target: Target) -> Matrix:
    """What the ranker sees of each song for one target.

    The quadrant probabilities are turned towards the target (`agreement` is the probability that the song is felt on
    the target's side of both axes, `opposition` on the other side of both, and so on), so that the trees learn once
    what "more like what was asked for" means and not anew for every quadrant.

    Args:
        songs: From `song_matrix`, shape (n, len(SONG)).
        quadrants: Felt quadrant probabilities, shape (n, 4).
        target: The mood that the songs should have.

    Returns:
        float32, shape (n, len(SONG) + len(QUERY)).
    """
    share = membership(np.array([[target.valence, target.arousal]]))[0]
    happy, angry, sad, calm = share
    turned = np.array(
        [[happy, angry, sad, calm], [sad, calm, happy, angry], [calm, sad, angry, happy], [angry, happy, calm, sad]],
        dtype=np.float32,
    )
    constant = np.broadcast_to(np.array([target.valence, target.arousal], dtype=np.float32), (len(songs), 2))
    return np.concatenate([songs, quadrants @ turned.T, constant], axis=1)


def prior_margin(rows: Matrix) -> Matrix:
    """Where the ranker starts from: the log odds of `agreement`, shape (n,).

    Its trees then learn only what the felt model misses, which in cross-validation was better than learning the whole
    order anew.

    Args:
        rows: From `query_matrix`.
    """
    agreement = np.clip(rows[:, len(SONG)], 1e-4, 1.0 - 1e-4)
    return np.log(agreement / (1.0 - agreement)).astype(np.float32)
