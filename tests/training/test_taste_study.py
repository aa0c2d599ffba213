from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from moodlib.commands import music
from moodlib.errors import InputError
from moodlib.training import rating_model, taste_study


def plays(n: int, seed: int = 0) -> rating_model.Plays:
    """Ratings that hang on the song and on nothing else, with a little noise."""
    rng = np.random.default_rng(seed)
    song = rng.integers(0, 12, n)
    rating = np.clip(3 + 1.2 * np.sin(7.0 * song) + rng.normal(0, 0.3, n), 1, 5)
    sound = rng.normal(size=(12, 3))
    sound[3] = np.nan
    return rating_model.Plays(
        rating=rating,
        person=rng.integers(0, 6, n),
        song=song,
        genre=song % 3 - 1,
        singer=song // 2,
        setting=np.zeros(n, dtype=np.intp),
        days=np.arange(n) / 4.0,
        sound=sound[song],
    )


SHARES = np.linspace(0.03, 0.2, len(rating_model.EFFECTS) + 1)


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(0, 59), value=st.floats(1, 5), seed=st.integers(0, 99))
def test_no_prediction_looks_ahead(cut, value, seed):
    told = plays(60, seed)
    before = rating_model.predict_each(told, SHARES)
    told.rating[cut:] = value
    assert np.allclose(rating_model.predict_each(told, SHARES)[: cut + 1], before[: cut + 1])


def test_each_prediction_is_the_regression_on_all_earlier_plays():
    told = plays(40)
    kernels = list(rating_model._kernels(told))
    covariance = rating_model._covariance(SHARES, kernels)
    for t in (0, 1, 17, 39):
        weights = np.linalg.solve(covariance[:t, :t], told.rating[:t] - 3.0)
        assert rating_model.predict_each(told, SHARES)[t] == pytest.approx(3.0 + covariance[t, :t] @ weights)


def test_the_effect_that_is_there_is_found():
    shares = dict(zip((*rating_model.EFFECTS, "noise"), rating_model.fit(plays(150)), strict=True))
    # Of the codes that tell songs apart, that of the song itself explains most; who listened explains next to nothing.
    assert shares["song"] > 3 * max(shares["person"], shares["person and song"], shares["lately"])
    assert shares["noise"] < 0.3


def test_nothing_known_is_the_expectation():
    assert len(rating_model.fit(plays(0))) == len(rating_model.EFFECTS) + 1
    assert rating_model.predict_each(plays(0), SHARES).shape == (0,)


def test_within_a_person_ignores_who_likes_everything():
    score = np.array([1.0, 1.0, 9.0, 9.0])
    liked = np.array([True, False, True, False])
    assert taste_study.within(score, liked, np.array([0, 0, 1, 1])) == 0.5
    assert taste_study.within(np.array([2.0, 1.0, 9.0, 8.0]), liked, np.array([0, 0, 1, 1])) == 1.0
    assert np.isnan(taste_study.within(score[:1], liked[:1], np.array([0])))


# The command.


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    app, train, evaluate = typer.Typer(), typer.Typer(), typer.Typer()
    music.register(app, train, evaluate)
    app.add_typer(evaluate, name="evaluate")
    return app


@pytest.fixture(scope="module")
def situnes(data_dir):
    return data_dir / "music" / "situnes"


def run(app, *arguments):
    return CliRunner().invoke(app, ["evaluate", "taste", *map(str, arguments)])


def test_the_field_study_is_predicted_better_than_by_the_plain_sum(app, situnes):
    files = [situnes / f"stage{n}_interactions.csv" for n in (1, 2)]
    result = run(app, "--history", files[0], "--plays", files[1], "--items", situnes / "items.csv", "--json")
    figures = json.loads(result.stdout)
    assert figures["n"] == 802
    assert figures["auc"] > figures["ways"]["sum of three ranks"]["auc"]
    assert figures["intervals"]["gain over popularity"][0] > 0
    low, high = figures["intervals"]["auc"]
    assert low < figures["auc"] < high


@pytest.fixture
def tables(tmp_path):
    told = plays(120)
    table = pd.DataFrame({"user_id": told.person, "item_id": told.song, "rating": np.rint(told.rating)})
    items = pd.DataFrame({"item_id": range(12)} | {name: np.arange(12) / 12 for name in taste_study._SOUND})
    table[:40].to_csv(tmp_path / "a.csv", index=False)
    table[40:80].to_csv(tmp_path / "b.csv", index=False)
    table[80:].to_csv(tmp_path / "plays.csv", index=False)
    items.to_csv(tmp_path / "items.csv", index=False)
    return tmp_path


def test_history_files_may_follow_one_option_or_each_their_own(app, tables):
    rest = ("--plays", tables / "plays.csv", "--items", tables / "items.csv", "--json")
    one = run(app, "--history", tables / "a.csv", tables / "b.csv", *rest)
    other = run(app, "--history", tables / "a.csv", "--history", tables / "b.csv", *rest)
    assert json.loads(one.stdout) == json.loads(other.stdout)
    assert json.loads(one.stdout)["auc"] > 0.8
    assert "model" in run(app, *rest[:-1]).stdout


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("rating", 7.5, 'row 1: "rating" is 7.5; expected a number from 1 to 5'),
        ("rating", "much", 'row 1: "rating" is much'),
        ("user_id", None, 'row 1: "user_id" is missing'),
        ("rating", 1, "too few plays to measure"),
    ],
)
def test_bad_plays_are_said_in_a_sentence(app, tables, column, value, told):
    table = pd.read_csv(tables / "plays.csv").astype(object)
    table.loc[table.index if told.startswith("too") else 0, column] = value
    table.to_csv(tables / "bad.csv", index=False)
    result = run(app, "--plays", tables / "bad.csv", "--items", tables / "items.csv")
    assert isinstance(result.exception, InputError)
    assert told in str(result.exception)


def test_missing_columns_are_named(app, tables):
    result = run(app, "--plays", tables / "items.csv", "--items", tables / "items.csv")
    assert isinstance(result.exception, InputError)
    assert "user_id" in str(result.exception)
