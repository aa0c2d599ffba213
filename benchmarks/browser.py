"""What the scripts that open the app in a real browser share: the app on a free port, and a webcam that is a film."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from playwright.sync_api import Browser, Playwright
from skimage import data

ROOT: Final = Path(__file__).resolve().parent.parent


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
def server(folder: Path = ROOT) -> Iterator[tuple[str, int]]:
    """An app on a free port: its address and its process id, as soon as it answers.

    Args:
        folder: Where its app.py lies; without one, the app itself.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-m", "streamlit", "run"),
        "app.py",
        f"--server.port={port}",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    ]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address)
            yield address, process.pid
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


def launch(playwright: Playwright, webcam: Path) -> Browser:
    """Chromium whose webcam shows a film and whose user has agreed to it."""
    return playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={webcam}",
        ],
    )
