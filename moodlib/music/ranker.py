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
from moodlib.music.continuation import LEAST, TasteModel
from moodlib.music.felt import FeltModel, load_booster
from moodlib.music.prepared import Prepared
from moodlib.music.taste import NO_TASTE, Taste
from moodlib.music.weights import MOOD_ONLY, WEIGHTS, Weight, Weights

PARTS: Final[tuple[str, ...]] = tuple(f"part_{weight.name}" for weight in WEIGHTS)
BLOCKED: Final = -2.0 * sum(max(abs(weight.low), abs(weight.high)) for weight in WEIGHTS)
"""Taste part of songs by an artist that the listener wants nothing of: lower than all other parts together can lift,
whatever the weights."""
CANDIDATES: Final = 2_500
"""Songs of a large table that go through the whole model."""
WHOLE: Final = 8_000
"""Up to so many songs all go through it: the starter catalogue and what a listener brings along."""
_LOOKED_AROUND: Final = 20
# The catalogue, and a table each for the sessions that added songs of their own.
_REMEMBERED: Final = 8
Floats = NDArray[np.float64]


class Ranker:
    """What a song feels like, and how songs are ordered for a target (XGBoost, LambdaMART).

    Safe to share between sessions and threads: nothing of a listener is kept.
    """

    def __init__(self, felt: FeltModel, booster: xgb.Booster, taste_model: TasteModel | None = None) -> None:
        """Take trained models.

        Args:
            felt: What songs feel like.
            booster: From `features.query_matrix` to a margin, higher is better. Its attributes `slope` and `intercept`
                turn a margin into the probability that listeners call the song by that mood.
            taste_model: What belongs with what is liked; without one the taste part is 0, but for blocked artists.
        """
        self.felt = felt
        self.booster = booster
        self.taste_model = taste_model
        self._slope = float(booster.attr("slope") or 1.0)
        self._intercept = float(booster.attr("intercept") or 0.0)
        self._prepared: dict[int, tuple[weakref.ref[pd.DataFrame], Prepared]] = {}

    @classmethod
    def load(cls, path: Path = paths.RANKER) -> Ranker:
        """The ranker in a file, with the felt model's files beside it.

        Raises:
            InputError: A file is missing or not the one of the manifest.
        """
        return cls(FeltModel.load(path.parent), load_booster(path), TasteModel.load(path.parent))

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
        return self._ordered(songs, np.arange(len(songs)), target, taste, weights)

    def top(
        self,
        songs: pd.DataFrame,
        target: Target,
        taste: Taste,
        weights: Weights,
        *,
        candidates: int | None = None,
    ) -> pd.DataFrame:
        """The best songs of a large table, best first: candidates by cheap scores, then those ranked as by `rank`.

        Candidates are the best by an estimate of the whole score (the felt model's probability in place of the ranker,
        and a taste that is worked out for some hundred cells of audio space), and the songs around each rated one.

        Args:
            songs: As for `rank`.
            target: As for `rank`.
            taste: As for `rank`.
            weights: As for `rank`.
            candidates: How many songs go through the whole model; with no more songs than this it is the same as
                `rank`. Left out: all of up to `WHOLE` songs, `CANDIDATES` of a larger table.

        Returns:
            As `rank`, of the candidates only.
        """
        prepared = self._prepare(songs)
        candidates = candidates or (WHOLE if len(songs) <= WHOLE else CANDIDATES)
        if len(songs) <= candidates:
            return self.rank(songs, target, taste, weights)
        return self._ordered(songs, self._chosen(prepared, target, taste, weights, candidates), target, taste, weights)

    def prepare(self, songs: pd.DataFrame) -> None:
        """Work out now, and not at the first ranking, what depends on the songs alone."""
        self._prepare(songs).group()

    def _ordered(
        self, songs: pd.DataFrame, rows: NDArray[np.intp], target: Target, taste: Taste, weights: Weights
    ) -> pd.DataFrame:
        """Some of the songs, best first, with their parts."""
        prepared = self._prepare(songs)
        fit = self._fit(prepared, rows, target)
        parts = self._parts(prepared, rows, fit, taste, weights)
        score = parts.sum(axis=1)
        ids = prepared.ids[rows].astype(str)
        order = np.lexsort((ids, -np.round(score, 9)))
        later = _earlier_of_artist(prepared.artist[rows], order)
        parts[:, -1] = -weights.variety * later / (1.0 + later)
        score = parts.sum(axis=1)
        order = np.lexsort((ids, -np.round(score, 9)))
        ranked = songs.iloc[rows[order]].reset_index(drop=True)
        extra = {
            "rank": np.arange(1, len(rows) + 1),
            "score": score[order],
            "fit": fit[order],
            "felt_valence": prepared.felt[rows[order], 0].astype(float),
            "felt_arousal": prepared.felt[rows[order], 1].astype(float),
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
        prepared = Prepared(ranked, self.felt)
        fit = np.array([self._fit(prepared, np.array([row]), target)[0] for row, target in enumerate(targets)])
        moved = ranked.assign(fit=fit, part_mood_fit=weights.mood_fit * fit)
        return moved.assign(score=moved[list(PARTS)].sum(axis=1))

    def _fit(self, prepared: Prepared, rows: NDArray[np.intp], target: Target) -> Floats:
        query = features.query_matrix(prepared.matrix[rows], prepared.quadrants[rows], target)
        return np.asarray(1.0 / (1.0 + np.exp(-(self._slope * margin(self.booster, query) + self._intercept))))

    def _chosen(
        self, prepared: Prepared, target: Target, likes: Taste, weights: Weights, count: int
    ) -> NDArray[np.intp]:
        """Rows of the candidates, not ordered; all arithmetic in float32 over the whole table."""
        estimate = np.zeros(len(prepared), dtype=np.float32)
        if weights.mood_fit:
            # In place: a million songs are four megabytes at each step, and fresh memory costs more than arithmetic.
            odds = features.agreement(prepared.quadrants, target)
            np.clip(odds, 1e-4, 1.0 - 1e-4, out=odds)
            np.divide(odds, 1.0 - odds, out=odds)
            np.log(odds, out=odds)
            odds *= np.float32(-self._slope)
            odds -= np.float32(self._intercept)
            np.exp(odds, out=odds)
            odds += np.float32(1.0)
            np.divide(np.float32(weights.mood_fit), odds, out=estimate)
        known = np.float32(weights.popularity - weights.novelty / 2.0)
        for weight, column in (
            (known, prepared.popularity),
            (weights.energy, prepared.centred["energy"]),
            (weights.acousticness, prepared.centred["acousticness"]),
        ):
            if weight:
                estimate += np.float32(weight) * column
        rated = prepared.rows((*likes.liked, *likes.seeds, *likes.skipped))
        if len(rated):
            liked, skipped = _closeness(prepared, prepared.cells.centres, likes)
            of_cell = weights.taste * taste.affinity(liked, skipped) - weights.novelty / 2.0 * _familiar(liked, skipped)
            estimate += of_cell.astype(np.float32)[prepared.cells.cell]
        if likes.blocked:
            estimate[prepared.by(likes.blocked)] += np.float32(BLOCKED)
        best = _largest(estimate, count)
        wanted = prepared.rows((*likes.liked, *likes.seeds))[-_LOOKED_AROUND:]
        if not len(wanted):
            return best
        # The estimate knows nothing of artists, and only cells of the sound.
        # Marks instead of sorted sets: a hundred thousand rows lie around ten songs, and sorting them took most time.
        same = np.zeros(len(prepared), dtype=bool)
        same[prepared.of_artists(prepared.artist[wanted])] = True
        around = same.copy()
        around[prepared.cells.around(prepared.sound[wanted])] = True
        near = np.flatnonzero(around)
        liked, skipped = _closeness(prepared, prepared.sound[near], likes)
        refined = estimate[near] + weights.taste * np.maximum(taste.affinity(liked, skipped), same[near])
        chosen = np.zeros(len(prepared), dtype=bool)
        chosen[best] = True
        chosen[near[_largest(refined, count // 2)]] = True
        return np.flatnonzero(chosen)

    def _parts(self, prepared: Prepared, rows: NDArray[np.intp], fit: Floats, likes: Taste, weights: Weights) -> Floats:
        """The parts of the score, shape (len(rows), len(PARTS)); variety, which depends on the order, is 0."""
        skipped = prepared.rows(likes.skipped)
        affinity = np.zeros(len(rows))
        if self.taste_model is not None:
            affinity = self.taste_model.affinity(
                prepared.heard, rows, prepared.rows(likes.liked), prepared.rows(likes.seeds), skipped
            )
            affinity[np.isin(rows, skipped)] = LEAST
        popularity = prepared.popularity[rows].astype(float)
        familiar = _familiar(*_closeness(prepared, prepared.sound[rows], likes)) if weights.novelty else 0.0
        columns = {
            "mood_fit": weights.mood_fit * fit,
            "taste": weights.taste * affinity,
            "popularity": weights.popularity * popularity,
            "novelty": weights.novelty * (1.0 - (popularity + familiar) / 2.0),
            "energy": weights.energy * prepared.centred["energy"][rows],
            "acousticness": weights.acousticness * prepared.centred["acousticness"][rows],
            "variety": np.zeros(len(rows)),
        }
        if likes.blocked:
            columns["taste"][prepared.by(likes.blocked)[rows]] = BLOCKED
        return np.column_stack([columns[weight.name] for weight in WEIGHTS])

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
        self._keep(songs, Prepared(songs, self.felt, quadrants))

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

    def _prepare(self, songs: pd.DataFrame) -> Prepared:
        held = self._prepared.get(id(songs))
        if held is not None and held[0]() is songs:
            return held[1]
        prepared = Prepared(songs, self.felt)
        self._keep(songs, prepared)
        return prepared

    def correction(self, rows: features.Matrix) -> Floats:
        """What LambdaMART adds to the margin of `features.query_matrix`'s rows: by TreeSHAP each column, then the base.

        Returns:
            float64, shape (n, columns + 1); the base has the prior's margin in it.
        """
        start = features.prior_margin(rows).astype(float)
        matrix = xgb.DMatrix(rows, base_margin=start)
        return np.asarray(self.booster.predict(matrix, pred_contribs=True), dtype=float)

    def _keep(self, songs: pd.DataFrame, prepared: Prepared) -> None:
        for key in [key for key, (alive, _) in list(self._prepared.items()) if alive() is None]:
            self._prepared.pop(key, None)
        while len(self._prepared) >= _REMEMBERED:
            self._prepared.pop(next(iter(self._prepared)), None)
        self._prepared[id(songs)] = (weakref.ref(songs), prepared)


def margin(booster: xgb.Booster, rows: features.Matrix) -> Floats:
    """The LambdaMART model's own output for rows of `features.query_matrix`; higher is better; float64, shape (n,)."""
    start = features.prior_margin(rows)
    return np.asarray(booster.inplace_predict(rows, predict_type="margin", base_margin=start), dtype=float)


def _closeness(prepared: Prepared, places: features.Matrix, likes: Taste) -> tuple[Floats, Floats]:
    """Closeness of places in audio space to each liked and to each skipped song, shapes (n, l) and (n, s)."""
    liked = prepared.rows((*likes.liked, *likes.seeds))
    return (
        taste.closeness(places, prepared.sound[liked]),
        taste.closeness(places, prepared.sound[prepared.rows(likes.skipped)]),
    )


def _largest(values: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Where the `count` largest of some values are, in no order; all of them when there are no more."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.asarray(np.argpartition(values, len(values) - count)[-count:])


def _familiar(liked: Floats, skipped: Floats) -> Floats:
    """How near places are to the nearest song that the listener rated, in [0, 1], shape (n,)."""
    return np.asarray(np.concatenate([liked, skipped], axis=1).max(axis=1, initial=0.0))


def _earlier_of_artist(artist: NDArray[np.intp], order: NDArray[np.intp]) -> Floats:
    """How many songs of the same artist come before each song in an order; shape (n,)."""
    earlier = np.empty(len(order))
    earlier[order] = pd.Series(artist[order]).groupby(artist[order]).cumcount().to_numpy()
    return earlier


__all__: list[Any] = ["MOOD_ONLY", "NO_TASTE", "PARTS", "WEIGHTS", "Ranker", "Taste", "Weight", "Weights"]
