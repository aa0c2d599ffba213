from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodlib.music import exports

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NS = {"x": "http://xspf.org/ns/0/"}


def songs_called(titles: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "track_id": [f"{n:022d}" if n % 2 == 0 else f"own-{n}" for n in range(len(titles))],
            "title": titles,
            "artist": titles[::-1],
            "year": [2001.0 if n % 3 else float("nan") for n in range(len(titles))],
            "duration_ms": [200_000.0 + n for n in range(len(titles))],
        }
    )


@pytest.mark.parametrize("form", exports.FORMS)
@settings(max_examples=30)
@given(titles=st.lists(TEXT, max_size=6))
def test_every_list_can_be_written_in_every_form(form: str, titles: list[str]) -> None:
    data = exports.FORMS[form][2](songs_called(titles))
    data.decode("utf-8")


@settings(max_examples=30)
@given(titles=st.lists(TEXT, min_size=1, max_size=6))
def test_json_says_everything_as_it_is(titles: list[str]) -> None:
    rows = json.loads(exports.to_json(songs_called(titles)))
    assert [row["title"] for row in rows] == titles
    assert rows[0]["year"] is None
    assert rows[0]["duration_ms"] == 200_000


@settings(max_examples=30)
@given(titles=st.lists(TEXT, min_size=1, max_size=6))
def test_xspf_is_well_formed_and_links_only_what_spotify_knows(titles: list[str]) -> None:
    tracks = ET.fromstring(exports.to_xspf(songs_called(titles))).findall(".//x:track", NS)
    assert len(tracks) == len(titles)
    for number, track in enumerate(tracks):
        assert (track.find("x:location", NS) is not None) == (number % 2 == 0)
        assert track.find("x:duration", NS).text == str(200_000 + number)


@settings(max_examples=30)
@given(titles=st.lists(TEXT, min_size=1, max_size=6))
def test_no_title_breaks_a_line_of_m3u8(titles: list[str]) -> None:
    lines = exports.to_m3u8(songs_called(titles)).decode().split("\n")
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == ""
    assert len(lines) == 2 + sum(2 if n % 2 == 0 else 1 for n in range(len(titles)))
    assert all(line.startswith(("#", "https://open.spotify.com/track/")) for line in lines[1:-1])


@settings(max_examples=30)
@given(title=TEXT, sign=st.sampled_from("=+-@\t\r"))
def test_no_cell_of_csv_begins_like_a_formula(title: str, sign: str) -> None:
    import csv
    import io

    text = exports.to_csv(songs_called([sign + title])).decode("utf-8-sig")
    row = next(iter(csv.DictReader(io.StringIO(text, newline=""))))
    assert row["title"] == f"'{sign}{title}"
