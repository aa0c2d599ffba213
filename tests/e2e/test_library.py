"""The Library page in a real browser: search, table, lasso, and a file that is looked at before it is added."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Playwright

    from tests.e2e.conftest import Server, Visit

ALERT = "window.harmed = true"
TABLE = (
    "track_id,track_name,artists,popularity,danceability,energy,loudness,speechiness,acousticness,instrumentalness,"
    "liveness,valence,tempo\n"
    "4iV5W9uYEdYUVa79Axb7Rh,=HYPERLINK(1) Zzyzx,<img src=x onerror=window.harmed=1>,50,0.5,0.9,-5,0.1,0.1,0,0.1,0.9,120\n"  # noqa: E501
    "5iV5W9uYEdYUVa79Axb7Rh,Too loud,Band,50,0.5,7.2,-5,0.1,0.1,0,0.1,0.9,120\n"
)


@pytest.fixture
def library(visitor: Visit) -> Visit:
    visitor.open("library")
    visitor.page.get_by_text("7,000 songs", exact=True).wait_for()
    return visitor


def pick_first(visitor: Visit, title: str) -> None:
    """Tick the first row of the table, which is drawn on a canvas, and see that song."""

    def tick() -> None:
        visitor.settle()
        # Another choice of songs is another table; for a moment the old one may stand beside it.
        table = visitor.page.locator('[class*="st-key-library_table"]').last
        table.locator("canvas").first.wait_for()
        box = table.bounding_box()
        if box is not None:
            visitor.page.mouse.click(box["x"] + 16, box["y"] + 52)

    visitor.repeat(tick, lambda: title in visitor.text("library_song", "h3"))
    visitor.settle()


def search(visitor: Visit, words: str) -> None:
    field = visitor.at("library_search").locator("input")
    field.fill(words)
    field.press("Enter")
    visitor.settle()


def test_a_misspelt_song_is_found_looked_at_and_its_player_loads_only_on_a_click(
    library: Visit, repo_root: Path
) -> None:
    songs = pd.read_parquet(repo_root / "data" / "catalogue.parquet").sort_values("popularity")
    song = songs[songs["title"].str.fullmatch("[A-Za-z]{6,}")].iloc[-1]
    search(library, f"{song['artist']} {song['title'][:3]}{song['title'][4:]}")
    pick_first(library, song["title"])
    card = library.at("library_song")
    expect(card.locator("h3")).to_have_text(song["title"])
    expect(card.locator(".js-plotly-plot")).to_have_count(2)
    card.locator('[data-testid="stDataFrame"]').wait_for()
    assert library.strangers == []
    library.stub_players()
    library.at(f"play_{song['track_id']}").get_by_role("button").click()
    card.locator("iframe").wait_for()
    assert card.locator("iframe").get_attribute("src").endswith(song["track_id"])
    assert all(url.startswith("https://open.spotify.com/embed/track/") for url in library.strangers)


def test_a_lasso_on_the_mood_map_keeps_the_songs_inside(library: Visit) -> None:
    plane = library.at("library_map").locator(".nsewdrag").first

    def circle() -> None:
        plane.wait_for()
        library.settle()
        box = plane.bounding_box()
        if box is None:
            return
        mouse = library.page.mouse
        corners = [(0.6, 0.1), (0.9, 0.1), (0.9, 0.4), (0.6, 0.4), (0.6, 0.12)]
        x, y = ([box["x"] + box["width"] * a for a, _ in corners], [box["y"] + box["height"] * b for _, b in corners])
        mouse.move(x[0], y[0])
        mouse.down()
        for at in zip(x[1:], y[1:], strict=True):
            mouse.move(*at, steps=6)
        mouse.up()

    library.repeat(circle, lambda: "songs circled" in library.text("library_circled"))
    circled = int(library.text("library_circled").split(" songs")[0].replace(",", ""))
    assert 0 < circled < 7000
    library.page.get_by_text(f"{circled:,} songs", exact=True).wait_for()


def scrolled(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))


def drag(page: Page, way: list[tuple[float, float]]) -> None:
    """A finger goes along a way over the screen."""
    session = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", way[:1]), *[("touchMove", [at]) for at in way[1:]], ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})
        page.wait_for_timeout(20)


def middle(plane: Locator) -> tuple[float, float]:
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_on_a_phone_a_finger_scrolls_over_the_map_until_it_is_asked_to_draw(
    smiling_browser: Browser, server: Server, playwright: Playwright
) -> None:
    with visit(smiling_browser, server, **playwright.devices["Pixel 5"]) as phone:
        phone.open("library")
        page = phone.page
        still = phone.at("library_map_still").locator(".js-plotly-plot .main-svg").first
        still.wait_for()

        def pull_down() -> None:
            phone.settle()
            x, y = middle(still)
            before.append(scrolled(page))
            drag(page, [(x, y + 20 * step) for step in range(12)])

        before: list[float] = []
        phone.repeat(pull_down, lambda: scrolled(page) < before[-1] - 100)
        assert phone.at("library_circled").count() == 0
        phone.at("library_circle").locator("label").first.click()
        plane = phone.at("library_map").locator(".nsewdrag").first
        plane.wait_for()

        def circle() -> None:
            phone.settle()
            x, y = middle(plane)
            drag(page, [(x + 90 * np.cos(turn), y + 90 * np.sin(turn)) for turn in np.linspace(0, 6, 16)])

        phone.repeat(circle, lambda: "songs circled" in phone.text("library_circled"))
        assert not phone.text("library_circled").startswith("0 ")


def test_a_file_is_shown_with_its_bad_row_and_added_on_a_click(library: Visit, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(TABLE)
    library.page.get_by_role("tab", name="Bring songs").click()
    library.at("songs_file").locator('input[type="file"]').set_input_files(file)
    library.wait_for_text("import_preview", r"1 songs can be added, 1 rows cannot")
    library.wait_for_text("import_preview", r"not a number from 0 to 1")
    library.at("import_add").get_by_role("button").click()
    library.settle()
    library.page.get_by_role("tab", name="Browse").click()
    library.page.get_by_text("7,001 songs", exact=True).wait_for()
    search(library, "hyperlink zzyzxx")
    pick_first(library, "=HYPERLINK(1) Zzyzx")
    expect(library.at("library_song").locator("h3")).to_have_text("=HYPERLINK(1) Zzyzx")
    # The artist's name is shown as it is written and not run.
    expect(library.at("library_song")).to_contain_text("<img src=x onerror=window.harmed=1>")
    assert library.page.evaluate("window.harmed") is None
    assert library.strangers == []
    assert library.errors == []


def test_the_list_is_saved_as_a_file(library: Visit) -> None:
    search(library, "love")
    library.page.get_by_role("button", name="Save this list").click()
    with library.page.expect_download() as waiting:
        library.at("save_csv").get_by_role("button").click()
    table = pd.read_csv(waiting.value.path())
    assert {"track_id", "title", "artist", "felt_valence"} <= set(table.columns)
    assert 0 < len(table) <= 500
