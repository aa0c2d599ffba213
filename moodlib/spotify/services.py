"""Where the services are, and what it means when one of them says no."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from moodlib.errors import InputError

TIMEOUT: Final = 15.0
"""Seconds that one request may take to connect, and between two pieces of its answer."""


class SpotifyError(InputError):
    """A service did not do what it was asked; the message says why and what to do about it."""


class RateLimitedError(SpotifyError):
    """Too many requests.

    Attributes:
        retry_after: Seconds to wait before the next one.
    """

    def __init__(self, service: str, retry_after: float) -> None:
        super().__init__(
            f"{service} asks to wait {waiting(retry_after)} before the next request; what has come so far is kept, so "
            "press Go on then."
        )
        self.retry_after = retry_after


class SignedOutError(SpotifyError):
    """The connection to the account has ended."""


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses of the services, each without a slash at the end.

    Attributes:
        accounts: Spotify's accounts service.
        api: Spotify's Web API.
        features: ReccoBeats, for audio features.
    """

    accounts: str = "https://accounts.spotify.com"
    api: str = "https://api.spotify.com/v1"
    features: str = "https://api.reccobeats.com/v1"

    @classmethod
    def configured(cls, environment: Mapping[str, str] = os.environ) -> Services:
        """The real ones, unless a test has put a stand-in in their place.

        `MOODLIB_SPOTIFY_ACCOUNTS`, `MOODLIB_SPOTIFY_API` and `MOODLIB_RECCOBEATS` name stand-ins. Only this computer's
        own address is taken, so that a token never goes anywhere else by a slip of configuration.

        Raises:
            InputError: A stand-in is not on this computer.
        """
        named = {
            "accounts": environment.get("MOODLIB_SPOTIFY_ACCOUNTS"),
            "api": environment.get("MOODLIB_SPOTIFY_API"),
            "features": environment.get("MOODLIB_RECCOBEATS"),
        }
        for address in filter(None, named.values()):
            if urlsplit(address).scheme != "http" or urlsplit(address).hostname != "127.0.0.1":
                raise InputError(f"A stand-in for Spotify must be at http://127.0.0.1, not {address}; unset it.")
        return cls(**{name: address.rstrip("/") for name, address in named.items() if address})


def waiting(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def retry_after(headers: Mapping[str, str], default: float = 30.0) -> float:
    """Seconds from a Retry-After header; the default when there is none that can be read."""
    try:
        return max(1.0, float({name.lower(): value for name, value in headers.items()}["retry-after"]))
    except (KeyError, ValueError):
        return default
