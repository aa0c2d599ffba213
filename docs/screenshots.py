"""Take the screenshots of the README: `python docs/screenshots.py`.

Starts the app on a free port, opens it in Chromium with a webcam that shows `skimage.data.astronaut()` (NASA, public
domain), and writes PNG files to `docs/img/`. Needs what requirements-dev.txt installs and a Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.browser import ROOT, server, write_webcam
from benchmarks.browser import launch as browser_of

IMAGES: Final = ROOT / "docs" / "img"
WIDE: Final = (1440, 1000)
PHONE: Final = (390, 844)
PATIENCE: Final = 120_000


def settle(page: Page, wait: float = 1.5) -> None:
    """Wait until the page has run and its charts are drawn."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE)
    # Widgets and charts load their code on first use and leave a grey bar until it has come.
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE)
    page.wait_for_timeout(wait * 1000)


def shoot(page: Page, name: str, *, whole: bool = False) -> None:
    """Save what is seen, or the whole page."""
    if whole:
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": page.viewport_size["width"], "height": int(height) + 60})  # type: ignore[index]
        page.wait_for_timeout(5000)
    page.screenshot(path=str(IMAGES / f"{name}.png"), timeout=PATIENCE)
    print(IMAGES / f"{name}.png")


def start_camera(page: Page) -> None:
    """Press START in the video component and wait for the songs."""
    frame = page.frame_locator('iframe[src*="webrtc"]')
    frame.get_by_role("button", name="START").click(timeout=PATIENCE)
    page.locator(".st-key-song_10").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(20_000)


def open_page(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    """A page of its own session."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        permissions=["camera"],
    )
    page = context.new_page()
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    settle(page)
    return page


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, server() as (address, _), sync_playwright() as playwright:
        webcam = Path(folder) / "face.y4m"
        write_webcam(webcam)
        browser = browser_of(playwright, webcam)
        for scheme in ("light", "dark"):
            page = open_page(browser, address, WIDE, scheme)
            shoot(page, f"first-{scheme}")
            start_camera(page)
            shoot(page, f"live-{scheme}", whole=True)
            page.context.close()
        page = open_page(browser, address, PHONE, "light")
        start_camera(page)
        shoot(page, "phone")
        page.context.close()
        page = open_page(browser, f"{address}/tune", WIDE, "light")
        shoot(page, "tune")
        page.goto(f"{address}/training")
        settle(page)
        shoot(page, "training")
        browser.close()


if __name__ == "__main__":
    main()
