"""Pages run headless: the video component, which needs a browser, is replaced by one that says what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from moodlib.paths import ROOT

PATIENCE = 60


@pytest.fixture
def video() -> Iterator[SimpleNamespace]:
    """The video component's state: set `playing` or `signalling`."""
    state = SimpleNamespace(playing=False, signalling=False)
    with (
        patch("streamlit_webrtc.webrtc_streamer", return_value=SimpleNamespace(state=state)) as streamer,
        # The relay wants an event loop, which only a real server has.
        patch("moodlib.ui.camera.get_global_relay"),
    ):
        yield SimpleNamespace(state=state, streamer=streamer)


@pytest.fixture
def app(video: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app on its first page, run once."""
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
