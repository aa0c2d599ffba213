"""`journey`: songs that lead from one mood to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from moodlib import paths
from moodlib.mood.target import MOODS, target_of_emotion
from moodlib.music.catalogue import load


def journey(
    start: Annotated[str, typer.Option("--from", help=f"Mood to begin with: one of {', '.join(MOODS)}.")],
    end: Annotated[str, typer.Option("--to", help="Mood to arrive at: one of the same.")] = "happy",
    songs: Annotated[int | None, typer.Option(help="How many songs, 2 to 50; 12 if nothing is said.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Instead of --songs: how long, 6 to 180 minutes.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="For another way than the best one.")] = None,
    catalogue_file: Annotated[Path, typer.Option("--catalogue", help="The songs to choose from.")] = paths.CATALOGUE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Songs from one mood to another in even steps.

    From one song to the next, energy changes by at most 0.15 and the beat by at most 12 % (half and double of a tempo
    are the same beat).
    """
    from moodlib.music import journey as way
    from moodlib.music.ranker import Ranker
    from moodlib.music.taste import NO_TASTE
    from moodlib.music.weights import Weights

    count = way.DEFAULT_SONGS if songs is None and minutes is None else songs
    begin, arrive = target_of_emotion(start), target_of_emotion(end)
    planned = way.plan(
        Ranker.load(), load(catalogue_file), begin, arrive, NO_TASTE, Weights(), count, minutes, seed
    )  # fmt: skip
    rows = [_row(song) for song in planned.to_dict("records")]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("#", "Title", "Artist", "Feels", "Energy", "Tempo", "Minutes", box=None, header_style="bold")
    for row in rows:
        words = (row["rank"], row["title"], row["artist"], f"{row['felt_valence']:+.2f} {row['felt_arousal']:+.2f}")
        numbers = (f"{row['energy']:.2f}", f"{row['tempo']:.0f}", f"{row['minutes']:.1f}")
        table.add_row(*(escape(str(word)) for word in words), *numbers)
    console = Console()
    console.print(table)
    console.print(f"{len(rows)} songs, {sum(row['minutes'] for row in rows):.0f} minutes.", highlight=False)


def _row(song: dict[Any, Any]) -> dict[str, Any]:
    """One song as JSON; changes are null for the first."""
    from moodlib.spotify import embed

    places = ("felt_valence", "felt_arousal", "step_valence", "step_arousal", "fit", "energy", "tempo")
    changes = ("energy_change", "tempo_change")
    return {
        "rank": int(song["rank"]),
        "track_id": song["track_id"],
        "title": song["title"],
        "artist": song["artist"],
        "year": int(song["year"]),
        "minutes": round(float(song["duration_ms"]) / 60_000, 2),
        **{name: round(float(song[name]), 4) for name in places},
        **{name: None if song[name] != song[name] else round(float(song[name]), 4) for name in changes},
        "url": embed.track_url(song["track_id"]),
    }


def register(app: typer.Typer) -> None:
    """Add `journey`.

    Args:
        app: Gets the command.
    """
    app.command()(journey)
