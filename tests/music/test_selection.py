from __future__ import annotations

import pandas as pd
import pytest

from moodlib.errors import InputError
from moodlib.music import catalogue, selection


def write_source(four, tmp_path, rows, played=()):
    """A table of tracks made of the first song's features, changed by `rows`, and one of playlists."""
    base = four.drop(columns=["year", "genre", "subgenre"]).iloc[0].to_dict() | {
        "release_date": "2010-05-01",
        "playlist_genre": "pop",
        "playlist_subgenre": "dance pop",
        "source": "tidytuesday",
    }
    table = [
        base | {"track_id": f"{n:022d}", "valence": n / 50, "tempo": 80.0 + 3 * n} | row for n, row in enumerate(rows)
    ]
    tracks, playlists = tmp_path / "tracks.parquet", tmp_path / "playlists.parquet"
    pd.DataFrame(table).to_parquet(tracks)
    held = [(p, f"{n:022d}") for n, ids in enumerate(played) for p in ids] or [("p", "x")]
    genres = {"playlist_genre": "pop", "playlist_subgenre": "dance pop"}
    pd.DataFrame(held, columns=["playlist_id", "track_id"]).assign(**genres).to_parquet(playlists)
    return tracks, playlists


def titles(four, tmp_path, rows):
    return set(selection.build(*write_source(four, tmp_path, rows))[0]["title"])


def test_stand_ins_and_broken_rows_are_left_out(four, tmp_path):
    rows = [
        {"title": "Good", "artist": "A"},
        {"title": "Song (Karaoke Version)", "artist": "B"},
        {"title": "Song", "artist": "Piano Tribute Players"},
        {"title": "Song - Sped Up", "artist": "C"},
        {"title": "Nightcore Song", "artist": "D"},
        {"title": "Song (8D Audio)", "artist": "E"},
        {"title": "Song (Cover)", "artist": "F"},
        {"title": "Slow", "artist": "G", "tempo": 0.0},
        {"title": "Gone", "artist": "H", "popularity": 0},
        {"title": "Jingle", "artist": "I", "duration_ms": 4000},
        {"title": "Other", "artist": "J", "source": "hit_predictor"},
    ]
    assert titles(four, tmp_path, rows) == {"Good"}


def test_each_song_once_and_the_known_recording_wins(four, tmp_path):
    rows = [
        {"title": "Song - Big Remix", "artist": "A", "popularity": 90},
        {"title": "Song - 2011 Remaster", "artist": "A", "popularity": 60},
        {"title": "Song", "artist": "The A", "popularity": 40},
        {"title": "Duet (feat. C)", "artist": "B", "popularity": 70, "valence": 0.5, "tempo": 100.0},
        {"title": "Duet", "artist": "C", "popularity": 65, "valence": 0.501, "tempo": 100.1},
        {"title": "Duet", "artist": "D", "popularity": 10, "valence": 0.9, "tempo": 150.0},
    ]
    table, stats = selection.build(*write_source(four, tmp_path, rows))
    chosen = set(zip(table["title"], table["artist"], strict=True))
    assert chosen == {("Song - 2011 Remaster", "A"), ("Duet (feat. C)", "B"), ("Duet", "D")}
    assert stats["steps"]["each song once"] == 3


def test_known_artists_come_first(four, tmp_path, monkeypatch):
    for name in ("PER_DECADE", "PER_SUBGENRE", "PER_CELL"):
        monkeypatch.setattr(selection, name, 0)
    monkeypatch.setattr(selection, "SIZE", 2)
    rows = [{"title": f"Song {name}", "artist": name, "popularity": 50} for name in "ABC"]
    tracks, playlists = write_source(four, tmp_path, rows, played=[["p1"], ["p1", "p2", "p3"], ["p1", "p2"]])
    assert set(selection.build(tracks, playlists)[0]["artist"]) == {"B", "C"}


def test_a_genre_that_is_rare_for_the_artist_gives_way(four, tmp_path):
    rows = [{"title": f"Song {'abcdefgh'[n]}", "artist": "A"} for n in range(8)]
    tracks, playlists = write_source(four, tmp_path, rows)
    held = [("rap", n) for n in range(7)] + [("latin", 7), ("latin", 0)]
    pd.DataFrame(
        [("p", f"{n:022d}", genre, f"{genre} sub") for genre, n in held],
        columns=["playlist_id", "track_id", "playlist_genre", "playlist_subgenre"],
    ).to_parquet(playlists)
    few = selection.build(tracks, playlists)[0].set_index("track_id")["genre"]
    assert few[f"{0:022d}"] == "rap"  # held in both
    assert few[f"{7:022d}"] == "latin"  # two of nine entries: not rare
    more = pd.read_parquet(playlists)
    more = pd.concat([more, more[more["playlist_genre"] == "rap"].assign(playlist_id="q")])
    more.to_parquet(playlists)
    table = selection.build(tracks, playlists)[0].set_index("track_id")
    assert table["genre"][f"{7:022d}"] == "rap"
    assert table["subgenre"][f"{7:022d}"] == "rap sub"


def test_the_order_of_the_rows_does_not_matter(four, tmp_path):
    rows = [{"title": f"Song {n % 7}", "artist": f"Artist {n % 5}", "popularity": 1 + n % 3} for n in range(40)]
    tracks, playlists = write_source(four, tmp_path, rows)
    first, _ = selection.build(tracks, playlists)
    pd.read_parquet(tracks).sample(frac=1, random_state=1).to_parquet(tracks)
    second, _ = selection.build(tracks, playlists)
    pd.testing.assert_frame_equal(first, second)


def test_what_is_written_is_checked_and_counted_in_the_card(four, tmp_path):
    table, stats = selection.build(*write_source(four, tmp_path, [{"title": "Good", "artist": "A"}]))
    (tmp_path / "out").mkdir()
    card = tmp_path / "out" / "README.md"
    card.write_text(f"before\n{selection.BEGIN}\nold\n{selection.END}\nafter\n", encoding="utf-8")
    selection.write(table, stats, tmp_path / "out" / "catalogue.parquet")
    assert catalogue.check(tmp_path / "out" / "catalogue.parquet") == 1
    text = card.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "1 songs by 1 artists" in text
    assert "old" not in text


def test_a_table_without_the_source_is_refused(four, tmp_path):
    with pytest.raises(InputError, match="holds no usable song"):
        selection.build(*write_source(four, tmp_path, [{"title": "X", "artist": "A", "source": "other"}]))


def test_the_shipped_catalogue_is_what_the_rule_gives(music_data, shipped, tmp_path):
    table, stats = selection.build(music_data / "tracks.parquet", music_data / "playlists.parquet")
    out = tmp_path / "catalogue.parquet"
    selection.write(table, stats, out)
    pd.testing.assert_frame_equal(catalogue.load(out), shipped)
