"""Connecting an account: Authorization Code with PKCE. There is no secret, and the token never leaves memory.

The way goes over Spotify's own page and back to this app, where Streamlit begins a new session. So what belongs to the
one who left (the verifier, and whatever the session wants back) waits here under an unguessable `state`: once, for ten
minutes, and for the same browser only.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, NoReturn, TypeVar

import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.exceptions import SpotifyOauthError
from spotipy.oauth2 import SpotifyPKCE

from moodlib.errors import InputError
from moodlib.spotify.services import TIMEOUT, Services, SignedOutError, SpotifyError

SCOPES: Final = (
    "user-library-read",
    "user-library-modify",
    "user-top-read",
    "playlist-read-private",
    "playlist-modify-private",
)
LIFETIME: Final = 600.0
"""Seconds that somebody may take at Spotify's page."""
MAX_WAITING: Final = 200
_CLIENT_ID: Final = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)

Luggage = TypeVar("Luggage")


class Pkce(SpotifyPKCE):  # type: ignore[misc]
    """spotipy's PKCE manager that keeps its token in memory and never asks on a terminal."""

    def __init__(self, client_id: str, redirect_uri: str, services: Services) -> None:
        super().__init__(
            client_id=client_id,
            redirect_uri=redirect_uri,
            scope=" ".join(SCOPES),
            cache_handler=MemoryCacheHandler(),
            requests_timeout=TIMEOUT,
            requests_session=requests.Session(),
            open_browser=False,
        )
        self.OAUTH_AUTHORIZE_URL = f"{services.accounts}/authorize"
        self.OAUTH_TOKEN_URL = f"{services.accounts}/api/token"

    def _get_auth_response(self, open_browser: bool | None = None) -> NoReturn:
        # spotipy would wait for somebody to type at the server's terminal.
        raise SignedOutError("The connection to Spotify has ended; connect again.")

    def finish(self, code: str, refusal: str = "") -> None:
        """Trade the code for a token.

        Args:
            code: What Spotify put into the address; "" when it put a refusal there.
            refusal: Spotify's `error` in the address, "" for none.

        Raises:
            SpotifyError: The listener said no, Spotify does not take the code, or it cannot be reached.
        """
        if refusal or not code:
            raise SpotifyError(
                "You did not allow it at Spotify's page; nothing was connected."
                if refusal in ("access_denied", "")
                else _refusal(refusal)
            )
        self._ask(lambda: self.get_access_token(code=code, check_cache=False))

    def refresh(self) -> None:
        """Get a new token before the old one's time, for Spotify no longer takes that.

        Raises:
            SignedOutError: The listener has taken the permission back.
            SpotifyError: Spotify cannot be reached.
        """
        token = self.cache_handler.get_cached_token() or {}
        if "refresh_token" not in token:
            raise SignedOutError("The connection to Spotify has ended; connect again.")
        try:
            self._ask(lambda: self.refresh_access_token(token["refresh_token"]))
        except SpotifyError as error:
            if isinstance(error.__cause__, SpotifyOauthError):
                raise SignedOutError(
                    "Spotify no longer accepts this connection: it was taken back or has ended; connect again."
                ) from error
            raise

    def forget(self) -> None:
        """Drop the token."""
        self.cache_handler.save_token_to_cache(None)

    def _ask(self, request: Callable[[], Any]) -> None:
        try:
            request()
        except SpotifyOauthError as error:
            raise SpotifyError(_refusal(str(error.error))) from error
        except requests.exceptions.RequestException as error:
            raise SpotifyError("Spotify cannot be reached; check the network and try again.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise SpotifyError("Spotify's answer to the sign-in cannot be read; try again.") from error


def _refusal(error: str) -> str:
    if error == "invalid_grant":
        return "Spotify's code has expired or was used already; press Connect again."
    if error in ("invalid_client", "invalid_request"):
        return "Spotify does not know this client id with this redirect address; check both in its dashboard."
    return f"Spotify refused the sign-in ({error[:60]}); press Connect again."


def check_client_id(text: str) -> str:
    """A client id without the blanks around it.

    Raises:
        InputError: It does not have the form of one.
    """
    if _CLIENT_ID.fullmatch(text.strip()) is None:
        raise InputError("A client id has 32 characters, 0 to 9 and a to f; copy it from your app's page at Spotify.")
    return text.strip()


def check_redirect(address: str) -> str:
    """A redirect address that Spotify takes.

    Raises:
        InputError: It is neither HTTPS nor a loopback address in digits.
    """
    if re.match(r"https://[^/]+|http://127\.0\.0\.1:\d+", address) is None:
        raise InputError(
            f"Spotify sends nobody back to {address}; use HTTPS or http://127.0.0.1 with its port, never localhost."
        )
    return address


@dataclass(slots=True)
class _Waiting(Generic[Luggage]):
    manager: Pkce | None
    browser: str
    luggage: Luggage
    until: float


class Desk(Generic[Luggage]):
    """Where those who are at Spotify's page are waited for. Shared by all sessions and safe to use from each."""

    def __init__(self, services: Services | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Open it.

        Args:
            services: Where Spotify is.
            clock: Seconds, for tests.
        """
        self.services = services or Services.configured()
        self._clock = clock
        self._waiting: dict[str, _Waiting[Luggage | None]] = {}
        self._lock = threading.Lock()

    def leave(self, client_id: str, redirect_uri: str, browser: str, luggage: Luggage) -> str:
        """Begin a sign-in.

        Args:
            client_id: Of the listener's own app.
            redirect_uri: Where Spotify sends the browser back to, exactly as the app names it there.
            browser: What tells this browser from others; it must be the same on the way back.
            luggage: Given back on return.

        Returns:
            The address of Spotify's page to go to.

        Raises:
            InputError: The client id or the redirect address cannot be one.
        """
        manager = Pkce(check_client_id(client_id), check_redirect(redirect_uri), self.services)
        state = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_old()
            while len(self._waiting) >= MAX_WAITING:
                self._waiting.pop(next(iter(self._waiting)))
            self._waiting[state] = _Waiting(manager, browser, luggage, self._clock() + LIFETIME)
        return str(manager.get_authorize_url(state=state))

    def arrive(self, state: str, browser: str) -> tuple[Pkce, Luggage]:
        """Recognise somebody who comes back.

        Args:
            state: What Spotify put into the address.
            browser: As on leaving.

        Returns:
            The manager, to `finish` with the code, and the luggage.

        Raises:
            SpotifyError: The state was not given out here, was used, has expired or belongs to another browser.
        """
        with self._lock:
            waiting = self._waiting.get(state)
            if waiting is None or not state:
                raise SpotifyError(
                    "This answer belongs to no sign-in that was begun here in the last ten minutes; nothing was "
                    "connected, so press Connect again."
                )
            if not hmac.compare_digest(waiting.browser.encode(), browser.encode()):
                # Not used up: the one who began it may still come.
                raise SpotifyError("This sign-in was begun in another browser; nothing was connected.")
            if waiting.manager is None or waiting.luggage is None:
                raise SpotifyError("This answer was used already; nothing was connected a second time.")
            manager, luggage = waiting.manager, waiting.luggage
            late = waiting.until < self._clock()
            waiting.manager, waiting.luggage = None, None
            self._drop_old()
        if late:
            raise SpotifyError("The sign-in took longer than ten minutes; press Connect again.")
        return manager, luggage

    def _drop_old(self) -> None:
        now = self._clock()
        # Those who come late are told so for a while.
        for state in [state for state, waiting in self._waiting.items() if waiting.until + LIFETIME < now]:
            del self._waiting[state]
