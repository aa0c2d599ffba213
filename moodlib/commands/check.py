"""`check`: whether everything that the app needs is there and whole."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Annotated, Final
from urllib.parse import urlsplit

import numpy as np
import typer

from moodlib import lean, manifest, paths, settings
from moodlib.emotions import NAMES
from moodlib.errors import InputError

TIMEOUT: Final = 5.0
"""Seconds that a running app has to answer."""


def check(
    url: Annotated[str, typer.Option(help="Address of a running app, which must answer too.")] = "",
) -> None:
    """Say whether settings, models and songs can be used and, with --url, whether the app answers."""
    settings.load()
    for name in manifest.read(paths.MODELS):
        manifest.verify(paths.MODELS / name)
    _models()
    if url:
        _answers(url)
    typer.echo("All is well.")


def _models() -> None:
    # Imported here: with a wrong setting or a missing file there is nothing to wait for.
    from moodlib.music import catalogue
    from moodlib.vision.classifier import EmotionClassifier

    with lean.without_scikit_learn():
        from moodlib.music.ranker import Ranker

    said = EmotionClassifier().predict(np.zeros((1, 48, 48), np.uint8))
    if said.shape != (1, len(NAMES)) or not np.isfinite(said).all():
        raise InputError(f"{paths.EMOTION_TFLITE.name} gives no probabilities; restore it from the repository.")
    Ranker.load()
    catalogue.load()


def _answers(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"{url} is not an address; give one like http://127.0.0.1:8501.")
    address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/_stcore/health"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
            answer.read()
    except (OSError, urllib.error.URLError) as error:
        raise InputError(f"{address} does not answer ({error}); start the app with `make run`.") from error


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)
