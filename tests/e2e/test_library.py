"""The Library page in a real browser: search, table, lasso, and a file that is looked at before it is added."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.e2e.conftest import Visit

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


def pick_first(visitor: Visit) -> None:
    """Tick the first row of the table, which is drawn on a canvas."""
    visitor.settle()
    # Another choice of songs is another table; for a moment the old one may stand beside it.
    box = visitor.page.locator('[class*="st-key-library_table"]').last.bounding_box()
    assert box is not None
    visitor.page.mouse.click(box["x"] + 16, box["y"] + 52)
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
    pick_first(library)
    card = library.at("library_song")
    expect(card.locator("h3")).to_have_text(song["title"])
    assert card.locator(".js-plotly-plot").count() == 2
    card.locator('[data-testid="stDataFrame"]').wait_for()
    assert library.strangers == []
    library.stub_players()
    library.at(f"play_{song['track_id']}").get_by_role("button").click()
    card.locator("iframe").wait_for()
    assert card.locator("iframe").get_attribute("src").endswith(song["track_id"])
    assert all(url.startswith("https://open.spotify.com/embed/track/") for url in library.strangers)
    library.requests.clear()


def test_a_lasso_on_the_mood_map_keeps_the_songs_inside(library: Visit) -> None:
    library.page.wait_for_timeout(1000)
    box = library.at("library_map").locator(".nsewdrag").first.bounding_box()
    assert box is not None
    mouse = library.page.mouse
    corners = [(0.6, 0.1), (0.9, 0.1), (0.9, 0.4), (0.6, 0.4), (0.6, 0.12)]
    x, y = ([box["x"] + box["width"] * a for a, _ in corners], [box["y"] + box["height"] * b for _, b in corners])
    mouse.move(x[0], y[0])
    mouse.down()
    for at in zip(x[1:], y[1:], strict=True):
        mouse.move(*at, steps=6)
    mouse.up()
    library.wait_for_text("library_circled", r"[\d,]+ songs circled")
    circled = int(library.text("library_circled").split(" songs")[0].replace(",", ""))
    assert 0 < circled < 7000
    library.page.get_by_text(f"{circled:,} songs", exact=True).wait_for()


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
    pick_first(library)
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
