from __future__ import annotations

import io
from contextlib import suppress
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodlib.errors import InputError
from moodlib.music import exports, imports, shelf
from moodlib.music.catalogue import COLUMNS
from moodlib.settings import limits

ID = "4iV5W9uYEdYUVa79Axb7Rh"
EXPORTIFY = (
    "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,Explicit,Added By,Added At,"
    "Genres,Record Label,Danceability,Energy,Key,Loudness,Mode,Speechiness,Acousticness,Instrumentalness,Liveness,"
    "Valence,Tempo,Time Signature\n"
    f'spotify:track:{ID},"Halo, again",I Am,"Beyoncé;Jay-Z",2008-11-14,261640,79,false,me,2020-01-01,"pop,r&b",Sony,'
    "0.508,0.72,11,-5.9,0,0.06,0.27,0,0.05,0.47,79.98,4\n"
    "spotify:local:Me:Tape:Own song:120,Own song,Tape,Me,,120000,0,false,me,2020-01-01,,,,,,,,,,,,,,\n"
    "spotify:episode:4iV5W9uYEdYUVa79Axb7Rz,A talk,,Radio,2020,1,1,false,,,,,,,,,,,,,,,,\n"
)
KAGGLE = (
    ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,loudness,mode,"
    "speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,track_genre\n"
    f"0,{ID},Gen Hoshino,Comedy,Comedy,73,230666,False,0.676,0.461,1,-6.746,0,0.143,0.0322,0,0.358,0.715,"
    "87.917,4,acoustic\n"
    '1,5iV5W9uYEdYUVa79Axb7Rh,"[\'Elvis\', ""D\'Angelo""]",X,1999,1,1,False,7.2,0.4,1,-6,0,0.1,0,0,0,0.7,80,4,a\n'
    f"2,{ID},Gen Hoshino,Comedy,Comedy,73,230666,False,0.676,0.461,1,-6.746,0,0.143,0.0322,0,0.358,0.715,87.917,4,j-pop\n"  # noqa: E501
    "3,6iV5W9uYEdYUVa79Axb7Rh,Nobody,X,,1,1000,False,0.2,0.4,1,-6,0,0.1,0.1,0,0.3,0.7,80,4,a\n"
    "4,too,short\n"
)


def test_exportify_is_understood() -> None:
    preview = imports.read(EXPORTIFY.encode(), "liked.csv")
    assert preview.shape == "Exportify"
    first, local = preview.songs.to_dict("records")
    assert (first["track_id"], first["title"], first["artist"]) == (ID, "Halo, again", "Beyoncé, Jay-Z")
    assert (first["year"], first["duration_ms"], first["valence"]) == (2008, 261640, 0.47)
    assert local["track_id"].startswith("own-")
    assert np.isnan(local["valence"])
    assert preview.rejected.to_dict("records") == [
        {"row": 3, "song": "Radio · A talk", "reason": "an episode, not a song"}
    ]


def test_the_kaggle_tables_are_understood_and_each_bad_row_has_its_reason() -> None:
    preview = imports.read(KAGGLE.encode(), "dataset.csv")
    assert "Kaggle" in preview.shape
    assert list(preview.songs["title"]) == ["Comedy"]
    assert preview.songs["genre"].iloc[0] == "acoustic"
    assert [(row["row"], row["reason"]) for row in preview.rejected.to_dict("records")] == [
        (2, '"danceability" is not a number from 0 to 1: 7.2'),
        (3, "the same song stands further up"),
        (4, "no title"),
        (5, "it has 3 fields where the header has 21"),
    ]
    assert preview.rejected["song"].iloc[0] == "Elvis, D'Angelo · 1999"
    assert "album_name" in preview.ignored


def test_percentages_note_names_and_years_of_the_most_streamed_table() -> None:
    header = "track_name,artist(s)_name,released_year,bpm,key,mode,danceability_%,valence_%,energy_%"
    table = f"{header}\nSeven,Latto,2023,125,B,Major,80,89,83\n"
    preview = imports.read(table.encode("latin-1"), "spotify-2023.csv")
    song = preview.songs.iloc[0]
    assert (song["year"], song["tempo"], song["key"], song["mode"]) == (2023, 125, 11, 1)
    assert (song["danceability"], song["valence"], song["energy"]) == pytest.approx((0.8, 0.89, 0.83))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_are_told_apart(encoding: str, newline: str) -> None:
    text = newline.join(["title;artist", "Déjà vu – à propos;Beyoncé", "Plain;Someone"])
    preview = imports.read(text.encode(encoding), "songs.csv")
    assert list(preview.songs["title"]) == ["Déjà vu – à propos", "Plain"]
    assert list(preview.songs["artist"]) == ["Beyoncé", "Someone"]


def test_formulas_html_and_direction_marks_stay_text_and_do_no_harm() -> None:
    titles = ['=HYPERLINK("http://x","y")', "<script>alert(1)</script>", "\u202eevil\u202c שלום", "a\x07b", "'=x"]
    table = pd.DataFrame({"title": titles, "artist": "A"}).to_csv(index=False)
    songs = imports.read(table.encode(), "songs.csv").songs
    assert list(songs["title"]) == [titles[0], titles[1], "evil שלום", "a b", "'=x"]
    exported = exports.to_csv(songs).decode("utf-8-sig")
    assert "'=HYPERLINK" in exported
    listed = shelf.tidy(songs, "a file").assign(felt_valence=0.0, felt_arousal=0.0)
    again = imports.read(exports.to_csv(listed), "x.csv")
    assert again.shape == "Mood DJ's own export"
    assert list(again.songs["title"]) == list(songs["title"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00\x00", "no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "no text"),
        (b"PK\x03\x04" + b"x" * 50, "workbook"),
        (b"\x1f\x8b" + b"x" * 50, "compressed"),
        (b"PAR1" + b"x" * 50, "cannot be read as Parquet"),
        (b"a,b\n1,2\n", "no column with titles"),
        (b"Dear Sir or Madam", "no column with titles"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_songs_is_said_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        imports.read(data, "file.csv")
    assert str(caught.value).endswith(".")


def test_a_header_alone_holds_no_songs() -> None:
    preview = imports.read(b"title,artist\n", "file.csv")
    assert len(preview.songs) == len(preview.rejected) == 0


def test_parquet_with_lists_of_artists(tmp_path) -> None:
    buffer = io.BytesIO()
    pd.DataFrame({"id": [ID], "name": ["Halo"], "artists": [["A", "B"]], "year": [2008], "energy": [0.5]}).to_parquet(
        buffer
    )
    song = imports.read(buffer.getvalue(), "songs.parquet").songs.iloc[0]
    assert (song["track_id"], song["artist"], song["year"], song["energy"]) == (ID, "A, B", 2008, 0.5)


def test_links_and_uris_become_ids_and_nothing_else_does() -> None:
    given_ids = [
        ID,
        f"spotify:track:{ID[:-1]}1",
        f"https://open.spotify.com/intl-de/track/{ID[:-1]}2?si=x",
        "javascript:alert(1)",
    ]
    table = pd.DataFrame({"url": given_ids, "title": list("abcd"), "artist": "A"}).to_csv(index=False)
    ids = list(imports.read(table.encode(), "songs.csv").songs["track_id"])
    assert ids[:3] == [ID, f"{ID[:-1]}1", f"{ID[:-1]}2"]
    assert ids[3].startswith("own-")


def test_more_songs_than_a_session_holds_keep_the_most_popular(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_ADDED", 3)
    table = pd.DataFrame({"title": list("abcdef"), "artist": "A", "popularity": [1, 9, 5, 7, 0, 2]}).to_csv(index=False)
    preview = imports.read(table.encode(), "songs.csv")
    assert list(preview.songs["title"]) == ["b", "c", "d"]
    assert preview.reasons == {"beyond the 3 most popular, which is what a session holds": 3}


def test_too_many_rows_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOOD_DJ_IMPORT_ROWS", "10")
    limits.cache_clear()
    monkeypatch.setattr(imports.pa_csv, "read_csv", read := Mock(wraps=imports.pa_csv.read_csv))
    table = pd.DataFrame({"title": [f"song {n}" for n in range(11)], "artist": "A"})
    packed = io.BytesIO()
    table.to_parquet(packed)
    try:
        for data in (
            table.to_csv(index=False).encode(),
            table.to_csv(index=False).rstrip().encode(),
            table.to_csv(index=False).encode("utf-16"),
            packed.getvalue(),
        ):
            with pytest.raises(InputError, match=r"songs.csv has 11 rows and at most 10 are read; .*split it"):
                imports.read(data, "songs.csv")
        assert not read.called
        assert len(imports.read(table.head(10).to_csv(index=False).rstrip().encode(), "songs.csv").songs) == 10
        assert read.called
    finally:
        limits.cache_clear()


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=25)


@settings(max_examples=25)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8))
def test_what_is_exported_is_imported_again(pairs: list[tuple[str, str]]) -> None:
    plain = shelf.tidy(pd.DataFrame(pairs, columns=["title", "artist"]).assign(track_id=""), "x")
    plain["title"] = imports.columns.clean_text(plain["title"])
    plain["artist"] = imports.columns.clean_text(imports.columns.artists(plain["artist"]))
    plain = plain[plain["title"] != ""].assign(
        valence=0.25, energy=0.5, loudness=-7.5, year=1999.0, felt_valence=0.1, felt_arousal=0.2
    )
    plain = plain.assign(track_id=[f"{n:022d}" for n in range(len(plain))]).reset_index(drop=True)
    if plain.empty:
        return
    preview = imports.read(exports.to_csv(plain), "mine.csv")
    assert len(preview.rejected) == 0
    assert preview.encoding == "utf-8-sig"
    again = shelf.tidy(preview.songs, "x")
    pd.testing.assert_frame_equal(again[list(COLUMNS)], plain[list(COLUMNS)])


@settings(max_examples=25)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    # Another kind of exception would fail the test.
    with suppress(InputError):
        assert list(imports.read(data, "file").rejected.columns) == ["row", "song", "reason"]


@settings(max_examples=25)
@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=8))
def test_any_rows_below_a_good_header_are_taken_or_rejected_each(rows: list[list[str]]) -> None:
    import csv

    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([["title", "artist", "energy"], *[row for row in rows if row]])
    preview = imports.read(buffer.getvalue().encode("utf-8", "replace"), "file.csv")
    assert len(preview.songs) + len(preview.rejected) == len([row for row in rows if row])
