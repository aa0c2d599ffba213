"""The Tune page in a real browser: sliders moved, places read, a link opened, presets, two settings, a like undone."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from tests.e2e.conftest import LEFT_OUT, running_server, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from tests.e2e.conftest import Visit


def listed(visitor: Visit) -> list[str]:
    """The ids of the songs on the page, in their order."""
    names = visitor.at("tuned").locator('[class*="st-key-like_"]').evaluate_all("all => all.map(e => e.className)")
    return [re.search(r"st-key-like_(\S+)", name)[1] for name in names]  # type: ignore[index]


def wait_for_list(visitor: Visit, songs: list[str]) -> None:
    """Wait until these songs are listed, in this order."""
    for _ in range(100):
        if listed(visitor) == songs:
            return
        visitor.page.wait_for_timeout(200)
    assert listed(visitor) == songs


def button(visitor: Visit, key: str) -> Locator:
    """A button. By its role, since Streamlit keeps a hidden twin of each one with a tip for narrow screens."""
    return visitor.at(key).get_by_role("button").first


def press(visitor: Visit, key: str) -> None:
    button(visitor, key).click()
    visitor.settle()


def by_keys(visitor: Visit, key: str, presses: int) -> None:
    """Move a slider by so many steps with the arrow keys."""
    thumb = visitor.at(key).get_by_role("slider").first
    thumb.focus()
    for _ in range(abs(presses)):
        thumb.press("ArrowRight" if presses > 0 else "ArrowLeft")
    visitor.settle()


def drag(visitor: Visit, key: str, pixels: int) -> None:
    """Pull a slider's thumb to the side with the mouse."""
    thumb = visitor.at(key).get_by_role("slider").first
    # The mouse, unlike a click, does not scroll by itself.
    thumb.scroll_into_view_if_needed()
    box = thumb.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = visitor.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + pixels, y, steps=6)
    mouse.up()
    visitor.settle()


def show(visitor: Visit, path: str, songs: int) -> None:
    visitor.open(path)
    visitor.at(f"song_{songs}").wait_for()
    visitor.settle()


def test_sliders_move_songs_and_a_link_brings_all_back(visitor: Visit) -> None:
    show(visitor, "tune?mood=happy&seed=7", 10)
    before = listed(visitor)
    drag(visitor, "weight_acousticness", 80)
    visitor.wait_for_text("tuned", r"▲ \d")
    by_keys(visitor, "length", 2)
    visitor.at("song_12").wait_for()
    after = listed(visitor)
    assert len(after) == 12
    assert after[:10] != before
    said = {key: values[0] for key, values in parse_qs(urlsplit(visitor.page.url).query).items()}
    assert float(said["acousticness"]) > 0.2
    assert (said["songs"], said["mood"], said["seed"]) == ("12", "happy", "7")

    # The link as another visit would open it: a new session, which knows nothing of this one.
    show(visitor, visitor.page.url.removeprefix(visitor.server.url), 12)
    wait_for_list(visitor, after)
    assert f"{float(said['acousticness']):.2f}" in visitor.text("weight_acousticness")
    press(visitor, "reset")
    wait_for_list(visitor, before)
    assert visitor.errors == []
    assert visitor.strangers == []


def test_presets_two_settings_and_a_like_taken_back(visitor: Visit) -> None:
    show(visitor, "tune?mood=happy&seed=7", 10)
    first = listed(visitor)
    press(visitor, "keep_b")
    visitor.choose("preset", "Campfire")
    visitor.wait_for_text("comparison", "songs are on both lists")
    campfire = listed(visitor)
    assert campfire != first
    press(visitor, "swap")
    wait_for_list(visitor, first)
    press(visitor, f"like_{first[5]}")
    visitor.wait_for_text("last_word", "You like")
    visitor.settle()
    assert listed(visitor) != first
    press(visitor, "undo")
    wait_for_list(visitor, first)
    assert visitor.text("last_word") == ""
    assert visitor.errors == []
    assert visitor.strangers == []


def test_the_map_names_the_songs_and_draws_the_way_of_a_journey(visitor: Visit) -> None:
    show(visitor, "tune?mood=sad&strategy=journey&songs=8&seed=7", 8)
    visitor.wait_for_text("song_map", "even steps")
    chart = visitor.at("song_map").locator(".js-plotly-plot")
    chart.locator(".point").first.wait_for()
    places = "chart => chart.data.filter(trace => trace.name === 'picks').flatMap(trace => trace.text)"
    assert chart.evaluate(places) == [str(n) for n in range(1, 9)]
    assert chart.evaluate("chart => chart.data.filter(trace => trace.name === 'way')[0].x.length") == 10
    # One of all the songs below, pointed at.
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    tip = visitor.at("song_map").locator(".tip")
    for step in range(40):
        visitor.page.mouse.move(box["x"] + box["width"] * (0.3 + step / 100), box["y"] + box["height"] * 0.35)
        if tip.is_visible():
            break
    assert " · " in tip.inner_text()
    assert visitor.errors == []


def names(songs: Path) -> pd.DataFrame:
    return pd.read_parquet(songs, columns=["track_id", "title", "artist"]).set_index("track_id")


def point_at(visitor: Visit, number: int) -> str:
    """Point at a song of the list on the map, and what the map then says."""
    chart = visitor.at("song_map").locator(".js-plotly-plot")
    # Numbers are the only text among the points; the point itself lies under it.
    mark = chart.locator(".textpoint").filter(has_text=re.compile(f"^{number}$")).first
    mark.wait_for()
    mark.scroll_into_view_if_needed()
    tip = chart.locator(".hoverlayer .hovertext")
    for _ in range(20):
        box = mark.bounding_box()
        assert box is not None
        visitor.page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
        visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if tip.count():
            # Title and artist, on a line each.
            return "".join(tip.first.locator("text").all_text_contents())
        visitor.page.wait_for_timeout(250)
    return ""


def point_at_any(visitor: Visit) -> str:
    """Point at one of all the songs below the list's, and what the map then says."""
    chart, tip = visitor.at("song_map").locator(".js-plotly-plot"), visitor.at("song_map").locator(".tip")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    for step in range(120):
        visitor.page.mouse.move(box["x"] + box["width"] * (0.25 + step % 60 / 100), box["y"] + box["height"] * 0.35)
        said = tip.inner_text() if tip.is_visible() else ""
        if said:
            return said
        visitor.page.wait_for_timeout(50)
    return ""


def test_pointing_at_the_map_says_title_and_artist(visitor: Visit, repo_root: Path) -> None:
    show(visitor, "tune?mood=happy&seed=7", 10)
    songs = names(repo_root / "data" / "catalogue.parquet")
    # Songs of one mood lie close together, and the map names the nearest.
    shown = songs.loc[listed(visitor)]
    assert point_at(visitor, 1) in set(shown["title"] + shown["artist"])
    assert point_at_any(visitor) in set(songs["title"] + " · " + songs["artist"])


MARKUP = "<img src=x onerror=window.harmed=1>"
FORMULA = "$x^2$"


@pytest.fixture(scope="module")
def hostile(smiling_browser: Browser, repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """A visitor of an app whose songs all have markup and a formula in their titles and artists."""
    code = tmp_path_factory.mktemp("hostile") / "repository"
    shutil.copytree(repo_root, code, ignore=shutil.ignore_patterns(*LEFT_OUT))
    songs = pd.read_parquet(code / "data" / "catalogue.parquet")
    songs = songs.assign(title=MARKUP + songs["title"] + FORMULA, artist="<b>" + songs["artist"] + "</b>=1+1")
    songs.to_parquet(code / "data" / "catalogue.parquet")
    with running_server(code, tmp_path_factory.mktemp("server")) as server, visit(smiling_browser, server) as each:
        yield each


def test_markup_and_formulas_in_titles_are_shown_and_not_run(hostile: Visit) -> None:
    show(hostile, "tune?mood=happy&seed=7", 10)
    press(hostile, "keep_b")
    hostile.choose("preset", "Campfire")
    hostile.wait_for_text("comparison", "songs are on both lists")
    # Cards, the table of two lists, the map's two kinds of tips, and the word on a like.
    press(hostile, f"like_{listed(hostile)[0]}")
    hostile.wait_for_text("last_word", "You like")
    hostile.settle()
    for key in ("tuned", "comparison", "last_word"):
        said = hostile.text(key)
        assert MARKUP in said, key
        assert FORMULA in said, key
    for said in (point_at(hostile, 1), point_at_any(hostile)):
        assert MARKUP in said
        assert FORMULA in said
        assert "</b>=1+1" in said
    assert hostile.page.locator('img[src="x"], .katex').count() == 0
    assert hostile.page.evaluate("window.harmed") is None
    assert hostile.errors == []
    assert hostile.strangers == []


@pytest.mark.parametrize("address", ["tune?energy=loud&years=2020-1990&mood=happy"])
def test_a_bad_address_is_said_and_the_page_works(visitor: Visit, address: str) -> None:
    show(visitor, address, 10)
    main = visitor.page.locator('[data-testid="stMain"]').inner_text()
    assert "energy" in main
    assert "default stands" in main
    assert len(listed(visitor)) == 10


def test_on_a_phone_the_page_fits_and_buttons_can_be_hit(phone: Visit) -> None:
    show(phone, "tune?mood=happy&seed=7", 10)
    first = listed(phone)
    phone.page.wait_for_timeout(1000)
    main = "document.querySelector('[data-testid=stMain]')"
    assert phone.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    like = button(phone, f"like_{first[4]}")
    box = like.bounding_box()
    assert box is not None
    # WCAG 2.2, target size (minimum): 24 by 24 pixels.
    assert min(box["width"], box["height"]) >= 24
    like.click()
    phone.wait_for_text("last_word", "You like")
    phone.settle()
    assert listed(phone) != first
    assert phone.errors == []
