"""How well likings are predicted, one play at a time, from the plays before it: `evaluate taste`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from moodlib import paths
from moodlib.errors import InputError
from moodlib.music import taste
from moodlib.music.continuation import Heard, TasteModel
from moodlib.music.tables import complain, read_table, require_columns
from moodlib.training import ranking_metrics, rating_model
from moodlib.training.rating_model import Floats, Plays

LIKED: Final = 4.0
"""A rating from here on is a like."""
ENOUGH: Final = 5
"""Plays of people with fewer earlier ones are learned from but not counted."""
_SOUND: Final = (
    "loudness",
    "danceability",
    "energy",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "valence",
    "tempo",
)
_DRAWS: Final = 500


@dataclass(frozen=True)
class Told:
    """All plays of a study.

    Attributes:
        plays: In the order of time.
        asked: Which of them are to be predicted, shape (n,).
        known: Which are of a song whose features are known, shape (n,).
        heard: Their songs as the app's taste model sees them.
    """

    plays: Plays
    asked: NDArray[np.bool_]
    known: NDArray[np.bool_]
    heard: Heard


def read(history: list[Path], plays: Path, items: Path) -> Told:
    """All plays in the order of time.

    Files are put together by `timestamp`, in seconds. Where one has none, the history files come first in the order
    given and each file keeps its own order.

    Args:
        history: Tables of earlier interactions: `user_id`, `item_id`, `rating` (1 to 5) and, where known, `timestamp`.
        plays: The same for what is to be predicted.
        items: `item_id`, the audio features and, where known, `general_genre` and `singer`.

    Raises:
        InputError: A file or column is missing, a rating is no number from 1 to 5, or there are too many plays.
    """
    parts = [_read_plays(path).assign(setting=number) for number, path in enumerate([*history, plays])]
    told = pd.concat(parts, ignore_index=True)
    if len(told) > rating_model.MAX_PLAYS:
        raise InputError(
            f"{len(told):,} plays are more than can be weighed against each other; give at most "
            f"{rating_model.MAX_PLAYS:,}, the latest ones."
        )
    timed = bool(told["timestamp"].notna().all())
    if timed:
        told = told.sort_values("timestamp", kind="stable", ignore_index=True)
    known = read_table(items)
    require_columns(known, ["item_id", *_SOUND], items)
    known = known.dropna(subset=["item_id"]).drop_duplicates("item_id").set_index("item_id")
    features = known[list(_SOUND)].apply(pd.to_numeric, errors="coerce").astype(float)
    spread = features.std().replace(0.0, 1.0).fillna(1.0)
    sound = ((features - features.mean()) / spread).clip(-3.0, 3.0)
    of_song = known.reindex(told["item_id"])
    there = told["item_id"].isin(known.index).to_numpy()
    days = told["timestamp"].to_numpy(dtype=float) / 86_400 if timed else np.zeros(len(told))
    # A song without one figure has the average one; a song without any has no sound.
    places = sound.reindex(told["item_id"]).to_numpy(dtype=float)
    places = np.where(np.isfinite(places).any(axis=1)[:, None], np.nan_to_num(places), np.nan)
    codes = {
        "person": pd.factorize(told["user_id"])[0],
        "song": pd.factorize(told["item_id"])[0],
        "genre": pd.factorize(of_song["general_genre"])[0] if "general_genre" in of_song else np.full(len(told), -1),
        "singer": pd.factorize(of_song["singer"])[0] if "singer" in of_song else np.full(len(told), -1),
        "setting": told["setting"].to_numpy(dtype=np.intp),
    }
    rated = Plays(rating=told["rating"].to_numpy(dtype=float), days=days, sound=places, **codes)
    # Songs of unknown singers share none.
    singer = np.where(codes["singer"] < 0, -1 - np.arange(len(told)), codes["singer"])
    columns = {name: of_song.get(name, np.nan) for name in (*taste.SOUND, "tempo")}
    table = pd.DataFrame(columns, index=of_song.index).apply(pd.to_numeric, errors="coerce")
    heard = Heard.of(table.reset_index(drop=True), singer)
    return Told(rated, (told["setting"] == len(history)).to_numpy(), there, heard)


def _read_plays(path: Path) -> pd.DataFrame:
    table = read_table(path)
    require_columns(table, ["user_id", "item_id", "rating"], path)
    for name in ("user_id", "item_id"):
        if table[name].isna().any():
            raise complain(path, int(np.argmax(table[name].isna())) + 1, name, "missing", "an id")
    rating = pd.to_numeric(table["rating"], errors="coerce").to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        good = (rating >= 1) & (rating <= 5)
    if not good.all():
        row = int(np.argmin(good))
        raise complain(path, row + 1, "rating", table["rating"].iloc[row], "a number from 1 to 5")
    times = pd.to_numeric(table["timestamp"], errors="coerce") if "timestamp" in table else np.nan
    return table[["user_id", "item_id"]].assign(rating=rating, timestamp=times)


def evaluate(history: list[Path], plays: Path, items: Path, seed: int = 0) -> dict[str, Any]:
    """Predict "rated at least 4" for each play from what came before it, and measure.

    The shares of the effects are learned from the history files alone. Counted are plays of songs that `items` knows,
    by people with at least `ENOUGH` earlier plays.

    Returns:
        `n`; `auc`, over all counted plays; `auc_within_person`, of each person's own plays, weighted by their number;
        `auc_popularity`, of the song's mean rating by other people so far; `intervals`, 95 % by bootstrap over people,
        of each and of the gains; `ways`, both figures for each plainer way; `people`; `effects`, the learned variance
        of each.

    Raises:
        InputError: As `read`, or there is nothing to count.
    """
    told = read(history, plays, items)
    rated, asked, known = told.plays, told.asked, told.known
    shares = rating_model.fit(rated.take(np.flatnonzero(~asked)))
    earlier = pd.Series(rated.person).groupby(rated.person).cumcount().to_numpy()
    rows = np.flatnonzero(asked & known & (earlier >= ENOUGH))
    liked = rated.rating[rows] >= LIKED
    if not liked.any() or liked.all():
        raise InputError(
            f"{plays}: too few plays to measure; needed are liked and other plays, of songs in {items.name}, by people "
            f"with at least {ENOUGH} earlier plays."
        )
    scores = {"model": rating_model.predict_each(rated, shares)[rows], **_plain_ways(told, rows)}
    person = rated.person[rows]
    ways = {
        name: {"auc": ranking_metrics.auc(score, liked), "auc_within_person": within(score, liked, person)}
        for name, score in scores.items()
    }
    return {
        "n": len(rows),
        "auc": round(ways["model"]["auc"], 4),
        "auc_within_person": round(ways["model"]["auc_within_person"], 4),
        "auc_popularity": round(ways["popularity"]["auc"], 4),
        "people": len(np.unique(person)),
        "intervals": _intervals(scores, liked, person, seed),
        "ways": {name: {key: round(value, 4) for key, value in found.items()} for name, found in ways.items()},
        "effects": dict(zip((*rating_model.EFFECTS, "noise"), np.round(shares, 4).tolist(), strict=True)),
    }


def _plain_ways(told: Told, rows: NDArray[np.intp]) -> dict[str, Floats]:
    """Plainer predictions of each asked play from the plays before it; shape (len(rows),) each.

    "served taste" is the taste part as the app works it out: it knows nothing of other people's ratings.
    """
    rated = told.plays
    model = TasteModel.load(paths.MODELS)
    nothing = np.zeros(0, dtype=np.intp)
    ways: dict[str, list[float]] = {
        name: [] for name in ("popularity", "own mean", "own genre", "own kernel", "served taste")
    }
    for row in rows:
        before = rated.rating[:row]
        own = rated.person[:row] == rated.person[row]
        mean = float(before[own].mean())
        same_song = (rated.song[:row] == rated.song[row]) & ~own
        same_genre = own & (rated.genre[:row] == rated.genre[row])
        distance = np.nan_to_num(((rated.sound[:row][own] - rated.sound[row]) ** 2).sum(axis=1), nan=99.0)
        near = np.exp(-distance / 16.0)
        ways["popularity"].append(_shrunk(before[same_song], float(before.mean())))
        ways["own mean"].append(mean)
        ways["own genre"].append(_shrunk(before[same_genre], mean))
        ways["own kernel"].append(float((near @ before[own] + 0.1 * mean) / (near.sum() + 0.1)))
        liked, skipped = np.flatnonzero(own & (before >= LIKED)), np.flatnonzero(own & (before < LIKED - 1))
        ways["served taste"].append(float(model.affinity(told.heard, np.array([row]), liked, nothing, skipped)[0]))
    found = {name: np.array(values) for name, values in ways.items()}
    three = (found[name] for name in ("popularity", "own genre", "own kernel"))
    found["sum of three ranks"] = np.sum([pd.Series(score).rank().to_numpy() for score in three], axis=0)
    return found


def _shrunk(ratings: Floats, towards: float) -> float:
    """Mean of some ratings and one more that is expected."""
    return float((ratings.sum() + towards) / (len(ratings) + 1))


def within(score: Floats, liked: NDArray[np.bool_], person: NDArray[np.intp]) -> float:
    """Mean of each person's own AUC, weighted by their plays; NaN when nobody has both liked and other plays."""
    total, weight = 0.0, 0
    for one in np.unique(person):
        own = person == one
        value = ranking_metrics.auc(score[own], liked[own])
        if np.isfinite(value):
            total, weight = total + value * int(own.sum()), weight + int(own.sum())
    return total / weight if weight else float("nan")


def _intervals(
    scores: dict[str, Floats], liked: NDArray[np.bool_], person: NDArray[np.intp], seed: int
) -> dict[str, list[float]]:
    """95 % intervals over people, of the model and of its gain over the plainer ways (paired)."""
    names = ("popularity", "own mean", "served taste", "sum of three ranks")
    people = person.astype(str)

    def of(statistic: Any) -> list[float]:
        return [round(end, 4) for end in ranking_metrics.bootstrap(statistic, people, _DRAWS, seed)]

    model = scores["model"]
    found = {
        "auc": of(lambda r: ranking_metrics.auc(model[r], liked[r])),
        "auc_within_person": of(lambda r: within(model[r], liked[r], person[r])),
    }
    for name in names:
        other = scores[name]
        found[f"gain over {name}"] = of(
            lambda r, other=other: ranking_metrics.auc(model[r], liked[r]) - ranking_metrics.auc(other[r], liked[r])
        )
    return found
