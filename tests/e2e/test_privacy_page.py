"""The Privacy page's counters beside what really happened: requests seen by the browser, bytes seen on the disk."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from moodlib.ui import run_tables, runs
from moodlib.ui.privacy import CONTACTED, PROCESSED
from tests.e2e.conftest import PATIENCE
from tests.e2e.test_history import go, history_files

if TYPE_CHECKING:
    from tests.e2e.conftest import Visit


def counter(visitor: Visit, name: str) -> int:
    """What the page says now."""
    tile = visitor.at("counters").get_by_test_id("stMetric").filter(has_text=name)
    found = re.search(r"[\d,]+", tile.get_by_test_id("stMetricValue").inner_text())
    assert found is not None
    return int(found[0].replace(",", ""))


def wait_for_counter(visitor: Visit, name: str, least: int) -> int:
    """What the page says once it has counted so far; it counts anew every two seconds."""
    until = time.monotonic() + PATIENCE
    while (said := counter(visitor, name)) < least:
        assert time.monotonic() < until, f"{name}: {said}, at least {least} were expected"
        visitor.page.wait_for_timeout(200)
    return said


def test_the_counters_say_what_really_happened(visitor: Visit) -> None:
    visitor.open()
    before = visitor.server.files()
    visitor.choose("source", "By hand")
    visitor.choose("hand_mood", "happy")
    songs = visitor.wait_for_songs()
    go(visitor, "Privacy")
    visitor.at("counters").wait_for()
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
    visitor.at("counters").wait_for()
    asked = {url for url in visitor.strangers if "open.spotify.com" in url}
    assert wait_for_counter(visitor, "Outside requests", 1) == len(asked) == 1
    others = {name for name, change in visitor.server.files().items() if before.get(name) != change}
    assert {Path(name).name for name in others} == {"history.db"}
    grown = sum(path.stat().st_size for path in history_files(visitor)) - sizes
    assert wait_for_counter(visitor, "Bytes written", max(1, grown))
    assert counter(visitor, "Frames kept") == 0
    go(visitor, "History")
    visitor.at("history_delete").get_by_role("button").click()
    visitor.page.get_by_text("Everything is deleted").wait_for()


def test_on_a_phone_each_row_of_the_tables_is_a_card(phone: Visit) -> None:
    for path, key, table in (
        ("privacy", "processed", PROCESSED),
        ("privacy", "contacted", CONTACTED),
        ("training", "what_was_tried", run_tables.tried_in_words(runs.tried())),
    ):
        if not phone.page.url.endswith(path):
            phone.open(path)
        cells = phone.at(key).locator("tbody td")
        expect(cells).to_have_count(table.size)
        widths = cells.evaluate_all("found => found.map(cell => cell.getBoundingClientRect().width)")
        assert min(widths) > 280, "sentences have the whole width"
        said = cells.nth(1).evaluate("cell => getComputedStyle(cell, '::before').content")
        assert said.strip('"') == table.columns[1]
        assert phone.page.evaluate("() => document.scrollingElement.scrollWidth - window.innerWidth") <= 1
