"""`evaluate variety`: how varied the lists are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from moodlib import paths
from moodlib.commands.record import command_line

RECORD = paths.ROOT / "benchmarks" / "results" / "variety.json"


def evaluate_variety(
    catalogue_file: Annotated[Path, typer.Option("--catalogue", help="The songs to choose from.")] = paths.CATALOGUE,
    days: Annotated[int, typer.Option(min=2, max=365, help="How many days' lists are made.")] = 14,
    record: Annotated[bool, typer.Option("--record", help="Write the figures to benchmarks/results.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Distance within lists, coverage of the catalogue and change from day to day, over all moods and strategies."""
    from moodlib.music import catalogue, variety
    from moodlib.music.ranker import Ranker

    figures = variety.measure(Ranker.load(), catalogue.load(catalogue_file), days)
    if record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps({"command": command_line(), **figures}, indent=2) + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(figures))
        return
    names = ("lists", "intra_list_distance", "coverage", "long_tail", "fit")
    table = Table("", *(name.replace("_", " ") for name in names), box=None, header_style="bold")
    for way in ("without_shuffle", "with_shuffle"):
        table.add_row(way.replace("_", " "), *(f"{figures[way][name]:.3g}" for name in names))
    console = Console()
    console.print(table)
    table = Table("shuffle within", "coverage", "fit", "fit lost", "kept", box=None, header_style="bold")
    for row in figures["tolerances"]:
        table.add_row(
            f"{row['tolerance']:g}{' (used)' if row['tolerance'] == figures['tolerance'] else ''}",
            f"{row['coverage']:.2%}", f"{row['fit']:.3f}", f"{row['fit_lost']:.3f}",
            f"{row['kept_from_day_to_day']:.0%}",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Ten songs by chance: distance {figures['intra_list_distance_by_chance']:.3g}. Kept from one day to the next: "
        f"{figures['kept_from_day_to_day']:.0%}. Artists twice in a list: {figures['repeated_artists']}, titles twice: "
        f"{figures['repeated_titles']}.",
        highlight=False,
    )


def register(evaluate: typer.Typer) -> None:
    """Add `evaluate variety`.

    Args:
        evaluate: Gets the command.
    """
    evaluate.command("variety")(evaluate_variety)
