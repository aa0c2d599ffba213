"""The Library page, headless."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from moodlib.music import catalogue
from moodlib.ui import library, library_charts, session

TABLE = (
    "track_id,track_name,artists,popularity,danceability,energy,loudness,speechiness,acousticness,instrumentalness,"
    "liveness,valence,tempo\n"
    "4iV5W9uYEdYUVa79Axb7Rh,=HYPERLINK(1),<b>Band</b>,50,0.5,0.9,-5,0.1,0.1,0,0.1,0.9,120\n"
    "5iV5W9uYEdYUVa79Axb7Rh,Too loud,Band,50,0.5,7.2,-5,0.1,0.1,0,0.1,0.9,120\n"
)


@pytest.fixture
def page(app: AppTest) -> AppTest:
    app.switch_page("pages/library.py").run()
    assert not app.exception
    return app


def shown(page: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in page.dataframe if "popularity" in frame.value.columns)


def test_the_whole_catalogue_is_there_at_first(page: AppTest) -> None:
    assert len(shown(page)) == len(session.songs())


def test_a_search_with_typos_finds_the_song_first(page: AppTest) -> None:
    song = session.songs().sort_values("popularity").iloc[-1]
    title = song["title"]
    page.text_input(key="library_search").set_value(f"{song['artist']} {title[:2]}{title[3:]}").run()
    assert not page.exception
    assert title in set(shown(page)["title"].head(3))
    assert len(shown(page)) <= library.FOUND


def test_filters_and_search_hold_together_and_nothing_found_is_said(page: AppTest) -> None:
    page.multiselect(key="library_genres").set_value(["rock"]).run()
    rock = shown(page)
    assert set(rock["genre"]) == {"rock"}
    page.slider(key="library_popularity").set_value((90, 100)).run()
    page.text_input(key="library_search").set_value("qqqqq zzzzz").run()
    assert not page.exception
    assert "No song is like that" in page.info[0].value


def test_a_file_is_previewed_and_added_only_on_a_click(page: AppTest) -> None:
    page.file_uploader(key="songs_file").upload("mine.csv", TABLE.encode())
    page.run()
    assert not page.exception
    refused = next(frame.value for frame in page.dataframe if "reason" in frame.value.columns)
    assert list(refused["row"]) == [2]
    assert "7.2" in refused["reason"].iloc[0]
    listener = page.session_state["listener"]
    assert listener.own.empty
    page.button(key="import_add").click().run()
    assert not page.exception
    assert list(listener.own["title"]) == ["=HYPERLINK(1)"]
    assert page.button(key="import_add").disabled
    page.text_input(key="library_search").set_value("hyperlink").run()
    assert shown(page)["title"].iloc[0] == "=HYPERLINK(1)"
    page.button(key="forget_mine.csv").click().run()
    assert listener.own.empty


def test_a_file_that_is_no_table_is_said_and_adds_nothing(page: AppTest) -> None:
    page.file_uploader(key="songs_file").upload("x.csv", b"\x89PNG\r\n" + bytes(range(256)))
    page.run()
    assert not page.exception
    assert len(page.error) == 1
    assert page.session_state["listener"].own.empty
    assert len(shown(page)) == len(session.songs())


def test_a_hundred_thousand_songs_are_browsed_and_searched(page: AppTest) -> None:
    songs = session.songs()
    many = songs.sample(93_000, replace=True, random_state=0).reset_index(drop=True)
    many["track_id"] = [f"own-{number}" for number in range(len(many))]
    listener = page.session_state["listener"]
    # What they feel like is worked out elsewhere; here it only has to be there.
    listener.shelf._felt = lambda frame, progress: np.full((len(frame), 4), 0.25, dtype=np.float32)
    listener.add_songs(many, "many")
    page.run()
    assert not page.exception
    assert len(shown(page)) == 100_000
    page.text_input(key="library_search").set_value("love").run()
    began = time.perf_counter()
    page.text_input(key="library_search").set_value("beautful day").run()
    # A run of the page with a search in it, the table and the map; ten times what it takes on a quiet machine.
    assert time.perf_counter() - began < 15
    assert not page.exception


def test_the_map_shows_so_many_points_and_the_radar_the_features_as_they_are() -> None:
    songs = catalogue.load()
    placed = songs.assign(felt_valence=0.1, felt_arousal=np.linspace(-1, 1, len(songs)))
    many = pd.concat([placed, placed], ignore_index=True)
    figure = library_charts.song_map(many)
    assert sum(len(trace.x) for trace in figure.data if trace.type == "scattergl") == library_charts.MAP_POINTS
    assert figure.layout.dragmode == "lasso"
    assert library_charts.song_map(many, drawing=False).layout.dragmode is False
    song = songs.iloc[0]
    radar = library_charts.radar(song, songs[list(library_charts.RADAR)].median())
    assert list(radar.data[1].r[:-1]) == [song[name] for name in library_charts.RADAR]


def test_a_box_is_told_by_two_corners_and_a_lasso_by_all() -> None:
    assert library._corners({"x": [0, 1], "y": [0, 2]}) == ((0, 0), (1, 0), (1, 2), (0, 2))
    assert library._corners({"x": [0, 1, 1], "y": [0, 0, 1]}) == ((0, 0), (1, 0), (1, 1))
