"""The Privacy page's counters beside what really happened: requests seen by the browser, bytes seen on the disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import visit
from tests.e2e.test_history import go, history_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.conftest import Server, Visit


def counter(visitor: Visit, name: str) -> int:
    """What the page says, once it has counted anew."""
    visitor.page.wait_for_timeout(2500)
    tile = visitor.at("counters").get_by_test_id("stMetric").filter(has_text=name)
    found = re.search(r"[\d,]+", tile.get_by_test_id("stMetricValue").inner_text())
    assert found is not None
    return int(found[0].replace(",", ""))


@pytest.fixture
def alone(smiling_browser: Browser, server: Server) -> Iterator[Visit]:
    """A visitor of this test alone: what it turns on must not outlive it."""
    with visit(smiling_browser, server) as visitor:
        yield visitor


def test_the_counters_say_what_really_happened(alone: Visit) -> None:
    visitor = alone
    visitor.open()
    before = visitor.server.files()
    visitor.choose("source", "By hand")
    visitor.choose("hand_mood", "happy")
    songs = visitor.wait_for_songs()
    go(visitor, "Privacy")
    assert [counter(visitor, name) for name in ("Frames kept", "Bytes written", "Outside requests")] == [0, 0, 0]
    assert visitor.strangers == []
    assert visitor.server.files() == before

    visitor.stub_players()
    go(visitor, "Live")
    visitor.wait_for_songs()
    visitor.at(f"play_{songs[0]}").get_by_role("button").click()
    visitor.page.locator('iframe[src*="open.spotify.com"]').first.wait_for()
    go(visitor, "History")
    visitor.at("history_on").locator("label").first.click()
    visitor.settle()
    visitor.wait_for_text("history_switch", r"On: one mood a second")
    sizes = sum(path.stat().st_size for path in history_files(visitor))
    go(visitor, "Live")
    visitor.wait_for_songs()
    visitor.at(f"like_{songs[1]}").get_by_role("button").click()
    visitor.settle()
    go(visitor, "Privacy")
    asked = {url for url in visitor.strangers if "open.spotify.com" in url}
    assert counter(visitor, "Outside requests") == len(asked) == 1
    others = {name for name, change in visitor.server.files().items() if before.get(name) != change}
    assert {Path(name).name for name in others} == {"history.db"}
    grown = sum(path.stat().st_size for path in history_files(visitor)) - sizes
    assert counter(visitor, "Bytes written") >= max(1, grown)
    assert counter(visitor, "Frames kept") == 0
    go(visitor, "History")
    visitor.at("history_delete").get_by_role("button").click()
    visitor.page.get_by_text("Everything is deleted").wait_for()
