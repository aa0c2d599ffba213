"""One connected account: requests to the Web API as it is since February 2026, each refusal as a sentence."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

import requests
import spotipy
from spotipy.exceptions import SpotifyException

from moodlib.spotify.auth import Pkce
from moodlib.spotify.services import TIMEOUT, RateLimitedError, Services, SignedOutError, SpotifyError, retry_after

SEARCH_LIMIT: Final = 10
Answer = dict[str, Any]

# spotipy writes addresses of failed requests to its log, and tokens at its finest level: neither is anybody's business.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)


def _nobody(_host: str) -> None:
    """Nobody is told of requests."""


class Account:
    """A listener's account, for as long as this session lasts.

    Attributes:
        id: Spotify's name for it.
        name: What it calls itself.
        requests: How many requests were sent.
    """

    def __init__(self, manager: Pkce, services: Services, tell: Callable[[str], None] = _nobody) -> None:
        """Take a manager that holds a token, and ask whose it is.

        Args:
            manager: Holds the token.
            services: Where Spotify is.
            tell: Called just before each request with the name of the address.

        Raises:
            SpotifyError: Spotify does not answer, or refuses.
        """
        self._manager = manager
        # A session of our own keeps spotipy from mounting its retries: they would sleep through a long Retry-After, and
        # with none left they lose the status and that header.
        self._api = spotipy.Spotify(
            auth_manager=manager,
            requests_session=requests.Session(),
            requests_timeout=TIMEOUT,
            retries=0,
            status_retries=0,
        )
        self._api.prefix = f"{services.api}/"
        self._lock = threading.Lock()
        self._tell = tell
        self.requests = 0
        about = self.get("me")
        self.id = str(about.get("id", ""))
        self.name = str(about.get("display_name") or self.id)
        if not self.id:
            raise SpotifyError("Spotify did not say whose account this is; try again.")

    def disconnect(self) -> None:
        """Forget the token."""
        self._manager.forget()

    def get(self, path: str, **parameters: object) -> Any:
        """Read something: the JSON of the answer.

        Raises:
            SpotifyError: See `_call`; also when the answer broke off.
        """
        answer = self._call("_get", path, None, parameters)
        if answer is None:
            raise SpotifyError("Spotify's answer broke off or cannot be read; press Go on to ask again.")
        return answer

    def post(self, path: str, payload: Answer) -> Answer:
        """Make something.

        Raises:
            SpotifyError: See `_call`.
        """
        answer = self._call("_post", path, payload, {})
        return answer if isinstance(answer, dict) else {}

    def put(self, path: str, **parameters: object) -> None:
        """Set something.

        Raises:
            SpotifyError: See `_call`.
        """
        self._call("_put", path, None, parameters)

    def delete(self, path: str, **parameters: object) -> None:
        """Remove something.

        Raises:
            SpotifyError: See `_call`.
        """
        self._call("_delete", path, None, parameters)

    def _call(self, verb: str, path: str, payload: Answer | None, parameters: dict[str, object]) -> Any:
        """One request, with one more try after a new token when the old one is not taken.

        Returns:
            None for an empty answer, or one that is no JSON.

        Raises:
            SignedOutError: The connection has ended.
            RateLimitedError: Too many requests.
            SpotifyError: Everything else: refused, not there, trouble on their side, no network.
        """
        with self._lock:
            try:
                return self._send(verb, path, payload, parameters)
            except SpotifyException as error:
                if error.http_status != 401:
                    raise _said(error) from error
            self._renew()
            try:
                return self._send(verb, path, payload, parameters)
            except SpotifyException as error:
                raise _said(error) from error

    def _renew(self) -> None:
        self._tell("accounts.spotify.com")
        self._manager.refresh()

    def _send(self, verb: str, path: str, payload: Answer | None, parameters: dict[str, object]) -> Any:
        self.requests += 1
        token = self._manager.cache_handler.get_cached_token()
        if token is None:
            raise SignedOutError("No account is connected; connect one first.")
        if self._manager.is_token_expired(token):
            self._renew()
        self._tell("api.spotify.com")
        try:
            return getattr(self._api, verb)(path, payload=payload, **parameters)
        except requests.exceptions.Timeout as error:
            raise SpotifyError(f"Spotify did not answer within {TIMEOUT:g} s; try again.") from error
        except requests.exceptions.RequestException as error:
            raise SpotifyError(
                "Spotify cannot be reached, or its answer broke off; check the network and try again."
            ) from error
        except AttributeError as error:
            # spotipy expects {"error": {...}} of every refusal; a proxy between says it otherwise.
            raise SpotifyError("Something between here and Spotify refused the request; try again.") from error


def _said(error: SpotifyException) -> SpotifyError:
    """What a refusal means."""
    status = int(error.http_status or 0)
    if status == 401:
        return SignedOutError(
            "Spotify no longer accepts this connection: it was taken back or has ended; connect again."
        )
    if status == 403:
        return SpotifyError(
            "Spotify refused this (403): the owner of the client id needs Spotify Premium, and you must be on its list "
            "of users (your app's page at Spotify, User Management)."
        )
    if status == 404:
        return SpotifyError("Spotify does not have this any more (404); choose something else.")
    if status == 429:
        return RateLimitedError("Spotify", retry_after(error.headers or {}))
    if status >= 500:
        return SpotifyError(f"Spotify has trouble on its side ({status}); try again in a minute.")
    return SpotifyError(f"Spotify did not take this request ({status}); nothing was changed.")
