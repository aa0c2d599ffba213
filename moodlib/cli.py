"""`python -m moodlib ...`: assembles the commands, and says what is wrong with the input in one line."""

from __future__ import annotations

import sys
from typing import Final

import typer

from moodlib.commands import check, emotion, journey, music, studies, variety, vision
from moodlib.errors import InputError

USAGE_ERROR: Final = 2


def _group(about: str) -> typer.Typer:
    return typer.Typer(help=about, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def build() -> typer.Typer:
    """The whole command line."""
    app = _group("A mood DJ: reads a face, follows its mood, ranks songs for it.")
    train, evaluate = _group("Make the models."), _group("Measure the models.")
    vision.register(app)
    check.register(app)
    music.register(app, train, evaluate)
    journey.register(app)
    variety.register(evaluate)
    emotion.register(app, train, evaluate)
    studies.register(evaluate)
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
