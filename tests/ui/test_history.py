"""The History page, headless."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import make_url
from streamlit.testing.v1 import AppTest

from moodlib import settings
from moodlib.emotions import NAMES
from moodlib.history.moment import Mood
from moodlib.ui import history, history_charts
from tests.history.databases import Postgres, postgres
from tests.ui.test_pages import everything, pick, seen, song_ids


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the history would be kept."""
    path = tmp_path / "kept" / "history.db"
    monkeypatch.setenv("MOOD_DJ_HISTORY_URL", f"sqlite:///{path}")
    settings.limits.cache_clear()
    yield path
    settings.limits.cache_clear()


@pytest.fixture
def page(file: Path, app: AppTest) -> AppTest:
    """A session that was happy, liked a song and then came to this page."""
    pick(app, "happy")
    app.button(key=f"like_{song_ids(app)[0]}").click().run()
    app.session_state["listener"].diary.see(seen("happy"))
    app.switch_page("pages/history.py").run()
    assert not app.exception
    return app


def turn_on(page: AppTest) -> AppTest:
    page.toggle(key="history_on").set_value(True).run()
    assert not page.exception
    return page


def test_it_is_off_at_first_shows_the_session_and_writes_nothing(page: AppTest, file: Path) -> None:
    assert page.toggle(key="history_on").value is False
    assert len(page.get("plotly_chart")) == 3
    assert "liked" in set(page.dataframe[1].value["what"])
    page.button(key="history_show").click().run()
    assert "Nothing is stored" in everything(page.container(key="history_stored"))
    assert not file.parent.exists()
    assert page.session_state["listener"].ledger.bytes_written == 0


def test_on_keeps_what_comes_from_then_on_shows_the_very_rows_and_deletes_them(page: AppTest, file: Path) -> None:
    listener = page.session_state["listener"]
    turn_on(page)
    listener.diary.see(seen("sad"))
    listener.note("played", "4iV5W9uYEdYUVa79Axb7Rh")
    page.button(key="history_show").click().run()
    assert not page.exception
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT emotion, listener FROM moods").fetchall() == [("sad", listener.history_id)]
        assert connection.execute("SELECT what FROM events").fetchall() == [("played",)]
    stored = [frame.value for frame in page.dataframe if "listener" in frame.value.columns]
    assert [list(frame.columns)[:3] for frame in stored] == [["id", "listener", "at"]] * 2
    assert listener.ledger.bytes_written >= file.stat().st_size
    before = listener.history_id
    page.button(key="history_delete").click().run()
    assert not page.exception
    assert "Everything is deleted" in page.success[0].value
    assert before.encode() not in file.read_bytes()
    assert page.toggle(key="history_on").value is False
    assert listener.history_id != before
    assert listener.diary.moods().empty


def test_a_switch_that_still_says_on_after_a_deletion_turns_nothing_on(
    page: AppTest, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = page.session_state["listener"]
    turn_on(page)
    page.button(key="history_delete").click().run()
    turn_on(page)
    assert not listener.diary.kept
    assert page.toggle(key="history_on").value is False
    assert page.success[0].value == history.DELETED
    monkeypatch.setattr(history, "SETTLES", 0.0)
    turn_on(page)
    assert listener.diary.kept


def test_deleting_leaves_other_listeners_alone(page: AppTest, file: Path) -> None:
    turn_on(page)
    history.database().add("f" * 32, [Mood(1, "fear", 0.5, 0.0, 0.0)], [])
    page.button(key="history_delete").click().run()
    assert history.database().counts("f" * 32) == (1, 0)


def test_a_file_that_is_no_database_is_said_and_the_session_goes_on(page: AppTest, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("Dear diary, ..." * 99)
    turn_on(page)
    assert "is not a database" in page.error[0].value
    assert page.toggle(key="history_on").value is False
    assert file.read_text().startswith("Dear diary")
    app = page.switch_page("pages/live.py").run()
    assert len(song_ids(app)) == 10


@pytest.fixture
def on_a_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """The history is kept in PostgreSQL."""
    with postgres() as server:
        server.empty()
        monkeypatch.setenv("MOOD_DJ_HISTORY_URL", server.url)
        settings.limits.cache_clear()
        yield server
    settings.limits.cache_clear()


def test_another_address_is_all_that_postgresql_needs(on_a_server: Postgres, app: AppTest) -> None:
    pick(app, "happy")
    page = app.switch_page("pages/history.py").run()
    turn_on(page)
    listener = page.session_state["listener"]
    listener.diary.see(seen("sad"))
    listener.note("played", "4iV5W9uYEdYUVa79Axb7Rh")
    page.button(key="history_show").click().run()
    assert not page.exception
    assert history.database().counts(listener.history_id) == (1, 1)
    said = everything(page)
    assert "1 moods and 1 songs are stored" in said
    assert "PostgreSQL's history on 127.0.0.1" in said
    assert make_url(on_a_server.url).password not in said
    assert listener.ledger.bytes_written > 0
    before = listener.history_id
    page.button(key="history_delete").click().run()
    assert page.success[0].value == history.DELETED
    assert history.database().counts(before) == (0, 0)


def test_a_server_that_cannot_be_reached_is_said_and_the_session_goes_on(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("MOOD_DJ_HISTORY_URL", "postgres://me:secret@history.invalid/moods")
    settings.limits.cache_clear()
    turn_on(page)
    assert "PostgreSQL's moods on history.invalid" in page.error[0].value
    assert "cannot be reached" in page.error[0].value
    assert "secret" not in everything(page)
    assert page.toggle(key="history_on").value is False
    assert len(song_ids(page.switch_page("pages/live.py").run())) == 10


def test_an_address_of_no_database_is_said(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOOD_DJ_HISTORY_URL", "oracel://me:secret@host/moods")
    settings.limits.cache_clear()
    turn_on(page)
    assert "history_url" in page.error[0].value
    assert "secret" not in page.error[0].value


def test_what_is_taken_away_can_be_read_again() -> None:
    moods = pd.DataFrame({"at": [1, 2], "emotion": ["happy", "sad"]})
    events = pd.DataFrame({"at": [1], "what": ["liked"], "title": ["=1+1"]})
    assert pd.read_csv(io.BytesIO(history.to_csv(moods))).equals(moods)
    assert b"'=1+1" in history.to_csv(events)
    both = json.loads(history.to_json(history.Past(moods, events, stored=False)))
    assert both["moods"] == moods.to_dict("records")
    assert both["songs"][0]["title"] == "=1+1"


def moods(*stretches: tuple[str, int, int]) -> pd.DataFrame:
    rows = [(at, name) for name, start, end in stretches for at in range(start, end)]
    return pd.DataFrame(rows, columns=["at", "emotion"])


def test_stretches_end_when_the_emotion_changes_or_nobody_was_there() -> None:
    found = history_charts.runs(moods(("happy", 0, 10), ("sad", 10, 15), ("sad", 100, 120)))
    assert found.to_numpy().tolist() == [["happy", 0, 10], ["sad", 10, 15], ["sad", 100, 120]]
    assert history_charts.runs(moods()).empty


def test_shares_and_hours_add_up_to_the_time_that_there_was() -> None:
    seconds = moods(("happy", 0, 1800), ("sad", 1800, 7200))
    assert history_charts.shares(seconds)["happy"] == pytest.approx(0.25)
    assert history_charts.shares(seconds).sum() == pytest.approx(1)
    assert history_charts.shares(moods()).sum() == 0
    minutes = history_charts.by_hour(seconds, "Asia/Kolkata")
    assert list(minutes.index) == list(NAMES)
    assert minutes.to_numpy().sum() == pytest.approx(120)
    # Midnight UTC is half past five there.
    assert minutes.loc["happy", 5] == pytest.approx(30)
    assert minutes.loc["sad", 6] == pytest.approx(60)


def test_a_long_history_stays_a_small_chart() -> None:
    names = np.array(NAMES)[np.arange(20_000) % 7]
    figure = history_charts.moods_over_time(pd.DataFrame({"at": np.arange(20_000), "emotion": names}), "UTC")
    assert sum(len(trace.y) for trace in figure.data) <= history_charts.POINTS
