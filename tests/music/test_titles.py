from __future__ import annotations

import pytest

from moodlib.music.titles import artist_key, core_title, is_other_recording, song_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Go West - 2003 Remaster", "Go West"),
        ("Loyal (feat. Drake)", "Loyal"),
        ("Loyal feat. Drake", "Loyal"),
        ("Señorita", "Senorita"),
        ("On The Floor - Radio Edit", "On the Floor [Explicit]"),
        ("Don't Stop", "Don’t Stop"),
        ("All of Me - Tiësto Remix", "All of Me"),
    ],
)
def test_releases_of_one_song_have_one_core(one, other):
    assert core_title(one) == core_title(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Happy - Pt. 1", "Happy - Pt. 2"),
        ("Intro (Part 1)", "Intro (Part 2)"),
        ("Hello", "Hello Again"),
        ("残酷な天使のテーゼ", "夜に駆ける"),
        ("!!!", "???"),
    ],
)
def test_different_songs_keep_different_cores(one, other):
    assert core_title(one) != core_title(other)


def test_a_title_is_never_reduced_to_nothing():
    for title in ("(Untitled)", "- - -", "!!!", "[4]", " - Live"):
        assert core_title(title)


def test_an_artist_is_known_without_the_article_and_accents():
    assert artist_key("The Beatles") == artist_key("beatles")
    assert artist_key("Beyoncé") == artist_key("BEYONCE")
    assert artist_key("The The") == "the"
    assert song_key("The Beatles", "Help! - Remastered 2015") == song_key("Beatles", "Help!")


@pytest.mark.parametrize(
    "title", ["X - Kygo Remix", "X - Live", "X (Acoustic)", "X - Ao Vivo", "X - Extended Mix", "X (Demo)"]
)
def test_other_recordings_are_told(title):
    assert is_other_recording(title)


@pytest.mark.parametrize(
    "title",
    [
        "X",
        "X - Remastered 2011",
        "X - Radio Edit",
        "X - Original Mix",
        "X - Single Version",
        "Live and Let Die",
        "Mixed Up",
    ],
)
def test_the_known_recording_is_told(title):
    assert not is_other_recording(title)
