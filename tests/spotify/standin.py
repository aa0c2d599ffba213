"""A stand-in for Spotify's accounts service and Web API (as since February 2026) and for ReccoBeats, on this computer.

It knows one user with a library, and plays every refusal that a test asks for. `with StandIn() as spotify:` starts it;
`spotify.trouble` is a list of refusals for the next requests whose path begins with a prefix.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from moodlib.spotify.services import Services

CLIENT_ID = "0123456789abcdef0123456789abcdef"
DEAD = (
    "audio-features", "audio-analysis", "recommendations", "browse/", "users/", "tracks?ids", "artists?ids", "markets",
)  # fmt: skip


def track_id(number: int) -> str:
    """A made-up id of 22 characters."""
    return f"standIn{number:015d}"


def track(number: int, **changes: Any) -> dict[str, Any]:
    """A song as the Web API describes it, without the fields that are gone."""
    return {
        "type": "track",
        "id": track_id(number),
        "uri": f"spotify:track:{track_id(number)}",
        "name": f"Song number {number}",
        "artists": [{"name": f"Band {number % 97}"}, {"name": "A guest"}],
        "album": {"name": "An album", "release_date": f"{1960 + number % 60}-05-01"},
        "duration_ms": 180_000 + number,
        "is_local": False,
        "explicit": False,
    } | changes


@dataclass
class Trouble:
    """What goes wrong with requests whose method and path begin so.

    Attributes:
        where: For example "GET /v1/me/tracks".
        status: Answered instead; 0 lets the request through, but see below.
        headers: Of that answer.
        body: Of that answer; None is Spotify's usual error.
        times: How often.
        cut: Break the connection in the middle of the answer.
        slow: Seconds before the answer.
        after: Let so many through first.
    """

    where: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    times: int = 1
    cut: bool = False
    slow: float = 0.0
    after: int = 0


class StandIn:
    """The service; everything that it holds can be looked at and changed while it runs."""

    def __init__(self, saved: int = 120, latency: float = 0.0) -> None:
        self.user = {"id": "listener", "display_name": "Lis Tener", "type": "user"}
        self.saved: list[dict[str, Any]] = [track(number) for number in range(saved)]
        self.top = [track(number) for number in range(5, 65)]
        self.playlists: dict[str, dict[str, Any]] = {}
        self.shape = "item"
        self.features: dict[str, dict[str, Any]] = {}
        self.trouble: list[Trouble] = []
        self.requests: list[str] = []
        self.latency = latency
        self.lifetime = 3600
        self.deny = False
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.lock = threading.Lock()
        self.add_playlist("Road trip", [track(number) for number in range(200, 260)])
        self._server: ThreadingHTTPServer | None = None

    # --- what tests say and ask ---

    def add_playlist(self, name: str, items: list[dict[str, Any] | None], owner: str = "listener") -> str:
        made = f"playlist{len(self.playlists):014d}"
        self.playlists[made] = {"id": made, "name": name, "owner": {"id": owner}, "songs": items, "public": False}
        return made

    def count(self, prefix: str = "") -> int:
        """How many requests began so."""
        return sum(request.startswith(prefix) for request in self.requests)

    def revoke(self) -> None:
        """The listener takes the permission back at Spotify."""
        self.tokens.clear()
        self.refresh_tokens.clear()

    def expire(self) -> None:
        """All access tokens end before their time; refresh tokens stay."""
        self.tokens.clear()

    def grant(self) -> dict[str, Any]:
        """A token as the accounts service gives it."""
        access, refresh = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.tokens.add(access)
        self.refresh_tokens.add(refresh)
        return {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime, "refresh_token": refresh,
                "scope": SCOPE}  # fmt: skip

    @property
    def services(self) -> Services:
        assert self._server is not None
        base = f"http://127.0.0.1:{self._server.server_address[1]}"
        return Services(base, f"{base}/v1", f"{base}/reccobeats")

    @property
    def environment(self) -> dict[str, str]:
        at = self.services
        return {
            "MOODLIB_SPOTIFY_ACCOUNTS": at.accounts,
            "MOODLIB_SPOTIFY_API": at.api,
            "MOODLIB_RECCOBEATS": at.features,
        }

    def __enter__(self) -> StandIn:
        service = self

        class Handler(_Handler):
            spotify = service

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    # --- what Spotify says ---

    def trouble_for(self, request: str) -> Trouble | None:
        with self.lock:
            for each in self.trouble:
                if request.startswith(each.where) and each.times > 0:
                    if each.after > 0:
                        each.after -= 1
                        return None
                    each.times -= 1
                    return each
        return None

    def authorise(self, query: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Spotify's page, on which the listener says yes at once."""
        if query.get("client_id") != CLIENT_ID or query.get("code_challenge_method") != "S256":
            return 400, {}, "INVALID_CLIENT: Invalid client"
        answer = {"state": query["state"]}
        if self.deny:
            answer["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = query
            answer["code"] = code
        return 302, {"Location": f"{query['redirect_uri']}?{urlencode(answer)}"}, ""

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        if form.get("client_id") != CLIENT_ID:
            return 400, {}, {"error": "invalid_client", "error_description": "Invalid client"}
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                return 400, {}, {"error": "invalid_grant", "error_description": "Refresh token revoked"}
            self.refresh_tokens.discard(form["refresh_token"])
            return 200, {}, self.grant()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {}, {"error": "invalid_grant", "error_description": "Invalid authorization code"}
        if asked["code_challenge"] != challenge:
            return 400, {}, {"error": "invalid_grant", "error_description": "code_verifier was incorrect"}
        return 200, {}, self.grant()

    def page(self, entries: list[Any], query: dict[str, str], most: int = 50) -> tuple[int, dict[str, str], Any]:
        limit, offset = int(query.get("limit", 20)), int(query.get("offset", 0))
        if limit > most:
            return refused(400, "Invalid limit")
        more = offset + limit < len(entries)
        return 200, {}, {
            "items": entries[offset : offset + limit], "total": len(entries), "limit": limit, "offset": offset,
            "next": "there is more" if more else None,
        }  # fmt: skip

    def wrapped(self, items: list[Any]) -> list[dict[str, Any]]:
        return [{"added_at": "2026-01-01T00:00:00Z", self.shape: item} for item in items]

    def api(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, str], Any]:
        parts = path.split("/")
        if path.startswith(DEAD) or (path.endswith("/tracks") and parts[0] == "playlists"):
            return refused(403, "Forbidden")
        if (method, path) == ("GET", "me"):
            return 200, {}, self.user
        if (method, path) == ("GET", "me/tracks"):
            return self.page([{"added_at": "2026-01-01T00:00:00Z", "track": item} for item in self.saved], query)
        if (method, path) == ("GET", "me/top/tracks") and query.get("time_range", "").endswith("_term"):
            return self.page(self.top, query)
        if (method, path) == ("GET", "search"):
            return self.page(self.saved, query, most=10)
        if (method, path) == ("GET", "me/playlists"):
            shown = [{k: v for k, v in each.items() if k != "songs"} for each in self.playlists.values()]
            return self.page(shown, query)
        if (method, path) == ("POST", "me/playlists"):
            made = self.add_playlist(body["name"], [])
            self.playlists[made] |= {"description": body["description"], "public": body["public"]}
            return 201, {}, {"id": made, "name": body["name"]}
        if parts[0] == "playlists" and parts[2:] == ["items"]:
            playlist = self.playlists.get(parts[1])
            if playlist is None:
                return refused(404, "Resource not found")
            if method == "GET":
                return self.page(self.wrapped(playlist["songs"]), query)
            if method == "POST" and isinstance(body, dict) and 0 < len(body["uris"]) <= 100:
                playlist["songs"] += [{"uri": uri} for uri in body["uris"]]
                return 201, {}, {"snapshot_id": "one"}
        if path in ("me/library", "me/library/contains"):
            uris = query.get("uris", "").split(",")
            if not 0 < len(uris) <= 40:
                return refused(400, "Too many ids requested")
            held = {item["uri"] for item in self.saved if item}
            if path.endswith("contains"):
                return 200, {}, [uri in held for uri in uris]
            if method == "PUT":
                self.saved += [{"uri": uri} for uri in uris if uri not in held]
                return 200, {}, ""
            if method == "DELETE":
                for uri in uris:
                    self.playlists.pop(uri.rpartition(":")[2], None)
                self.saved = [item for item in self.saved if item["uri"] not in uris]
                return 200, {}, ""
        return refused(404, "Service not found")

    def reccobeats(self, query: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        ids = query.get("ids", "").split(",")
        if len(ids) > 40:
            return 400, {}, {"error": "too many ids"}
        found = [
            {"id": f"uuid-{each}", "href": f"https://open.spotify.com/track/{each}", **self.features[each]}
            for each in ids
            if each in self.features
        ]
        return 200, {}, {"content": found}


SCOPE = "user-library-read user-library-modify user-top-read playlist-read-private playlist-modify-private"


def refused(status: int, message: str) -> tuple[int, dict[str, str], Any]:
    return status, {}, {"error": {"status": status, "message": message}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together: apart, each answer would wait for an acknowledgement that the other side puts off.
    wbufsize = 1 << 20
    spotify: StandIn

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""

    def _answer(self, method: str) -> None:
        spotify = self.spotify
        where = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        spotify.requests.append(f"{method} {self.path}")
        time.sleep(spotify.latency)
        trouble = spotify.trouble_for(f"{method} {where.path}")
        if trouble is not None and trouble.status:
            status, headers, said = refused(trouble.status, "As the test wished")
            said = said if trouble.body is None else trouble.body
            headers = dict(trouble.headers)
        elif where.path == "/authorize":
            status, headers, said = spotify.authorise(query)
        elif where.path == "/api/token":
            with spotify.lock:
                status, headers, said = spotify.token({name: values[0] for name, values in parse_qs(raw).items()})
        elif where.path == "/reccobeats/audio-features":
            status, headers, said = spotify.reccobeats(query)
        elif self.headers.get("Authorization", "").removeprefix("Bearer ") not in spotify.tokens:
            status, headers, said = refused(401, "The access token expired")
        else:
            with spotify.lock:
                status, headers, said = spotify.api(
                    method, where.path.removeprefix("/v1/"), query, json.loads(raw) if raw else None
                )
        if trouble is not None and trouble.slow:
            time.sleep(trouble.slow)
        self._send(status, headers, said, cut=trouble is not None and trouble.cut)

    def _send(self, status: int, headers: Mapping[str, str], said: Any, *, cut: bool) -> None:
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if cut:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(content)


__all__ = ["CLIENT_ID", "StandIn", "Trouble", "track", "track_id"]
