"""A real server, a real Chromium and webcams made of two pictures.

The server runs from a copy of the repository with a home, a temporary folder and a working directory of its own, so
that a test can say which files a session wrote. The browser cannot resolve any name: whatever the page asks of others
is recorded and goes nowhere.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import skimage.data
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

WIDTH, HEIGHT, FPS = 640, 480, 10
START_WITHIN = 120.0
# Seconds to wait for anything: a shared machine may be several times slower than a laptop.
PATIENCE = 80
PRESS_AGAIN_AFTER = 10.0
expect.set_options(timeout=PATIENCE * 1000)
LEFT_OUT = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "tests", "benchmarks")
PLAYERS = "https://open.spotify.com/**"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and run them last: they are the slow ones, and Playwright keeps an event loop of its own."""
    ours = Path(__file__).parent
    for item in items:
        if ours in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            # A browser on a busy machine now and then gives a connection up; what fails three times is broken.
            item.add_marker(pytest.mark.flaky(reruns=2))
    items.sort(key=lambda item: ours in item.path.parents)


# --- webcams -------------------------------------------------------------------------------------------------------


def _frames(picture: np.ndarray, count: int) -> list[np.ndarray]:
    """RGB frames of a picture that sways by a few pixels, as a hand-held one would."""
    height = picture.shape[1] * HEIGHT // WIDTH
    still = cv2.resize(picture[:height], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return [np.roll(still, round(3 * np.sin(2 * np.pi * index / count)), axis=1) for index in range(count)]


def _write_y4m(path: Path, frames: list[np.ndarray]) -> Path:
    """A YUV4MPEG2 file, the one kind of video that needs no encoder and that Chromium takes for a webcam."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


@pytest.fixture(scope="session")
def smiling_webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a smiling astronaut, which Chromium plays over and over."""
    return _write_y4m(tmp_path_factory.mktemp("webcam") / "smiling.y4m", _frames(skimage.data.astronaut(), 2 * FPS))


@pytest.fixture(scope="session")
def empty_webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a cup of coffee."""
    return _write_y4m(tmp_path_factory.mktemp("webcam") / "empty.y4m", _frames(skimage.data.coffee(), 2 * FPS))


@pytest.fixture(scope="session")
def smiling_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The astronaut as an uploadable picture."""
    path = tmp_path_factory.mktemp("photo") / "astronaut.png"
    cv2.imwrite(str(path), cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR))
    return path


# --- server --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """The running app.

    Attributes:
        url: With a slash at the end.
        folders: Everything that the server could be expected to write to: its code, home and temporary folder.
        log: What it printed.
    """

    url: str
    folders: tuple[Path, ...]
    log: Path

    def owns(self, url: str) -> bool:
        """Whether an address is this server's, or no address at all (data:, blob:, about:)."""
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob", "about") or parts.netloc == urlsplit(self.url).netloc

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of change of every file that there is now."""
        found = {}
        for path in (path for folder in self.folders for path in folder.rglob("*") if path.is_file()):
            status = path.stat()
            found[str(path)] = (status.st_size, status.st_mtime_ns)
        return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def running_server(
    repo_root: Path, place: Path, settings: dict[str, str] | None = None, *, disk_full: bool = False
) -> Iterator[Server]:
    """`streamlit run app.py` on a free port, stopped at the end.

    Args:
        repo_root: What to copy and run.
        place: An empty folder.
        settings: Further environment variables.
        disk_full: Every write to a file fails.
    """
    code, home, temporary = (place / name for name in ("code", "home", "tmp"))
    shutil.copytree(repo_root, code, ignore=shutil.ignore_patterns(*LEFT_OUT))
    home.mkdir()
    temporary.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "STREAMLIT_", "PYTHON"))}
    environment = kept | {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= settings or {}
    port = _free_port()
    url, log = f"http://127.0.0.1:{port}/", place / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    before = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))) if disk_full else None
    with log.open("wb") as output:
        # Not into the log when nothing can be written: the limit counts for it as well.
        written = subprocess.DEVNULL if disk_full else output
        process = subprocess.Popen(
            command, cwd=code, env=environment, stdout=written, stderr=subprocess.STDOUT, preexec_fn=before
        )
        try:
            until = time.monotonic() + START_WITHIN
            while not _healthy(url):
                if process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")
                time.sleep(0.2)
            yield Server(url, (code, home, temporary), log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def server(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, shared by all tests that do it no harm."""
    with running_server(repo_root, tmp_path_factory.mktemp("server")) as running:
        yield running


# --- browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@contextmanager
def chromium(
    playwright: Playwright, webcam: Path, *, allow: bool = True, extra: tuple[str, ...] = ()
) -> Iterator[Browser]:
    """Debian's Chromium if there is one, else Playwright's own, with a film for a webcam.

    Args:
        playwright: The running Playwright.
        webcam: The film, .y4m.
        allow: Whether the browser says yes to the camera by itself.
        extra: Further arguments.
    """
    arguments = [
        *extra,
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    ]
    if allow:
        arguments.append("--use-fake-ui-for-media-stream")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium's sandbox refuses to run as root, which is who tests are in most containers.
        arguments.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Visit:
    """One visitor's tab, and everything that it asked for.

    Attributes:
        page: The tab.
        server: Where it is.
        requests: Every address that any of its frames asked for, web sockets included, in order.
        errors: What its scripts threw.
        files_before: The server's files before the camera went on.
    """

    page: Page
    server: Server
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    files_before: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def strangers(self) -> list[str]:
        """The addresses asked for that are not the app's own."""
        return [url for url in self.requests if not self.server.owns(url)]

    def open(self, path: str = "") -> None:
        """Go to a page and wait until Streamlit has drawn it."""
        self.page.goto(self.server.url + path)
        self.page.locator('[data-testid="stMainBlockContainer"] [data-testid="stElementContainer"]').first.wait_for(
            timeout=PATIENCE * 1000
        )
        idle = self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        idle.wait_for(timeout=PATIENCE * 1000)

    def at(self, key: str) -> Locator:
        """The element that the page gave a key."""
        return self.page.locator(f".st-key-{key}")

    def text(self, key: str, part: str = "") -> str:
        """What is written in that element, or a part of it, now; empty while there is none."""
        try:
            # In one step, for the element may be drawn anew between counting and reading.
            return "\n".join(self.page.locator(f".st-key-{key} {part}").all_inner_texts())
        except PlaywrightError as error:
            # On the way to another page, such as Spotify's and back, nothing is written anywhere for a moment.
            if "navigation" not in str(error):
                raise
            return ""

    def settle(self) -> None:
        """Wait until the page has answered the last click: what was drawn before it may still be about to go."""
        self.page.wait_for_timeout(250)
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()

    def choose(self, key: str, word: str) -> None:
        """Press one of the buttons of a segmented control or of pills, and wait for the page to answer."""
        self.at(key).get_by_role("button").or_(self.at(key).get_by_role("radio")).filter(has_text=word).first.click()
        self.settle()

    def readings(self) -> int:
        """How many readings the timeline says it holds."""
        found = re.search(r"([\d,]+) readings", self.text("timeline"))
        return int(found[1].replace(",", "")) if found else 0

    def wait_for_more_readings(self, than: int, seconds: float = PATIENCE) -> int:
        """Wait until the timeline holds more readings than that, and return how many."""
        until = time.monotonic() + seconds
        while (now := self.readings()) <= than:
            if time.monotonic() > until:
                pytest.fail(f"no more than {than} readings within {seconds:g} s but {now}")
            self.page.wait_for_timeout(200)
        return now

    def wait_for_readings_other_than(self, these: int, seconds: float = PATIENCE) -> int:
        """Wait until the timeline says another number, more or fewer, and return it."""
        until = time.monotonic() + seconds
        while (now := self.readings()) in (0, these):
            if time.monotonic() > until:
                pytest.fail(f"still {these} readings after {seconds:g} s")
            self.page.wait_for_timeout(100)
        return now

    def stub_players(self) -> None:
        """From now on players are an empty page. Not before, since intercepting anything turns the cache off."""
        self.page.route(PLAYERS, lambda route: route.fulfill(content_type="text/html", body="<p>a player</p>"))

    def track_ids(self) -> list[str]:
        """The ids of the songs listed now, in their order, as their play buttons name them."""
        names = self.at("songs").locator('[class*="st-key-play_"]').evaluate_all("found => found.map(e => e.className)")
        return [re.search(r"st-key-play_(\S+)", name)[1] for name in names]  # type: ignore[index]

    def wait_for_songs(self, count: int = 10) -> list[str]:
        """Wait until so many songs are listed and nothing is being drawn, and return their ids."""
        self.at(f"song_{count}").wait_for()
        self.settle()
        return self.track_ids()

    def wait_for_text(self, key: str, pattern: str, part: str = "", seconds: float = PATIENCE) -> str:
        """Wait until the element with that key, or a part of it, says something, and return all that it says."""
        until = time.monotonic() + seconds
        while True:
            text = self.text(key, part)
            if re.search(pattern, text, re.IGNORECASE):
                return text
            if time.monotonic() > until:
                shown = self.page.locator('[data-testid="stMain"]').inner_text()[:1500]
                pytest.fail(f'"{key}" did not say "{pattern}" within {seconds:g} s but "{text}"; the page:\n{shown}')
            self.page.wait_for_timeout(200)

    def repeat(self, act: Callable[[], None], seen: Callable[[], bool], patience: float = 8.0) -> None:
        """Do something that a canvas may not have been ready for, again until it is seen to have worked.

        Args:
            act: Clicks or draws.
            seen: Whether it has worked.
            patience: Seconds that each try has.
        """
        until = time.monotonic() + 3 * PATIENCE
        while time.monotonic() < until:
            act()
            tried = time.monotonic()
            while time.monotonic() < tried + patience:
                if seen():
                    return
                self.page.wait_for_timeout(200)
        pytest.fail(f"it did not work; the page:\n{self.page.locator('[data-testid=stMain]').inner_text()[:1500]}")

    def start_if_off(self) -> None:
        """Press START if the page has been asking for it: a browser on a busy machine may give a connection up."""
        if "Press START" not in self.text("camera_notice"):
            return
        # Time for the page to answer a press of a moment ago.
        self.page.wait_for_timeout(3000)
        if "Press START" not in self.text("camera_notice"):
            return
        for frame in self.page.frames[1:]:
            button = frame.get_by_role("button", name=re.compile("^start$", re.IGNORECASE))
            if button.count() and button.first.is_enabled():
                button.first.click()

    def press_start(self) -> None:
        """Press START in the video component, which is a frame of its own; again when the page goes on asking for it.

        A press in the moment in which the page draws itself anew can be lost with the frame that was pressed.
        """
        until = time.monotonic() + PATIENCE
        pressed = -math.inf
        while time.monotonic() < until:
            if pressed > 0 and "Press START" not in self.text("camera_notice"):
                return
            if time.monotonic() - pressed > PRESS_AGAIN_AFTER and self._press():
                pressed = time.monotonic()
            self.page.wait_for_timeout(200)
        pytest.fail(f"START could not be pressed in {[frame.url for frame in self.page.frames]}")

    def _press(self) -> bool:
        for frame in self.page.frames[1:]:
            button = frame.get_by_role("button", name=re.compile("^start$", re.IGNORECASE))
            if button.count() and button.first.is_enabled():
                button.first.click()
                return True
        return False


@contextmanager
def visit(
    browser: Browser, server: Server, *, width: int = 1280, height: int = 900, allow: bool = True, **device: Any
) -> Iterator[Visit]:
    """A fresh visitor: own cookies, own cache. Each `open` begins a new session with the app.

    Args:
        browser: Theirs.
        server: Where they go.
        width: Of the window, in pixels.
        height: Likewise.
        allow: Whether the camera may be used.
        device: What else `Browser.new_context` takes, such as one of `Playwright.devices`.
    """
    device.pop("default_browser_type", None)
    context: BrowserContext = browser.new_context(**{"viewport": {"width": width, "height": height}} | device)
    if not allow:
        # An empty list of permissions denies all of them, as a visitor does who presses "Block".
        context.grant_permissions([])
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    visitor = Visit(page, server)
    context.on("request", lambda request: visitor.requests.append(request.url))
    page.on("websocket", lambda socket: visitor.requests.append(socket.url))
    page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()


@pytest.fixture(scope="session")
def smiling_browser(playwright: Playwright, smiling_webcam: Path) -> Iterator[Browser]:
    with chromium(playwright, smiling_webcam) as browser:
        yield browser


@pytest.fixture(scope="module")
def camera_visitor(smiling_browser: Browser, server: Server) -> Iterator[Visit]:
    """A visitor who smiles into the camera, which is on; shared by the tests of one file."""
    with visit(smiling_browser, server) as visitor:
        visitor.open()
        # What a session writes is what changes from here on.
        visitor.files_before = server.files()
        visitor.press_start()
        yield visitor


@pytest.fixture
def on_camera(camera_visitor: Visit) -> Visit:
    """The same visitor, whose camera is started again should it have gone off: a second try begins like the first."""
    camera_visitor.start_if_off()
    return camera_visitor


@pytest.fixture
def visitor(smiling_browser: Browser, server: Server) -> Iterator[Visit]:
    """A visitor at a desk, of one test alone: what a failed test leaves behind is gone when it is run again."""
    with visit(smiling_browser, server) as each:
        yield each


@pytest.fixture
def phone(smiling_browser: Browser, server: Server) -> Iterator[Visit]:
    """A visitor with a screen of 390 by 844; likewise."""
    with visit(smiling_browser, server, width=390, height=844) as each:
        yield each


@pytest.fixture
def nobody_on_camera(playwright: Playwright, empty_webcam: Path, server: Server) -> Iterator[Visit]:
    """A visitor whose camera, which is on, sees a cup of coffee."""
    with chromium(playwright, empty_webcam) as browser, visit(browser, server) as each:
        each.open()
        each.press_start()
        yield each


@pytest.fixture
def refusing_visitor(playwright: Playwright, smiling_webcam: Path, server: Server) -> Iterator[Visit]:
    """A visitor who has denied the camera to the page."""
    with chromium(playwright, smiling_webcam, allow=False) as browser, visit(browser, server, allow=False) as each:
        yield each
