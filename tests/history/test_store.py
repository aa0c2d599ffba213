"""What every database has to do alike: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command, op
from alembic.config import Config
from sqlalchemy import inspect

from moodlib.errors import InputError
from moodlib.history.address import resolve
from moodlib.history.diary import Diary
from moodlib.history.model import Base
from moodlib.history.moment import Event, Mood
from moodlib.history.store import _MIGRATIONS, Store
from moodlib.ledger import Ledger
from tests.history.databases import connect, store_of
from tests.history.samples import EVENTS, ME, MOODS, OTHER, Clock
from tests.ui.test_pages import seen


def test_nothing_is_made_before_something_is_kept(url: str) -> None:
    assert store_of(url).size == 0
    if not url.startswith("sqlite"):
        assert inspect(connect(url)).get_table_names() == []


def test_what_is_kept_comes_back_and_each_listener_sees_and_deletes_only_their_own(url: str) -> None:
    store = store_of(url)
    grown = store.add(ME, MOODS, EVENTS)
    assert grown > 0
    assert store.size >= grown
    store.add(OTHER, MOODS[:1], [])
    assert store.counts(ME) == (3, 1)
    moods = store.moods(ME)
    assert list(moods["at"]) == [1000, 1001, 1002]
    assert moods[["emotion", "confidence", "valence", "arousal"]].iloc[0].tolist() == ["happy", 0.9, 0.5, 0.2]
    assert store.events(ME)["title"].iloc[0] == "Unmistakable title"
    assert store.delete(ME)
    assert store.counts(ME) == (0, 0)
    assert store.counts(OTHER) == (1, 0)


def test_the_room_that_was_taken_is_given_back(url: str) -> None:
    store = store_of(url)
    store.add(OTHER, MOODS, [])
    small = store.size
    store.add(ME, [Mood(at, "sad", 0.1, 0.2, 0.3) for at in range(5000)], EVENTS * 100)
    large = store.size
    assert large > 3 * small
    store.delete(ME)
    assert store.size < large / 3
    assert len(store.moods(OTHER)) == 3


def test_the_steps_lead_to_the_tables_of_the_model(url: str) -> None:
    store_of(url).add(ME, MOODS, EVENTS)
    there = inspect(connect(url))
    for table in Base.metadata.sorted_tables:
        columns = there.get_columns(table.name)
        assert [c["name"] for c in columns] == [column.name for column in table.columns]
        assert not [c["name"] for c in columns if c["nullable"]]
        assert {i["name"] for i in there.get_indexes(table.name)} == {index.name for index in table.indexes}
    # A second program finds everything as it should be.
    assert store_of(url).counts(ME) == (3, 1)


def test_the_steps_can_be_taken_back(url: str) -> None:
    store_of(url).add(ME, MOODS, EVENTS)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with connect(url).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(connect(url)).get_table_names()) == {"alembic_version"}


def test_a_step_that_breaks_off_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise OSError("the power is cut")

    with monkeypatch.context() as power:
        power.setattr(op, "create_index", cut)
        with pytest.raises(InputError, match="the power is cut"):
            store_of(url).add(ME, MOODS, EVENTS)
    assert inspect(connect(url)).get_table_names() == []
    store = store_of(url)
    store.add(ME, MOODS, EVENTS)
    assert store.counts(ME) == (3, 1)


def test_programs_that_begin_together_make_the_tables_once(url: str) -> None:
    stores = [store_of(url) for _ in range(4)]
    gate = threading.Barrier(8)

    def write(number: int) -> int:
        gate.wait()
        return stores[number % 4].add(f"{number:032x}", MOODS, EVENTS)

    with ThreadPoolExecutor(8) as pool:
        assert all(grown > 0 for grown in pool.map(write, range(8)))
    assert [stores[0].counts(f"{number:032x}") for number in range(8)] == [(3, 1)] * 8


def test_only_moods_songs_and_reactions_have_a_place() -> None:
    columns = {f"{t.name}.{c.name}": str(c.type) for t in Base.metadata.sorted_tables for c in t.columns}
    assert not [name for name, kind in columns.items() if "BLOB" in kind or "BINARY" in kind]
    assert {name.split(".")[1] for name in columns} == {
        "id", "listener", "at", "emotion", "confidence", "valence", "arousal",
        "what", "track_id", "title", "artist", "mood",
    }  # fmt: skip


def test_moods_and_events_are_written_together_or_not_at_all(url: str) -> None:
    store = store_of(url)
    store.add(ME, MOODS, [])
    with pytest.raises(InputError) as caught:
        store.add(ME, MOODS, [Event(1, "liked", "x", None, "y", "z")])  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert store.counts(ME) == (3, 0)


def test_a_diary_keeps_one_mood_a_second_and_writes_only_what_came_after_it_was_turned_on(url: str) -> None:
    clock, ledger, store = Clock(), Ledger(), store_of(url)
    diary = Diary(ledger, clock)
    for _ in range(30):
        diary.see(seen("happy"))
        clock.now += 0.1
    assert len(diary.moods()) == 3
    assert ledger.bytes_written == 0
    assert store.size == 0
    diary.keep(store, ME)
    for _ in range(25):
        diary.see(seen("sad"))
        clock.now += 0.2
    diary.song("liked", "id", "t", "a", "sad")
    diary.stop()
    kept = store.moods(ME)
    assert set(kept["emotion"]) == {"sad"}
    assert len(kept) == kept["at"].nunique() == 5
    assert ledger.bytes_written >= store.size > 0
    diary.see(seen("angry"))
    diary.flush(force=True)
    assert len(store.moods(ME)) == 5


def test_a_second_that_was_written_early_is_one_row_all_the_same(url: str) -> None:
    clock, store = Clock(), store_of(url)
    diary = Diary(Ledger(), clock)
    diary.keep(store, ME)
    diary.see(seen("happy"))
    diary.flush(force=True)
    clock.now += 0.5
    diary.see(seen("sad"))
    clock.now += 0.5
    diary.see(seen("sad"))
    diary.flush(force=True)
    assert store.moods(ME)[["at", "emotion"]].to_numpy().tolist() == [[5000, "happy"], [5001, "sad"]]
    # In memory it is what it was last.
    assert diary.moods()["emotion"].tolist() == ["sad", "sad"]


def test_what_waits_is_written_when_the_video_or_the_session_ends(url: str) -> None:
    clock, store = Clock(), store_of(url)
    diary = Diary(Ledger(), clock)
    diary.keep(store, ME)
    diary.see(seen("happy"))
    diary.song("liked", "id", "t", "a", "happy")
    assert store.counts(ME) == (0, 0)
    diary.end()
    diary.end()
    for thread in threading.enumerate():
        if thread.name == "history_end":
            thread.join()
    assert store.counts(ME) == (1, 1)


def test_the_end_of_a_session_that_keeps_nothing_writes_nothing(url: str) -> None:
    diary = Diary(Ledger(), Clock())
    diary.see(seen("happy"))
    diary.end()
    assert "history_end" not in {thread.name for thread in threading.enumerate()}
    assert store_of(url).size == 0


@pytest.mark.parametrize(
    "title",
    [
        "x" * 5000,
        "half \ud83d a smile",
        "zero \x00 inside",
        "👩‍👩‍👧‍👦 שיר = '); DROP TABLE moods; --",
        "%s %(title)s :title",
    ],
    ids=["long", "half a character", "zero", "right to left, quotes", "placeholders"],
)
def test_whatever_a_song_is_called_it_is_kept(url: str, title: str) -> None:
    diary, store = Diary(Ledger()), store_of(url)
    diary.keep(store, ME)
    diary.song("played", "y" * 200, title, title, "happy")
    diary.flush(force=True)
    assert diary.problem == ""
    kept = store.events(ME).iloc[0]
    assert kept["title"] == kept["artist"] == title.replace("\ud83d", "?").replace("\x00", "")[:300]
    assert store.counts(ME) == (0, 1)


def test_what_the_camera_sees_while_everything_is_deleted_does_not_come_back(url: str) -> None:
    store = store_of(url)
    diary = Diary(Ledger(), now=lambda: 100.0)
    diary.keep(store, "me")
    diary.see(seen("happy"))
    writers: list[threading.Thread] = []

    class Slow(Store):
        def delete(self, listener: str) -> bool:
            swept = super().delete(listener)
            diary.see(seen("sad"))
            diary.song("liked", "a" * 22, "Song", "Artist", "sad")
            writers.append(threading.Thread(target=diary.flush, kwargs={"force": True}))
            writers[0].start()
            writers[0].join(0.2)
            return swept

    assert diary.erase(Slow(store._engine), "me")
    writers[0].join()
    assert store.moods("me").empty
    assert store.events("me").empty
    assert diary.moods().empty
    assert diary.events().empty
    assert not diary.kept


def test_no_face_is_no_mood() -> None:
    diary = Diary(Ledger())
    diary.see(seen("happy", known=False))
    assert diary.moods().empty


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite//x", "oracel://me:secret@host/x", "postgres//me:secret@host/x"]
)
def test_an_address_that_is_none_is_said_without_its_password(url: str) -> None:
    with pytest.raises(InputError, match="history_url") as caught:
        resolve(url)
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_not_there_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(InputError, match=r"driver.*pip install") as caught:
        resolve("postgresql://me:secret@host/history")
    assert "secret" not in str(caught.value)
