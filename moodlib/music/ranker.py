"""Orders songs for a mood and a taste. The score is a sum of parts, and each part is a column of the result."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xgboost as xgb
from numpy.typing import NDArray

from moodlib import paths
from moodlib.mood.target import Target
from moodlib.music import features, taste
from moodlib.music.felt import FeltModel, load_booster
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.titles import artist_key
from moodlib.music.weights import MOOD_ONLY, WEIGHTS, Weight, Weights

PARTS: Final[tuple[str, ...]] = tuple(f"part_{weight.name}" for weight in WEIGHTS)
BLOCKED: Final = -2.0 * sum(max(abs(weight.low), abs(weight.high)) for weight in WEIGHTS)
"""Taste part of songs by an artist that the listener wants nothing of: lower than all other parts together can lift,
whatever the weights."""
# The catalogue, and a table each for the sessions that added songs of their own.
_REMEMBERED: Final = 8
Floats = NDArray[np.float64]


class _Prepared:
    """What is the same for every query on one table of songs."""

    def __init__(self, songs: pd.DataFrame, felt: FeltModel, quadrants: features.Matrix | None = None) -> None:
        self.matrix = features.song_matrix(songs)
        self.quadrants = felt.quadrants(self.matrix) if quadrants is None else quadrants
        self.felt = features.felt_place(self.quadrants)
        self.sound = taste.sound(songs)
        self.row_of = {track_id: row for row, track_id in enumerate(songs["track_id"])}
        artist = songs["artist"] if "artist" in songs else pd.Series("", index=songs.index)
        # Songs without an artist's name share no artist.
        names = artist.where(artist.astype(str) != "", songs["track_id"])
        self.artist: NDArray[np.intp] = pd.factorize(names)[0]
        self._names = artist.to_numpy(dtype=str)
        self._keys: NDArray[np.str_] | None = None
        known = songs["popularity"].to_numpy(dtype=float) if "popularity" in songs else np.full(len(songs), np.nan)
        self.popularity: Floats = np.nan_to_num(known / 100.0)

    def rows(self, ids: tuple[str, ...]) -> NDArray[np.intp]:
        """Rows of those ids that are among the songs, in their order."""
        return np.array([self.row_of[i] for i in ids if i in self.row_of], dtype=np.intp)

    def by(self, artists: tuple[str, ...]) -> NDArray[np.bool_]:
        """Which songs are by some artists, whatever case and accents their names are written with; shape (n,)."""
        if self._keys is None:
            self._keys = np.array([artist_key(name) for name in self._names], dtype=str)
        return np.isin(self._keys, [artist_key(name) for name in artists])


class Ranker:
    """What a song feels like, and how songs are ordered for a target (XGBoost, LambdaMART).

    Safe to share between sessions and threads: nothing of a listener is kept.
    """

    def __init__(self, felt: FeltModel, booster: xgb.Booster) -> None:
        """Take trained models.

        Args:
            felt: What songs feel like.
            booster: From `features.query_matrix` to a margin, higher is better. Its attributes `slope` and `intercept`
                turn a margin into the probability that listeners call the song by that mood.
        """
        self.felt = felt
        self.booster = booster
        self._slope = float(booster.attr("slope") or 1.0)
        self._intercept = float(booster.attr("intercept") or 0.0)
        self._prepared: dict[int, tuple[weakref.ref[pd.DataFrame], _Prepared]] = {}

    @classmethod
    def load(cls, path: Path = paths.RANKER) -> Ranker:
        """The ranker in a file, with the felt model's files beside it.

        Raises:
            InputError: A file is missing or not the one of the manifest.
        """
        return cls(FeltModel.load(path.parent), load_booster(path))

    def rank(self, songs: pd.DataFrame, target: Target, taste: Taste, weights: Weights) -> pd.DataFrame:
        """The songs, best first.

        What depends on the songs alone is kept while the same object comes again, so do not change it in place. Equal
        scores are ordered by track id: the order of the rows does not matter.

        Args:
            songs: With `track_id` (each once) and the audio features; `artist` and `popularity` where known.
            target: The mood that the songs should have.
            taste: What the listener said; ids that are not among the songs say nothing. Songs by blocked artists come
                last, whatever the weights: their `part_taste` is `BLOCKED`.
            weights: How much each part counts.

        Returns:
            All columns of `songs` and: `rank` from 1; `score`; the columns `PARTS`, which add up to `score`; `fit` in
            [0, 1], the estimated probability that listeners hear the target's mood in the song; `felt_valence` and
            `felt_arousal` in [-1, 1].
        """
        prepared = self._prepare(songs)
        fit = self._fit(prepared, target)
        parts = _parts(prepared, songs, fit, taste, weights)
        score = parts.sum(axis=1)
        ids = songs["track_id"].to_numpy(dtype=str)
        order = np.lexsort((ids, -np.round(score, 9)))
        later = _earlier_of_artist(prepared.artist, order)
        parts[:, -1] = -weights.variety * later / (1.0 + later)
        score = parts.sum(axis=1)
        order = np.lexsort((ids, -np.round(score, 9)))
        ranked = songs.iloc[order].reset_index(drop=True)
        extra = {
            "rank": np.arange(1, len(songs) + 1),
            "score": score[order],
            "fit": fit[order],
            "felt_valence": prepared.felt[order, 0].astype(float),
            "felt_arousal": prepared.felt[order, 1].astype(float),
            **{name: parts[order, column] for column, name in enumerate(PARTS)},
        }
        return pd.concat([ranked.drop(columns=[name for name in extra if name in ranked]), pd.DataFrame(extra)], axis=1)

    def retarget(self, ranked: pd.DataFrame, targets: Sequence[Target], weights: Weights) -> pd.DataFrame:
        """Rows of a ranking, each for a target of its own: the steps of a journey.

        Args:
            ranked: Rows as `rank` returned them, shape (n, ...).
            targets: One for each row, n of them.
            weights: The ones that they were ranked with.

        Returns:
            The same rows with `fit`, `part_mood_fit` and `score` for the row's own target.
        """
        prepared = _Prepared(ranked, self.felt)
        fit = np.array([self._fit(prepared, target)[row] for row, target in enumerate(targets)])
        moved = ranked.assign(fit=fit, part_mood_fit=weights.mood_fit * fit)
        return moved.assign(score=moved[list(PARTS)].sum(axis=1))

    def _fit(self, prepared: _Prepared, target: Target) -> Floats:
        rows = features.query_matrix(prepared.matrix, prepared.quadrants, target)
        return np.asarray(1.0 / (1.0 + np.exp(-(self._slope * margin(self.booster, rows) + self._intercept))))

    def quadrants(self, songs: pd.DataFrame) -> features.Matrix:
        """What songs feel like: probabilities of `features.QUADRANTS`, shape (n, 4), some 0.1 ms a song."""
        return self.felt.quadrants(features.song_matrix(songs))

    def felt_places(self, songs: pd.DataFrame) -> features.Matrix:
        """Valence and arousal that listeners would hear in each song, shape (n, 2), in [-1, 1]; kept as by `rank`."""
        return self._prepare(songs).felt

    def know(self, songs: pd.DataFrame, quadrants: features.Matrix) -> None:
        """Take over what songs feel like instead of working it out when they are first ranked.

        Args:
            songs: As for `rank`.
            quadrants: From `quadrants` for the same rows.
        """
        self._keep(songs, _Prepared(songs, self.felt, quadrants))

    def join(self, songs: pd.DataFrame, more: pd.DataFrame, quadrants: features.Matrix) -> pd.DataFrame:
        """Two tables as one, without working out again what their songs feel like.

        Args:
            songs: As for `rank`; usually the catalogue.
            more: Others; columns that only one of the two has are empty in the other's rows.
            quadrants: Of `more`, from `quadrants`.

        Returns:
            `songs` followed by `more`.
        """
        joined = pd.concat([songs, more], ignore_index=True)
        self.know(joined, np.concatenate([self._prepare(songs).quadrants, quadrants]))
        return joined

    def _prepare(self, songs: pd.DataFrame) -> _Prepared:
        held = self._prepared.get(id(songs))
        if held is not None and held[0]() is songs:
            return held[1]
        prepared = _Prepared(songs, self.felt)
        self._keep(songs, prepared)
        return prepared

    def _keep(self, songs: pd.DataFrame, prepared: _Prepared) -> None:
        for key in [key for key, (alive, _) in list(self._prepared.items()) if alive() is None]:
            self._prepared.pop(key, None)
        while len(self._prepared) >= _REMEMBERED:
            self._prepared.pop(next(iter(self._prepared)), None)
        self._prepared[id(songs)] = (weakref.ref(songs), prepared)


def margin(booster: xgb.Booster, rows: features.Matrix) -> Floats:
    """The LambdaMART model's own output for rows of `features.query_matrix`; higher is better; float64, shape (n,)."""
    start = features.prior_margin(rows)
    return np.asarray(booster.inplace_predict(rows, predict_type="margin", base_margin=start), dtype=float)


def _parts(prepared: _Prepared, songs: pd.DataFrame, fit: Floats, likes: Taste, weights: Weights) -> Floats:
    """The parts of the score, shape (n, len(PARTS)), all but variety, which depends on the order by the others."""
    liked = taste.closeness(prepared.sound, prepared.rows((*likes.liked, *likes.seeds * taste.SEED)))
    skipped = taste.closeness(prepared.sound, prepared.rows(likes.skipped))
    affinity = taste.affinity(liked, skipped)
    affinity[prepared.rows(likes.skipped)] = -1.0
    familiar = np.concatenate([liked, skipped], axis=1).max(axis=1, initial=0.0)
    # A value that nobody knows counts as the middle.
    centred = {
        name: np.nan_to_num(songs[name].to_numpy(dtype=float) * 2.0 - 1.0) for name in ("energy", "acousticness")
    }
    columns = {
        "mood_fit": weights.mood_fit * fit,
        "taste": weights.taste * affinity,
        "popularity": weights.popularity * prepared.popularity,
        "novelty": weights.novelty * (1.0 - (prepared.popularity + familiar) / 2.0),
        "energy": weights.energy * centred["energy"],
        "acousticness": weights.acousticness * centred["acousticness"],
        "variety": np.zeros(len(songs)),
    }
    if likes.blocked:
        columns["taste"][prepared.by(likes.blocked)] = BLOCKED
    return np.column_stack([columns[weight.name] for weight in WEIGHTS])


def _earlier_of_artist(artist: NDArray[np.intp], order: NDArray[np.intp]) -> Floats:
    """How many songs of the same artist come before each song in an order; shape (n,)."""
    earlier = np.empty(len(order))
    earlier[order] = pd.Series(artist[order]).groupby(artist[order]).cumcount().to_numpy()
    return earlier


__all__: list[Any] = ["MOOD_ONLY", "NO_TASTE", "PARTS", "WEIGHTS", "Ranker", "Taste", "Weight", "Weights"]
