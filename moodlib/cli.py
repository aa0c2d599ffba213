"""`python -m moodlib ...`: assembles the commands, and says what is wrong with the input in one line."""

from __future__ import annotations

import sys
from typing import Final

import typer

from moodlib.commands import emotion, music, vision
from moodlib.errors import InputError

USAGE_ERROR: Final = 2


def build() -> typer.Typer:
    """The whole command line."""
    plain = {"no_args_is_help": True, "pretty_exceptions_enable": False}
    app = typer.Typer(
        help="A mood DJ: reads a face, follows its mood, ranks songs for it.", add_completion=False, **plain
    )
    train = typer.Typer(help="Make the models.", **plain)
    evaluate = typer.Typer(help="Measure the models.", **plain)
    vision.register(app)
    music.register(app, train, evaluate)
    emotion.register(app, train, evaluate)
    app.add_typer(train, name="train")
    app.add_typer(evaluate, name="evaluate")
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exit with 0, or with 2 and one line on stderr when the input cannot be used."""
    try:
        build()(arguments)
    except InputError as error:
        sys.stderr.write(f"moodlib: {' '.join(str(error).split())}\n")
        sys.exit(USAGE_ERROR)
    except KeyboardInterrupt:
        sys.stderr.write("moodlib: stopped.\n")
        sys.exit(130)
