"""What goes wrong around a live camera, and that each ends in a picture again or in one clear sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PATIENCE, Visit, running_server, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.e2e.conftest import Server

# Keeps hold of what the page gets from the camera, so that a test can pull its plug.
_HOLD_CAMERA = """
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  window.__cameras = []
  navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await ask(what)
    window.__cameras.push(stream)
    return stream
  }
}
"""
_UNPLUG = """
for (const track of (window.__cameras || []).flatMap((stream) => stream.getTracks())) {
  track.stop()
  track.dispatchEvent(new Event("ended"))
}
"""


def _reads(visitor: Visit, seconds: float = PATIENCE) -> None:
    """Wait until frames are being read."""
    visitor.wait_for_text("camera_notice", r"\d+ frames a second read", seconds=seconds)


@pytest.fixture(scope="module")
def small_server(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that reads one camera at once, and whose files a test may break."""
    with running_server(repo_root, tmp_path_factory.mktemp("small"), {"MOOD_DJ_CAMERAS": "1"}) as running:
        yield running


@pytest.fixture
def whole_model(small_server: Server) -> Iterator[Path]:
    """The small server's network, whole again afterwards: a second try begins as the first one did."""
    model = small_server.folders[0] / "models" / "emotion.tflite"
    kept = model.read_bytes()
    yield model
    model.write_bytes(kept)


def test_a_camera_that_is_unplugged_is_said_and_can_be_started_again(smiling_browser: Browser, server: Server) -> None:
    with visit(smiling_browser, server) as visitor:
        visitor.page.add_init_script(_HOLD_CAMERA)
        visitor.open()
        visitor.press_start()
        _reads(visitor)
        for frame in visitor.page.frames:
            frame.evaluate(_UNPLUG)
        said = visitor.wait_for_text("camera_notice", r"no picture has come")
        assert said.count(".") == 1, "one sentence"
        visitor.open()
        visitor.press_start()
        _reads(visitor)


def test_another_page_and_back(smiling_browser: Browser, server: Server) -> None:
    with visit(smiling_browser, server) as visitor:
        visitor.open()
        visitor.press_start()
        _reads(visitor)
        before = visitor.wait_for_more_readings(10)
        visitor.page.get_by_role("link", name="Privacy").first.click()
        visitor.page.wait_for_url("**/privacy")
        visitor.page.get_by_role("link", name="Live").first.click()
        visitor.at("camera_notice").wait_for()
        # The session's timeline is still there, and goes on once the camera is.
        kept = visitor.wait_for_more_readings(before - 1)
        visitor.press_start()
        _reads(visitor)
        visitor.wait_for_more_readings(kept)


def test_a_browser_that_was_offline_goes_on_by_itself(smiling_browser: Browser, server: Server) -> None:
    with visit(smiling_browser, server) as visitor:
        visitor.open()
        visitor.press_start()
        _reads(visitor)
        visitor.wait_for_more_readings(30)
        visitor.page.context.set_offline(True)
        visitor.page.wait_for_timeout(20_000)
        before = visitor.readings()
        visitor.page.context.set_offline(False)
        # Nobody presses anything, and it is the same session: its timeline goes on where it was.
        seen = [before]
        while seen[-1] < before + 50:
            seen.append(visitor.wait_for_readings_other_than(seen[-1]))
        assert seen == sorted(seen)
        _reads(visitor)
        assert visitor.errors == []


def test_one_camera_too_many_is_told_and_read_when_the_other_tab_is_closed(
    smiling_browser: Browser, small_server: Server
) -> None:
    with visit(smiling_browser, small_server) as second:
        with visit(smiling_browser, small_server) as first:
            first.open()
            first.press_start()
            _reads(first)
            second.open()
            second.press_start()
            said = second.wait_for_text("camera_notice", r"as many cameras as it can")
            assert said.count(".") == 1, "one sentence"
            _reads(first)
        try:
            _reads(second, seconds=30)
        except pytest.fail.Exception:
            # On a busy machine the browser may have given its connection up meanwhile; there is a place now.
            second.press_start()
            _reads(second)


def test_a_model_replaced_while_running_harms_no_session_that_is_on(
    smiling_browser: Browser, small_server: Server, whole_model: Path
) -> None:
    whole = whole_model.read_bytes()
    with visit(smiling_browser, small_server) as visitor:
        visitor.open()
        visitor.press_start()
        _reads(visitor)
        whole_model.write_bytes(whole[: len(whole) // 2])
        visitor.wait_for_more_readings(visitor.readings() + 10)
    with visit(smiling_browser, small_server) as newcomer:
        newcomer.open()
        newcomer.press_start()
        said = newcomer.wait_for_text("camera_notice", r"emotion\.tflite.*cut short")
        assert "Traceback" not in said
        whole_model.write_bytes(whole)
        # The file is asked for again with the next frame: no new start is needed.
        _reads(newcomer)


def test_with_a_full_disk_everything_works(
    smiling_browser: Browser, repo_root: Path, tmp_path: Path, smiling_photo: Path
) -> None:
    with (
        running_server(repo_root, tmp_path, disk_full=True) as server,
        visit(smiling_browser, server) as visitor,
    ):
        visitor.open()
        visitor.choose("source", "File")
        visitor.page.locator('input[type="file"]').first.set_input_files(smiling_photo)
        visitor.wait_for_text("mood_now", r"happy")
        assert len(visitor.wait_for_songs()) == 10


@pytest.mark.parametrize("gone", ["window.RTCPeerConnection = undefined", "delete Navigator.prototype.mediaDevices"])
def test_an_old_browser_is_told_so(smiling_browser: Browser, server: Server, gone: str) -> None:
    with visit(smiling_browser, server) as visitor:
        visitor.page.add_init_script(gone)
        visitor.open()
        said = visitor.wait_for_text("camera_notice", r"too old|update it")
        assert re.search(r"own word", said)
        visitor.at("camera_notice").get_by_role("button", name="By hand").click()
        visitor.choose("hand_mood", "happy")
        assert len(visitor.wait_for_songs()) == 10
