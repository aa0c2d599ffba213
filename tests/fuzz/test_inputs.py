"""A short turn of the fuzzing; `python tests/fuzz/run.py --minutes 10` is the long one."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.inputs import (
    check_command_line,
    check_picture,
    check_table,
    check_video,
    command_lines,
    pictures,
    tables,
    videos,
)

_SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@_SOME
@given(pictures)
def test_pictures(data):
    check_picture(data)


@_SOME
@given(videos)
def test_videos(data):
    check_video(data)


@_SOME
@given(tables)
def test_tables(data):
    check_table(data)


@settings(_SOME, max_examples=25)
@given(command_lines)
def test_command_lines(words):
    check_command_line(words)


@pytest.mark.parametrize(
    "words", [["recommend", "--mood", "happy", "--limit", "3", "--json"], ["analyse", "settings.toml"]]
)
def test_the_check_itself_accepts_a_good_and_a_bad_line(words):
    check_command_line(words)
