"""`recommend`, `rank`, `catalogue`, `train ranker`, `evaluate ranker` and `evaluate taste`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from moodlib import paths
from moodlib.commands.record import command_line
from moodlib.errors import InputError
from moodlib.mood.target import MOODS, STRATEGIES, Target, target_for, target_of_emotion

Mood = Annotated[str | None, typer.Option(help=f"One of {', '.join(MOODS)}.")]
Valence = Annotated[float | None, typer.Option(help="Instead of a mood: pleasantness from -1 to 1.")]
Arousal = Annotated[float | None, typer.Option(help="Instead of a mood: activation from -1 to 1.")]
StrategyName = Annotated[str, typer.Option(help=f"One of {', '.join(STRATEGIES)}.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LabelFile = Annotated[Path, typer.Option(help="Table of listeners' mood labels (CSV or Parquet).")]
TrackFile = Annotated[Path, typer.Option(help="Table of tracks with Spotify's audio features.")]


def _target(mood: str | None, valence: float | None, arousal: float | None, strategy: str) -> Target:
    """The target that the options ask for.

    Raises:
        InputError: Neither or both ways of naming a mood are used, or a name or number is wrong.
    """
    if mood is not None and (valence is not None or arousal is not None):
        raise InputError("Give either --mood or --valence and --arousal, not both.")
    if mood is not None:
        start = target_of_emotion(mood)
    elif valence is not None and arousal is not None:
        start = Target(valence, arousal)
    else:
        raise InputError(f"Give --mood NAME (one of {', '.join(MOODS)}), or --valence and --arousal from -1 to 1.")
    return target_for(strategy, start.valence, start.arousal)


def recommend(
    mood: Mood = None,
    valence: Valence = None,
    arousal: Arousal = None,
    strategy: StrategyName = "match",
    limit: Annotated[int, typer.Option(help="How many songs.")] = 10,
    catalogue_file: Annotated[Path, typer.Option("--catalogue", help="The songs to choose from.")] = paths.CATALOGUE,
    as_json: AsJson = False,
) -> None:
    """Songs of the catalogue for a mood, no artist twice."""
    from moodlib.music import catalogue, explain, playlist
    from moodlib.music.ranker import Ranker
    from moodlib.music.taste import NO_TASTE
    from moodlib.music.weights import Weights
    from moodlib.spotify import embed

    target = _target(mood, valence, arousal, strategy)
    songs = catalogue.load(catalogue_file)
    ranker = Ranker.load()
    picked = playlist.pick(ranker.top(songs, target, NO_TASTE, Weights()), limit)
    whys = explain.reasons(ranker, picked, [target] * len(picked), NO_TASTE)
    rows = [
        {
            "rank": place,
            "track_id": row["track_id"],
            "title": row["title"],
            "artist": row["artist"],
            "year": int(row["year"]),
            "genre": row["genre"],
            "score": round(float(row["score"]), 6),
            "fit": round(float(row["fit"]), 4),
            "felt_valence": round(float(row["felt_valence"]), 4),
            "felt_arousal": round(float(row["felt_arousal"]), 4),
            "reason": why,
            "url": embed.track_url(row["track_id"]),
        }
        for place, (row, why) in enumerate(zip(picked.to_dict("records"), whys, strict=True), start=1)
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("#", "Title", "Artist", "Year", "Genre", "Fit", "Why", box=None, header_style="bold")
    for song in rows:
        words = [song["rank"], song["title"], song["artist"], song["year"], song["genre"]]
        table.add_row(*(escape(str(word)) for word in words), f"{song['fit']:.0%}", song["reason"])
    Console().print(table)


def rank(
    songs: Annotated[Path, typer.Option(help="CSV or Parquet file with track_id and Spotify's audio features.")],
    mood: Mood = None,
    valence: Valence = None,
    arousal: Arousal = None,
    strategy: StrategyName = "match",
    as_json: AsJson = False,
) -> None:
    """Every song of a file in the order of how well it fits a mood; by the mood alone."""
    from moodlib.music import catalogue
    from moodlib.music.ranker import Ranker
    from moodlib.music.taste import NO_TASTE
    from moodlib.music.weights import MOOD_ONLY

    target = _target(mood, valence, arousal, strategy)
    ranked = Ranker.load().rank(catalogue.read_songs(songs), target, NO_TASTE, MOOD_ONLY)
    if as_json:
        columns = zip(ranked["track_id"], ranked["rank"], ranked["score"], strict=True)
        typer.echo(json.dumps([{"track_id": i, "rank": int(r), "score": float(s)} for i, r, s in columns]))
        return
    table = Table("Rank", "Track", "Title", "Artist", "Score", box=None, header_style="bold")
    for row in ranked.itertuples():
        table.add_row(
            str(row.rank), *(escape(str(word)) for word in (row.track_id, row.title, row.artist)), f"{row.score:.3f}"
        )
    Console().print(table)


def catalogue_build(
    source: Annotated[Path, typer.Option(help="Table of tracks to choose from (tracks.parquet).")],
    playlists: Annotated[
        Path | None,
        typer.Option(help="Which playlist held which track; playlists.parquet beside the source if left out."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")] = paths.CATALOGUE,
) -> None:
    """Choose the starter catalogue by the rule of data/README.md and write it with its counts."""
    from moodlib.music import selection

    songs, stats = selection.build(source, playlists or source.parent / "playlists.parquet")
    selection.write(songs, stats, out)
    Console(stderr=True).print(f"{out}: {stats['songs']:,} songs by {stats['artists']:,} artists.", highlight=False)


def catalogue_check(file: Annotated[Path, typer.Argument(help="The catalogue file.")] = paths.CATALOGUE) -> None:
    """Check a catalogue file: columns, types, ranges, ids."""
    from moodlib.music import catalogue

    typer.echo(f"{file}: {catalogue.check(file):,} songs, all as they should be.")


def train_ranker(
    labels: LabelFile,
    tracks: TrackFile,
    playlists: Annotated[
        Path | None,
        typer.Option(help="Which playlist held which track; playlists.parquet beside the tracks if left out."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the run folder under models/runs.")] = "ranker-2",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    repeats: Annotated[int, typer.Option(min=0, help="Rounds of cross-validation; 0 to train only.")] = 1,
    models: Annotated[Path, typer.Option(help="Folder of the model files.")] = paths.MODELS,
) -> None:
    """Measure the ranker by cross-validation, train it on all labels and write model, run folder and card."""
    from moodlib.training import ranker_config, ranker_study

    console = Console(stderr=True)
    with Progress(console=console, transient=True) as progress:
        figures = ranker_study.train(
            labels,
            tracks,
            playlists or tracks.parent / "playlists.parquet",
            models,
            name,
            ranker_config.Config(seed=seed),
            repeats=repeats,
            command=command_line(),
            say=_teller(progress),
        )
    if figures:
        _show(figures, console)
    console.print(f"Written to {models} and {models / 'runs' / name}.", highlight=False)


def evaluate_ranker(
    labels: LabelFile,
    tracks: TrackFile,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the folds and of the training.")] = 0,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds of cross-validation, each with other folds.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Cross-validate the ranker by artist against random, popularity, distance, neighbours and a plain classifier."""
    from moodlib.training import fit_felt, mood_labels, ranker_config, ranker_study

    console = Console(stderr=True)
    data, era = mood_labels.read(labels, tracks), fit_felt.read_era(tracks)
    with Progress(console=console, transient=True) as progress:
        figures = ranker_study.cross_validate(data, era, ranker_config.Config(seed=seed), repeats, _teller(progress))
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        _show(figures, Console())


def evaluate_taste(
    plays: Annotated[Path, typer.Option(help="Rated plays to predict: user_id, item_id, rating, timestamp.")],
    items: Annotated[Path, typer.Option(help="Songs: item_id, audio features, general_genre, singer.")],
    history: Annotated[list[Path] | None, typer.Option(help="Earlier rated plays; one or more files.")] = None,
    more_history: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Predict each play's "rated at least 4" from the plays before it, beside popularity and plainer ways."""
    from moodlib.training import taste_study

    figures = taste_study.evaluate([*(history or []), *(more_history or [])], plays, items)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("Way", "AUC", "within a person", box=None, header_style="bold")
    for way, values in figures["ways"].items():
        table.add_row(way, f"{values['auc']:.3f}", f"{values['auc_within_person']:.3f}")
    console = Console()
    console.print(table)
    low, high = figures["intervals"]["auc"]
    console.print(
        f"{figures['n']} plays of {figures['people']} people; model {figures['auc']:.3f} ({low:.3f}-{high:.3f})",
        highlight=False,
    )


def _teller(progress: Progress) -> Any:
    """A function `(done, total, what)` that moves a progress bar."""
    task = progress.add_task("Training", total=None)

    def say(done: int, total: int, what: str) -> None:
        progress.update(task, completed=done, total=total, description=what)

    return say


def _show(figures: dict[str, Any], console: Console) -> None:
    """NDCG@20 on unseen artists of every way of ranking, by source, and the interval of the mean."""
    ways = figures["ndcg_at_20"]
    sources = list(next(iter(ways.values())))
    table = Table("NDCG@20", *sources, "95 % of the mean", box=None, header_style="bold")
    for way, values in ways.items():
        interval = f"{values['mean']['low']:.3f}-{values['mean']['high']:.3f}"
        table.add_row(way, *(f"{values[source]['mean']:.3f}" for source in sources), interval)
    console.print(table)


def register(app: typer.Typer, train: typer.Typer, evaluate: typer.Typer) -> None:
    """Add the commands about songs.

    Args:
        app: Gets `recommend`, `rank` and the group `catalogue`.
        train: Gets `ranker`.
        evaluate: Gets `ranker` and `taste`.
    """
    app.command()(recommend)
    app.command()(rank)
    group = typer.Typer(help="The starter catalogue.", no_args_is_help=True, pretty_exceptions_enable=False)
    group.command("build")(catalogue_build)
    group.command("check")(catalogue_check)
    app.add_typer(group, name="catalogue")
    train.command("ranker")(train_ranker)
    evaluate.command("ranker")(evaluate_ranker)
    evaluate.command("taste")(evaluate_taste)
