from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from moodlib import paths
from moodlib.errors import InputError
from moodlib.music import catalogue, selection
from moodlib.music.titles import song_key


def save(table, folder, name="songs.parquet"):
    path = folder / name
    table.to_csv(path, index=False) if name.endswith(".csv") else table.to_parquet(path)
    return path


@pytest.mark.parametrize("name", ["songs.csv", "songs.parquet"])
def test_a_good_file_comes_back_as_it_was(four, tmp_path, name):
    loaded = catalogue.load(save(four.assign(more="x"), tmp_path, name))
    assert list(loaded.columns) == list(catalogue.COLUMNS)
    assert loaded["track_id"].tolist() == four["track_id"].tolist()
    assert loaded["tempo"].tolist() == pytest.approx(four["tempo"].tolist())


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("energy", 7.2, r'row 2: "energy" is 7\.2; expected a number from 0 to 1'),
        ("valence", np.nan, r'row 2: "valence" is missing'),
        ("loudness", -np.inf, r'row 2: "loudness" is -inf; expected a number from -80 to 6'),
        ("tempo", 0.0, r'row 2: "tempo" is 0\.0; expected a number above 0'),
        ("key", 2.5, r'row 2: "key" is 2\.5; expected a whole number'),
        ("year", 20, r'row 2: "year" is 20'),
        ("popularity", 101, r'row 2: "popularity" is 101'),
        ("track_id", "not-an-id", r'row 2: "track_id" is not-an-id; expected a Spotify id'),
        ("track_id", f"{0:022d}", r'row 2: "track_id" is 0+; expected no value twice \(row 1 has it too\)'),
        ("title", " ", r'row 2: "title" is empty'),
        ("artist", None, r'row 2: "artist" is empty'),
    ],
)
@pytest.mark.parametrize("name", ["songs.csv", "songs.parquet"])
def test_a_bad_value_is_named_with_file_row_and_column(four, tmp_path, column, value, told, name):
    values = four[column].astype(object).tolist()
    values[1] = value
    bad = four.assign(**{column: pd.Series(values).infer_objects()})
    path = save(bad, tmp_path, name)
    with pytest.raises(InputError, match=told) as error:
        catalogue.load(path)
    assert str(path) in str(error.value)


def test_text_where_a_number_belongs(four, tmp_path):
    path = save(four.assign(energy=["0.5", "loud", "0.5", "0.5"]), tmp_path, "songs.csv")
    with pytest.raises(InputError, match=r'row 2: "energy" is loud'):
        catalogue.load(path)


def test_missing_columns_are_all_named(four, tmp_path):
    with pytest.raises(InputError, match="columns missing: energy, tempo"):
        catalogue.load(save(four.drop(columns=["tempo", "energy"]), tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.csv", None, "is not a file"),
        ("songs.txt", b"x", "neither .csv nor .parquet"),
        ("songs.parquet", b"PAR1 cut short", "cannot be read as parquet"),
        ("songs.csv", b"", "cannot be read as csv"),
        ("songs.csv", b"track_id,title\n", "holds no songs"),
        ("songs.csv", b"\xff\xfe\x00\x01,\n\x81\x82", "cannot be read as csv|missing"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path, name, content, told):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        catalogue.load(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch, four):
    monkeypatch.setattr("moodlib.music.tables.MAX_ROWS", 3)
    for name in ("songs.csv", "songs.parquet"):
        with pytest.raises(InputError, match=r"rows"):
            catalogue.load(save(four, tmp_path, name))


def test_songs_of_others_may_lack_key_mode_length_and_names(four, tmp_path):
    bare = four[["track_id", "danceability", "energy", "loudness", "speechiness", "acousticness", "instrumentalness",
                 "liveness", "valence", "tempo"]].assign(track_id=[1, 2, 3, 4])  # fmt: skip
    for name in ("songs.csv", "songs.parquet"):
        songs = catalogue.read_songs(save(bare, tmp_path, name))
        assert songs["track_id"].tolist() == ["1", "2", "3", "4"]
        assert songs["duration_ms"].isna().all()
        assert (songs["artist"] == "").all()
    some = four.assign(key=[np.nan, 1, 2, 3], release_date=["1999-01-01", "2001", "", "soon"]).drop(columns="year")
    songs = catalogue.read_songs(save(some, tmp_path, "some.csv"))
    assert songs["key"].isna().tolist() == [True, False, False, False]
    assert songs["year"].tolist()[:2] == [1999, 2001]
    assert songs["year"].isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("column", "value"), [("energy", np.nan), ("energy", np.inf), ("valence", -0.1), ("tempo", 1e9)]
)
def test_songs_of_others_need_the_core_features(four, tmp_path, column, value):
    values = four[column].astype(float).tolist()
    values[2] = value
    with pytest.raises(InputError, match=f'row 3: "{column}"'):
        catalogue.read_songs(save(four.assign(**{column: values}), tmp_path, "songs.csv"))


def test_titles_that_look_like_something_else_stay_text(four, tmp_path):
    odd = four.assign(title=["1999", "nan", "=1+1", "<b>NULL</b>"])
    songs = catalogue.load(save(odd, tmp_path, "songs.csv"))
    assert songs["title"].tolist() == ["1999", "nan", "=1+1", "<b>NULL</b>"]


# The catalogue that is in the repository.


def test_the_catalogue_keeps_its_rule(shipped):
    assert 5000 <= len(shipped) <= 8000
    keys = [song_key(artist, title) for artist, title in zip(shipped["artist"], shipped["title"], strict=True)]
    assert len(set(keys)) == len(keys)
    assert shipped["genre"].nunique() == 6
    assert shipped["subgenre"].nunique() == 24
    assert set((shipped["year"] // 10 * 10).unique()) == set(range(1950, 2030, 10))
    text = (shipped["title"] + " " + shipped["artist"]).str.lower()
    assert not text.str.contains(r"karaoke|nightcore|sped up|ringtone|tribute to|originally performed").any()
    assert (shipped["popularity"] > 0).all()
    assert paths.CATALOGUE.stat().st_size < 1_500_000


def test_each_emotion_has_hundreds_of_songs_near_it(shipped):
    near = selection.describe(shipped)["near"]
    assert len(near) == 7
    assert min(near.values()) >= 300


def test_the_data_card_tells_the_counts_of_the_catalogue(shipped):
    stats = json.loads(paths.CATALOGUE.with_suffix(".json").read_text(encoding="utf-8"))
    counted = json.loads(json.dumps(selection.describe(shipped)))
    assert {key: stats[key] for key in counted} == counted
    assert selection.tables(stats) in (paths.DATA / "README.md").read_text(encoding="utf-8")
