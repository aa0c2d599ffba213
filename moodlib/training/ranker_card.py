"""The ranker's model card: every figure is taken from the run's metrics."""

from __future__ import annotations

from typing import Any, Final

from moodlib.music import features


def card(figures: dict[str, Any], run: str) -> str:
    """The text of the card.

    Args:
        figures: As `ranker_study.train` writes them into the run's metrics.json.
        run: Name of the run folder.
    """
    table, felt, taste = figures["ndcg_at_20"], figures["felt"], figures["taste"]
    sources = list(next(iter(table.values())))
    tagged = next((values for values in felt.values() if "valence_r" in values), None)
    return _CARD.format(
        n=figures["n"],
        artists=figures["artists"],
        run=run,
        command=figures["command"],
        folds=figures["folds"],
        repeats=figures["repeats"],
        table=_rows(
            f"NDCG@20 | {' | '.join(sources)}", {way: [_span(v[s]) for s in sources] for way, v in table.items()}
        ),
        others=_rows(
            "mean over the sources | NDCG@10 | MAP | AUC | coverage | artists",
            {
                way: [
                    *(_span(figures[metric][way]["mean"]) for metric in ("ndcg_at_10", "map", "auc")),
                    *(f"{share:.2f}" for share in figures["lists"][way].values()),
                ]
                for way in table
            },
        ),
        gains=_rows("over | gain in mean NDCG@20", {way: [_gain(gain)] for way, gain in figures["gain_over"].items()}),
        moods=_rows(
            f"NDCG@20 / AUC | {' | '.join(features.QUADRANTS)}",
            {
                source: [f"{value:.3f} / {figures['auc_by_mood'][source][mood]:.3f}" for mood, value in by_mood.items()]
                for source, by_mood in figures["by_mood"].items()
            },
        ),
        felt=_rows(
            "felt model | accuracy | log loss | calibration error",
            {source: [f"{v[name]:.3f}" for name in ("accuracy", "log_loss", "ece")] for source, v in felt.items()},
        ),
        tags=_tags(tagged) if tagged else "",
        taste=_rows(
            "way | NDCG@10 | AUC | NDCG@10 with 1, 3, 10 known songs",
            {
                way: [
                    _span(values["ndcg_at_10"]),
                    _span(values["auc"]),
                    ", ".join(f"{value:.3f}" for value in values["ndcg_at_10"]["by_known"].values()),
                ]
                for way, values in taste["ways"].items()
            },
        ),
        playlists=taste["playlists"],
        trained_on=taste["trained_on"],
        importance=_most(figures["importance"]),
        taste_importance=_most(taste["importance"]),
    )


def _rows(head: str, rows: dict[str, list[str]]) -> str:
    """A Markdown table."""
    columns = head.count("|")
    return "\n".join(
        [
            f"| {head} |",
            f"|---|{'---:|' * columns}",
            *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()),
        ]
    )


def _span(value: dict[str, Any]) -> str:
    return f"{value['mean']:.3f} ({value['low']:.3f}-{value['high']:.3f})"


def _gain(value: dict[str, float]) -> str:
    clear = "" if value["low"] > 0 or value["high"] < 0 else ", no difference that this data can show"
    return f"{value['mean']:+.3f} ({value['low']:+.3f} to {value['high']:+.3f}){clear}"


def _most(importance: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in list(importance.items())[:6])


def _tags(values: dict[str, float]) -> str:
    return (
        f"Pearson's correlation with the continuous tags: felt valence {values['valence_r']:.2f} (Spotify's valence "
        f"{values['spotify_valence_r']:.2f}), felt arousal {values['arousal_r']:.2f} (Spotify's energy "
        f"{values['spotify_energy_r']:.2f})."
    )


_CARD: Final = """# The ranker

Orders songs by how well they fit a place on the valence-arousal plane and what the listener likes.

- **Made by** `{command}`; figures in `models/runs/{run}/metrics.json`, choices in `config.json` beside it.
- **Trained on** {n:,} mood labels by listeners, of songs by {artists:,} artists, from three public collections:
  Deezer's continuous valence and arousal tags (Delbouys et al., ISMIR 2018), the moods of "data_moods", and the titles
  of hand-picked playlists; on the release years of the track table; and on which songs share public playlists.
- **Models.** `era.ubj` (when a song sounds as if made); `felt.ubj` and `felt_smooth.npz` (probability that listeners
  put it in each quadrant: boosted trees and, with most of the weight, a regression on normal scores and their products;
  sharpened so that they are as sure as they are right); `ranker.ubj` (XGBRanker, LambdaMART: the order for a target,
  starting from the felt model's log odds); `taste.ubj` (XGBoost classifier: does a song belong with those that the
  listener liked). Queries never mix sources, because the sources disagree on what is calm and how many songs are.
- **Sources.** A song of "data_moods_2" counts half: half of them are instrumental beats called calm. Continuous tags
  count for all quadrants, by their distance to the axes. What that brings is in the tables below, as "all sources and
  tags alike".

## How good it is

{folds}-fold cross-validation by artist, {repeats} round(s): no model ranks a song of an artist that it saw in training.
For each source and each of four moods (happy, angry, sad, calm) the unseen songs are ordered through `Ranker.rank`, as
`rank --mood` does it. 95 % intervals by bootstrap over artists. The kinds of model and their few settings were chosen
on other random folds of the same labels, so these figures are a little kind to them.

{table}

{others}

Coverage: distinct songs among the twenty best for the four moods, as a share of eighty. Artists: distinct artists among
twenty songs.

Gain of the ranker, paired:

{gains}

By mood:

{moods}

Most used columns of the ranker: {importance}.

## What a song feels like

{felt}

{tags}

## Taste

Trained on {trained_on} public playlists and measured on {playlists} others: one, three or ten songs of a list are
known, and up to fifteen others are to be found among a hundred songs drawn at random. Intervals by bootstrap over
playlists.

{taste}

Most used columns: {taste_importance}. Public playlists are often of one decade or one artist, and so is what is
learned from them. Ratings in daily life were not used for training: `evaluate taste` measures them
(`models/runs/{run}/field_study.json`), the app's taste part as "served taste". There, within a person, the playlists'
model alone is no better than plain nearness in audio space, which is why both count; that the two together are better
is less than such a small study can show. Its main figure is of another model, which also knows other people's ratings;
the app does not have those.

## What it is not

- Listeners disagree: songs that two sources share often have different labels.
- The sources mean different things by "calm": instrumental beats in one, soft songs in the others; the table by mood
  shows what that costs.
- "energetic" of one source is counted as the angry quadrant, for lack of a better one. "disgust", "fear" and "surprise"
  have no labels of their own: they are places on the plane, ranked by interpolation.
- `fit` is a probability for songs like the labelled ones.
- It reads audio features, not lyrics: a sad text over bright music is called happy.
"""
