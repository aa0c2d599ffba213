"""The live page as a listener meets it: how soon it can be used, how many frames it reads, what memory it takes.

Starts the app, opens it in Chromium with a webcam that shows a face at 15 frames a second, and writes what it saw.

    python benchmarks/live.py [--seconds N] [--out FILE]
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.browser import ROOT, launch, server, write_webcam

PATIENCE = 120_000


def _resident_mb(process: int) -> float | None:
    """Resident memory of a process in MB; None where /proc does not exist."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return round(int(found[1]) / 1000) if found else None


def _visit(browser: Browser, address: str) -> tuple[Page, float]:
    """Open the page in a session of its own; the seconds until START can be pressed."""
    began = time.monotonic()
    page = browser.new_context(permissions=["camera"], viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(address)
    page.frame_locator('iframe[src*="webrtc"]').get_by_role("button", name="START").wait_for(timeout=PATIENCE)
    return page, round(time.monotonic() - began, 2)


def _readings(page: Page) -> int:
    said = page.locator(".st-key-timeline").inner_text()
    found = re.search(r"([\d,]+) readings", said)
    return int(found[1].replace(",", "")) if found else 0


_BARE: Final = """
import streamlit as st
from streamlit_webrtc import webrtc_streamer

st.title("Bare")
webrtc_streamer(key="video", media_stream_constraints={"video": True, "audio": False})
"""


def _bare(browser: Browser, folder: Path) -> tuple[float, float]:
    """The same two visits of a page that holds the video component and nothing else: what no page can go below."""
    folder.mkdir()
    (folder / "app.py").write_text(_BARE)
    with server(folder) as (address, _):
        page, first = _visit(browser, address)
        page.context.close()
        page, second = _visit(browser, address)
        page.context.close()
    return first, second


def main(
    seconds: Annotated[float, typer.Option(min=5, help="How long frames are counted.")] = 20.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "benchmarks" / "results" / "live.json",
) -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        webcam = Path(folder) / "face.y4m"
        write_webcam(webcam)
        browser = launch(playwright, webcam)
        bare = _bare(browser, Path(folder) / "bare")
        began = time.monotonic()
        with server() as (address, process):
            answers = round(time.monotonic() - began, 2)
            page, first = _visit(browser, address)
            page.context.close()
            page, second = _visit(browser, address)
            before = _resident_mb(process)
            pressed = time.monotonic()
            page.frame_locator('iframe[src*="webrtc"]').get_by_role("button", name="START").click()
            page.locator(".st-key-song_10").wait_for(timeout=PATIENCE)
            songs = round(time.monotonic() - pressed, 2)
            page.wait_for_timeout(5_000)
            start, at = _readings(page), time.monotonic()
            page.wait_for_timeout(seconds * 1000)
            rate = round((_readings(page) - start) / (time.monotonic() - at), 1)
            during = _resident_mb(process)
        browser.close()
    figures: dict[str, Any] = {
        "command": "python benchmarks/live.py",
        "cores": os.cpu_count(),
        "load_at_the_end": None if not hasattr(os, "getloadavg") else round(os.getloadavg()[0], 1),
        "server_answers_after_s": answers,
        "first_visit_to_start_button_s": first,
        "second_visit_to_start_button_s": second,
        "first_visit_of_a_bare_page_s": bare[0],
        "second_visit_of_a_bare_page_s": bare[1],
        "start_pressed_to_ten_songs_s": songs,
        "frames_read_per_second": rate,
        "webcam_frames_per_second": 15,
        "resident_mb_before_camera": before,
        "resident_mb_with_camera": during,
    }
    out.write_text(json.dumps(figures, indent=2) + "\n")
    typer.echo(json.dumps(figures, indent=2))


if __name__ == "__main__":
    typer.run(main)
