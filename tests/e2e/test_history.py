"""The history in a real browser: off, then on with a face in the camera, then deleted; the file itself is read."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.conftest import PATIENCE, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.conftest import Server, Visit

NAME = "localStorage.getItem('mood-dj-history')"


def history_files(visitor: Visit) -> list[Path]:
    return [Path(name) for name in visitor.server.files() if "history.db" in name]


def go(visitor: Visit, page: str) -> None:
    """To another page of the same session: an address would begin a new one."""
    visitor.page.get_by_test_id("stTopNavLink").filter(has_text=page).click()
    visitor.settle()


def store_something(visitor: Visit, seconds: float = 180) -> None:
    """Stay on the Live page until the History page says that some seconds and the song are stored."""
    until = time.monotonic() + seconds
    while True:
        visitor.page.wait_for_timeout(6000)
        go(visitor, "History")
        visitor.at("history_show").get_by_role("button").click()
        visitor.settle()
        said = visitor.wait_for_text("history_stored", r"moods and \d+ songs are stored")
        found = re.search(r"([\d,]+) moods and (\d+) songs", said)
        assert found is not None
        if int(found[1]) >= 3 and int(found[2]):
            return
        assert time.monotonic() < until, said
        go(visitor, "Live")
        visitor.press_start()


def test_what_was_said_last_is_kept_when_the_tab_is_closed(smiling_browser: Browser, server: Server) -> None:
    with visit(smiling_browser, server) as visitor:
        visitor.open("history")
        visitor.at("history_on").locator("label").first.click()
        visitor.wait_for_text("history_switch", r"On: one mood a second")
        visitor.page.wait_for_function(f"() => {NAME} !== null")
        name = visitor.page.evaluate(NAME)
        go(visitor, "Live")
        visitor.choose("source", "By hand")
        visitor.choose("hand_mood", "happy")
        songs = visitor.wait_for_songs()
        # The first is written with the next run of the page; the second would have to wait for seconds.
        for song in songs[:2]:
            visitor.at(f"like_{song}").get_by_role("button").click()
            visitor.settle()
        file = history_files(visitor)[0]
    until = time.monotonic() + PATIENCE
    liked: list[str] = []
    while liked != songs[:2]:
        assert time.monotonic() < until, f"{liked} of {songs[:2]} were written"
        time.sleep(0.2)
        with contextlib.closing(sqlite3.connect(file)) as connection:
            rows = connection.execute("SELECT track_id FROM events WHERE listener = ? ORDER BY id", (name,))
            liked = [track_id for (track_id,) in rows]


def test_off_on_shown_deleted(visitor: Visit) -> None:
    visitor.open()
    before = history_files(visitor)
    visitor.press_start()
    visitor.wait_for_text("stable_mood", r"\bhappy\b")
    go(visitor, "History")
    visitor.page.get_by_role("heading", name="Share of time").wait_for()
    assert history_files(visitor) == before
    assert visitor.page.evaluate(NAME) is None

    visitor.at("history_on").locator("label").first.click()
    visitor.settle()
    visitor.wait_for_text("history_switch", r"On: one mood a second")
    go(visitor, "Live")
    visitor.press_start()
    visitor.wait_for_text("mood_now", r"\bhappy\b", part="h2", seconds=60)
    first = visitor.wait_for_songs()[0]
    visitor.at(f"like_{first}").get_by_role("button").click()
    store_something(visitor)
    file = history_files(visitor)[0]
    visitor.page.wait_for_function(f"() => {NAME} !== null")
    name = visitor.page.evaluate(NAME)
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT at, emotion FROM moods WHERE listener = ?", (name,)).fetchall()
        liked = connection.execute("SELECT what, track_id FROM events WHERE listener = ?", (name,)).fetchall()
        columns = [row[1] for row in connection.execute("PRAGMA table_info(moods)")]
    connection.close()
    assert len(rows) == len({at for at, _ in rows}) >= 3
    assert "happy" in {emotion for _, emotion in rows}
    assert liked == [("liked", first)]
    assert columns == ["id", "listener", "at", "emotion", "confidence", "valence", "arousal"]
    # Numbers and words only: no picture fits into so little.
    assert file.stat().st_size < 100_000

    visitor.at("history_delete").get_by_role("button").click()
    visitor.page.get_by_text("Everything is deleted").wait_for()
    data = file.read_bytes()
    assert name.encode() not in data
    # The file is everybody's: others may have liked the same song, and nobody's row of it is left beside theirs.
    with contextlib.closing(sqlite3.connect(file)) as connection:
        others = connection.execute("SELECT count(*) FROM events WHERE track_id = ?", (first,)).fetchone()[0]
    assert data.count(first.encode()) == others
    visitor.settle()
    visitor.wait_for_text("history_switch", "Off:", seconds=10)
    visitor.page.wait_for_function(f"() => {NAME} === null")
    assert visitor.strangers == []
