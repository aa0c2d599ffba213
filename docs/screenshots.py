"""Take the screenshots of the README: `python docs/screenshots.py`.

Starts the app on a free port, opens it in Chromium with a webcam that shows `skimage.data.astronaut()` (NASA, public
domain), and writes PNG files to `docs/img/`. Needs what requirements-dev.txt installs and a Chromium.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from skimage import data

ROOT: Final = Path(__file__).resolve().parent.parent
IMAGES: Final = ROOT / "docs" / "img"
WIDE: Final = (1440, 1000)
PHONE: Final = (390, 844)
PATIENCE: Final = 120_000


def write_webcam(path: Path, seconds: float = 2.0, rate: int = 15) -> None:
    """A Y4M film, 640 by 480, of a face that sways a little."""
    picture = cv2.resize(data.astronaut()[:, :, ::-1], (640, 640), interpolation=cv2.INTER_AREA)[:480]
    count = int(seconds * rate)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W640 H480 F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for step in range(count):
            angle = 2 * np.pi * step / count
            shift = np.array([[1, 0, 5 * np.sin(angle)], [0, 1, 3 * np.cos(angle)]], dtype=np.float32)
            frame = cv2.warpAffine(picture, shift, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            film.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())


@contextmanager
def server() -> Iterator[str]:
    """The app on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "app.py",
        f"--server.port={port}",
        "--server.headless=true",
        "--server.fileWatcherType=none",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address)
            yield address
        finally:
            process.terminate()


def _wait_until_healthy(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("The app did not start within a minute; run `python app.py` to see why.")


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
    with tempfile.TemporaryDirectory() as folder, server() as address, sync_playwright() as playwright:
        webcam = Path(folder) / "face.y4m"
        write_webcam(webcam)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={webcam}",
            ],
        )
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
