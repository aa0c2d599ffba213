from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from moodlib.commands import music
from moodlib.emotions import NAMES
from moodlib.errors import InputError
from moodlib.spotify import embed


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    plain = {"pretty_exceptions_enable": False}
    app, train, evaluate = typer.Typer(**plain), typer.Typer(**plain), typer.Typer(**plain)
    music.register(app, train, evaluate)
    app.add_typer(train, name="train")
    app.add_typer(evaluate, name="evaluate")
    return app


def run(app, *arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(app, *arguments):
    result = run(app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("mood", [*NAMES, "calm", "relaxed", "energetic"])
def test_recommend_gives_ten_playable_songs_for_every_mood(app, shipped, mood):
    songs = answer(app, "recommend", "--mood", mood)
    assert len(songs) == 10
    assert [song["rank"] for song in songs] == list(range(1, 11))
    assert all(embed.is_track_id(song["track_id"]) for song in songs)
    assert {song["track_id"] for song in songs} <= set(shipped["track_id"])
    assert len({song["artist"] for song in songs}) == 10


def test_recommend_takes_coordinates_a_strategy_and_a_length(app):
    by_name = answer(app, "recommend", "--mood", "calm", "--limit", 5)
    by_place = answer(app, "recommend", "--valence", 0.4725, "--arousal", -0.8325, "--limit", 5)
    assert by_name == by_place
    lifted = answer(app, "recommend", "--mood", "sad", "--strategy", "lift", "--limit", 5)
    assert lifted != answer(app, "recommend", "--mood", "sad", "--limit", 5)


def test_recommend_prints_a_table_for_people(app):
    result = run(app, "recommend", "--mood", "happy", "--limit", 2)
    assert result.exit_code == 0
    assert "Artist" in result.stdout


@pytest.mark.parametrize("name", ["songs.csv", "songs.parquet"])
def test_rank_orders_every_song_of_a_file(app, four, tmp_path, name):
    path = tmp_path / name
    four.to_csv(path, index=False) if name.endswith(".csv") else four.to_parquet(path)
    ranked = answer(app, "rank", "--songs", path, "--mood", "sad")
    assert [set(row) for row in ranked] == [{"track_id", "rank", "score"}] * 4
    assert [row["rank"] for row in ranked] == [1, 2, 3, 4]
    assert ranked[0]["track_id"] == four["track_id"][0]
    assert sorted(row["track_id"] for row in ranked) == sorted(four["track_id"])
    assert [row["score"] for row in ranked] == sorted((row["score"] for row in ranked), reverse=True)


def test_rank_shows_titles_as_they_are(app, four, tmp_path):
    four.assign(title=["[red]x[/red]", "=1+1", "<b>", "d"]).to_csv(tmp_path / "songs.csv", index=False)
    result = run(app, "rank", "--songs", tmp_path / "songs.csv", "--mood", "sad")
    assert "[red]x[/red]" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["recommend"], "Give --mood NAME"),
        (["recommend", "--valence", "0.1"], "Give --mood NAME"),
        (["recommend", "--mood", "happy", "--arousal", "0"], "not both"),
        (["recommend", "--mood", "hangry"], "hangry"),
        (["recommend", "--mood", "sad", "--strategy", "none"], 'no strategy "none"'),
        (["recommend", "--valence", "2", "--arousal", "0"], "between -1 and 1"),
        (["recommend", "--valence", "nan", "--arousal", "0"], "between -1 and 1"),
        (["recommend", "--mood", "sad", "--limit", "0"], "1 to 200"),
        (["recommend", "--mood", "sad", "--catalogue", "none.parquet"], "none.parquet is not a file"),
        (["rank", "--songs", "none.csv", "--mood", "sad"], "none.csv is not a file"),
        (["catalogue", "check", "none.parquet"], "none.parquet is not a file"),
        (["catalogue", "build", "--source", "none.parquet"], "none.parquet is not a file"),
        (["train", "ranker", "--labels", "none.parquet", "--tracks", "none.parquet"], "none.parquet is not a file"),
        (["evaluate", "ranker", "--labels", "none.parquet", "--tracks", "none.parquet"], "none.parquet is not a file"),
    ],
)
def test_bad_input_is_said_in_a_sentence(app, arguments, told):
    result = run(app, *arguments)
    assert isinstance(result.exception, InputError)
    assert told in str(result.exception)
    assert not result.stdout


def test_catalogue_check_counts_the_songs(app, shipped):
    result = run(app, "catalogue", "check")
    assert result.exit_code == 0
    assert f"{len(shipped):,} songs" in result.stdout


def test_catalogue_build_writes_what_check_accepts(app, music_data, tmp_path):
    out = tmp_path / "catalogue.parquet"
    assert run(app, "catalogue", "build", "--source", music_data / "tracks.parquet", "--out", out).exit_code == 0
    assert run(app, "catalogue", "check", out).exit_code == 0
    assert out.with_suffix(".json").is_file()
