"""The same songs without a camera, on every page and on a small screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Visit

PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))
OVERFLOW = "() => document.scrollingElement.scrollWidth - window.innerWidth"
# What sticks out to the right without a scrolling parent of its own, to name it when a page is too wide.
WIDEST = """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && e.children.length === 0)
  .filter(e => { for (let p = e; p; p = p.parentElement) {
      const x = getComputedStyle(p).overflowX
      if (p.dataset?.testid !== 'stMain' && ['auto', 'scroll', 'hidden', 'clip'].includes(x)) return false }
    return true })
  .map(e => (e.className.baseVal ?? e.className) + ': ' + e.textContent.slice(0, 40)).slice(0, 5)"""


def test_a_mood_picked_by_hand_gives_ten_songs(visitor: Visit) -> None:
    visitor.open()
    visitor.choose("source", "By hand")
    visitor.choose("hand_mood", "sad")
    sad = visitor.wait_for_songs()
    assert len(set(sad)) == 10
    visitor.at("refresh").get_by_role("button").click()
    visitor.settle()
    again = visitor.wait_for_songs()
    assert len(set(again)) == 10
    assert again != sad
    visitor.choose("hand_mood", "happy")
    visitor.page.get_by_role("heading", name=re.compile("songs for happy", re.IGNORECASE)).wait_for()
    assert not set(visitor.wait_for_songs()) & set(sad)
    assert visitor.strangers == []
    assert visitor.errors == []


def test_an_uploaded_picture_gives_ten_songs(visitor: Visit, smiling_photo: Path) -> None:
    visitor.open()
    visitor.choose("source", "File")
    visitor.at("file").locator('input[type="file"]').set_input_files(smiling_photo)
    visitor.wait_for_text("mood_now", r"happy")
    assert len(visitor.wait_for_songs()) == 10
    assert visitor.strangers == []


def test_a_photo_gives_ten_songs(visitor: Visit) -> None:
    visitor.open()
    visitor.choose("source", "Photo")
    # The button is there before the picture is, and does nothing until then.
    visitor.page.wait_for_function("() => document.querySelector('.st-key-photo video')?.readyState >= 2")
    visitor.at("photo").get_by_role("button", name=re.compile("take photo", re.IGNORECASE)).click()
    visitor.wait_for_text("mood_now", r"happy")
    assert len(visitor.wait_for_songs()) == 10


def test_a_file_that_is_no_picture_is_said_and_the_page_stays_usable(visitor: Visit, tmp_path: Path) -> None:
    letter = tmp_path / "letter.png"
    letter.write_text("Dear astronaut, ...")
    visitor.open()
    visitor.choose("source", "File")
    visitor.at("file").locator('input[type="file"]').set_input_files(letter)
    alert = visitor.page.locator('[data-testid="stAlert"]')
    alert.first.wait_for()
    assert "Traceback" not in visitor.page.locator('[data-testid="stMain"]').inner_text()
    visitor.choose("hand_mood", "happy")
    assert len(visitor.wait_for_songs()) == 10


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_on_a_phone(phone: Visit, name: str) -> None:
    phone.open("" if name == "live" else name)
    phone.page.wait_for_timeout(1000)
    assert phone.page.locator('[data-testid="stException"]').count() == 0
    assert phone.page.evaluate(OVERFLOW) <= 1, phone.page.evaluate(WIDEST)
    assert phone.page.evaluate(WIDEST) == []
    assert phone.strangers == []


def test_the_songs_fit_on_a_phone(phone: Visit) -> None:
    phone.open()
    phone.choose("source", "By hand")
    phone.choose("hand_mood", "happy")
    phone.wait_for_songs()
    assert phone.page.evaluate(OVERFLOW) <= 1, phone.page.evaluate(WIDEST)
    assert phone.page.evaluate(WIDEST) == []
