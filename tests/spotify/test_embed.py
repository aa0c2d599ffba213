from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moodlib.errors import InputError
from moodlib.spotify import embed

GOOD = "4uLU6hMCjMI75M1A2tKUQC"


def test_addresses_hold_the_id():
    assert embed.player_url(GOOD) == f"https://open.spotify.com/embed/track/{GOOD}"
    assert embed.track_url(GOOD) == f"https://open.spotify.com/track/{GOOD}"


@pytest.mark.parametrize(
    "bad", ["", GOOD[:-1], GOOD + "a", "../../etc/passwd", GOOD[:-1] + "/", GOOD[:-1] + "é", GOOD + "\n", None]
)
def test_what_is_not_an_id_is_refused(bad):
    assert not embed.is_track_id(bad)
    with pytest.raises(InputError, match="not a Spotify track id"):
        embed.player_url(bad)


@given(st.text(max_size=30))
def test_no_text_leads_an_address_elsewhere(text):
    if embed.is_track_id(text):
        assert re.fullmatch(r"https://open\.spotify\.com/embed/track/[0-9A-Za-z]{22}", embed.player_url(text))
