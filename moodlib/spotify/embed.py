"""Addresses of Spotify's embedded player and track pages. Building one contacts nobody."""

from __future__ import annotations

import re
from typing import Final

from moodlib.errors import InputError

PLAYER_SCRIPT: Final = "https://open.spotify.com/embed/iframe-api/v1"
"""Spotify's iFrame API, which drives a player from the page's own script."""

_TRACK_ID: Final = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)


def is_track_id(text: object) -> bool:
    """Whether the text has the form of a Spotify id: 22 characters of base 62."""
    return isinstance(text, str) and _TRACK_ID.fullmatch(text) is not None


def _checked(track_id: str) -> str:
    if not is_track_id(track_id):
        raise InputError(f"{track_id!r} is not a Spotify track id; it has 22 letters and digits.")
    return track_id


def player_url(track_id: str) -> str:
    """Address of the embedded player; it needs no key.

    Raises:
        InputError: Not a track id. So nothing from a file can point the player elsewhere.
    """
    return f"https://open.spotify.com/embed/track/{_checked(track_id)}"


def track_url(track_id: str) -> str:
    """Address of the track's own page.

    Raises:
        InputError: Not a track id.
    """
    return f"https://open.spotify.com/track/{_checked(track_id)}"
