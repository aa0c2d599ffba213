from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodlib.music.search import REGIONS, Index, Wanted, decades, inside

SONGS = pd.DataFrame(
    {
        "title": ["Halo", "Señorita", "Hey Jude - Remastered 2015", "שיר לשלום", "99 Luftballons", "Sunday Morning", "Sun"],  # noqa: E501
        "artist": ["Beyoncé", "Shawn Mendes", "The Beatles", "מירי אלוני", "Nena", "Maroon 5", "Two Door Cinema Club"],
        "popularity": [80.0, 90.0, 85.0, np.nan, 70.0, 75.0, 40.0],
        "year": [2008.0, 2019.0, 1968.0, 1969.0, 1983.0, 2002.0, np.nan],
        "genre": ["r&b", "pop", "rock", "", "pop", "pop", "rock"],
        "source": ["Mood DJ"] * 5 + ["mine"] * 2,
        "felt_valence": [0.3, 0.6, -0.2, np.nan, 0.7, 0.5, -0.4],
        "felt_arousal": [-0.3, 0.5, -0.5, np.nan, 0.8, -0.2, 0.6],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(SONGS)


@pytest.mark.parametrize(
    ("words", "row"),
    [
        ("halo", 0),
        ("beyonse halo", 0),
        ("HALO  beyoncé", 0),
        ("senorita", 1),
        ("senorrita mendez", 1),
        ("hey jude beetles", 2),
        ("שיר", 3),
        ("luftbalons", 4),
        ("sun", 6),
        ("sunda mornin", 5),
    ],
)
def test_the_song_is_found_first_with_typos_without_accents_and_in_any_order(
    index: Index, words: str, row: int
) -> None:
    assert index.find(words)[0] == row


def test_nothing_asked_is_everything_and_nothing_similar_is_nothing(index: Index) -> None:
    assert list(index.find("  ! ")) == list(range(7))
    assert len(index.find("xylophone quartet zzz")) == 0
    assert len(Index(SONGS.head(0)).find("halo")) == 0


def test_only_so_many_rows_come_back(shipped: pd.DataFrame) -> None:
    rows = Index(shipped).find("love", limit=5)
    assert len(rows) == 5


@settings(max_examples=30)
@given(words=st.text(max_size=300))
def test_any_text_gives_rows_of_the_table_each_once(words: str) -> None:
    rows = Index(SONGS).find(words)
    assert len(set(rows.tolist())) == len(rows)
    assert all(0 <= row < len(SONGS) for row in rows)


def test_every_song_of_the_catalogue_is_found_by_its_own_words(shipped: pd.DataFrame) -> None:
    index = Index(shipped)
    some = np.random.default_rng(1).choice(len(shipped), 200, replace=False)
    missed = [row for row in some if row not in index.find(f"{shipped['artist'][row]} {shipped['title'][row]}", 20)]
    assert missed == []


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Wanted(), [0, 1, 2, 3, 4, 5, 6]),
        (Wanted(genres=("rock", "r&b")), [0, 2, 6]),
        (Wanted(decades=(1960, 1980)), [2, 3, 4]),
        (Wanted(popularity=(75, 85)), [0, 2, 5]),
        (Wanted(regions=("pleasant and calm",)), [0, 5]),
        (Wanted(regions=("pleasant and calm", "unpleasant and lively")), [0, 5, 6]),
        (Wanted(sources=("mine",), decades=(2000,)), [5]),
        (Wanted(lasso=((0, 0), (1, 0), (1, 1), (0, 1))), [1, 4]),
        (Wanted(lasso=((0, 0), (1, 1))), []),
    ],
)
def test_filters_keep_what_is_wanted(wanted: Wanted, rows: list[int]) -> None:
    assert list(np.flatnonzero(wanted.mask(SONGS))) == rows


def test_regions_are_the_four_quarters_and_overlap_nowhere() -> None:
    masks = [Wanted(regions=(name,)).mask(SONGS) for name in REGIONS]
    assert np.sum(masks, axis=0).max() == 1


def test_decades_are_those_of_the_songs() -> None:
    assert decades(SONGS) == [2010, 2000, 1980, 1960]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=40))
def test_a_rectangle_holds_what_lies_between_its_sides(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    corners = ((-0.5, -0.25), (0.5, -0.25), (0.5, 0.75), (-0.5, 0.75))
    strictly = (abs(x) < 0.5) & (y > -0.25) & (y < 0.75)
    outside = (abs(x) > 0.5) | (y < -0.25) | (y > 0.75)
    held = inside(x, y, corners)
    assert held[strictly].all()
    assert not held[outside].any()
