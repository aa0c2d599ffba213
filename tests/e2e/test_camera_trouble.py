"""A camera that sees nobody, and one that the visitor refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moodlib.emotions import NAMES

if TYPE_CHECKING:
    from tests.e2e.conftest import Visit


def test_without_a_face_there_is_no_mood(nobody_on_camera: Visit) -> None:
    nobody_on_camera.wait_for_text("mood_now", r"no face", part="h2")
    before = nobody_on_camera.readings()
    for _ in range(10):
        nobody_on_camera.page.wait_for_timeout(500)
        assert re.search(r"no face", nobody_on_camera.text("mood_now", "h2"), re.IGNORECASE)
        assert not re.search(rf"\b({'|'.join(NAMES)})\b", nobody_on_camera.text("stable_mood"))
    nobody_on_camera.wait_for_more_readings(before)
    assert nobody_on_camera.at("songs").count() == 0


def test_a_refused_camera_is_said_and_others_ways_are_offered(refusing_visitor: Visit) -> None:
    refusing_visitor.open()
    notice = refusing_visitor.wait_for_text("camera_notice", r"refused|not allowed|denied")
    assert notice.count(".") == 1, "one sentence"
    for other in ("Photo", "File", "By hand"):
        assert refusing_visitor.at("camera_notice").get_by_role("button", name=other).is_visible()
    refusing_visitor.at("camera_notice").get_by_role("button", name="By hand").click()
    refusing_visitor.choose("hand_mood", "sad")
    assert len(refusing_visitor.wait_for_songs()) == 10
