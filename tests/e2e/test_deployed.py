"""The app behind the headers that deploy/Caddyfile sets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Error, Playwright, Route

from moodlib.paths import ROOT
from tests.e2e.conftest import Server, chromium, visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _policy(site: str) -> str:
    found = re.search(r'Content-Security-Policy "(.+)"', (ROOT / "deploy" / "Caddyfile").read_text())
    assert found
    return found[1].replace("wss://{$SITE}", f"ws://{site}")


def _with_header(policy: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        try:
            response = route.fetch()
        except Error:
            # The page has gone on meanwhile and wants the answer no more.
            return
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})

    return answer


# A page whose headers were changed on the way counts as one from outside, which may not ask 127.0.0.1 for anything.
_FROM_OUTSIDE = ("--disable-features=LocalNetworkAccessChecks",)


def test_video_songs_and_player_load_under_the_content_policy(
    playwright: Playwright, smiling_webcam: Path, server: Server
) -> None:
    with (
        chromium(playwright, smiling_webcam, extra=_FROM_OUTSIDE) as browser,
        visit(browser, server) as visitor,
    ):
        refused: list[str] = []
        visitor.page.on(
            "console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None
        )
        visitor.page.route(f"{server.url}**", _with_header(_policy(urlsplit(server.url).netloc)))
        visitor.open()
        video = visitor.page.frame_locator('iframe[src*="webrtc"]')
        video.get_by_role("button", name=re.compile("^start$", re.IGNORECASE)).wait_for(timeout=90_000)
        visitor.choose("source", "By hand")
        visitor.choose("hand_mood", "happy")
        assert len(visitor.wait_for_songs()) == 10
        visitor.stub_players()
        visitor.at(f"play_{visitor.track_ids()[0]}").get_by_role("button").click()
        visitor.page.locator('iframe[src*="open.spotify.com/embed"]').first.wait_for()
        assert refused == []
        visitor.page.unroute_all(behavior="ignoreErrors")
