from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, inspect

from moodlib.errors import InputError
from moodlib.history.diary import Diary
from moodlib.history.model import Base
from moodlib.history.store import ENGINE, Event, Mood, Store, resolve
from moodlib.ledger import Ledger
from tests.ui.test_pages import seen

ME, OTHER = "a" * 32, "b" * 32
MOODS = [Mood(1000 + n, "happy", 0.9, 0.5, 0.2) for n in range(3)]
EVENTS = [Event(1001, "liked", "4iV5W9uYEdYUVa79Axb7Rh", "Unmistakable title", "Somebody", "happy")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "history.db"


def store_at(file: Path, query: str = "") -> Store:
    prefix = "file:" if query else ""
    return Store(create_engine(resolve(f"sqlite:///{prefix}{file}{query}"), **ENGINE))


def test_nothing_is_made_before_something_is_kept(file: Path) -> None:
    store = store_at(file)
    assert store.size == 0
    assert not file.parent.exists()


def test_what_is_kept_comes_back_and_each_listener_sees_and_deletes_only_their_own(file: Path) -> None:
    store = store_at(file)
    grown = store.add(ME, MOODS, EVENTS)
    assert grown == store.size == file.stat().st_size > 0
    store.add(OTHER, MOODS[:1], [])
    assert store.counts(ME) == (3, 1)
    assert list(store.moods(ME)["at"]) == [1000, 1001, 1002]
    assert store.events(ME)["title"].iloc[0] == "Unmistakable title"
    store.delete(ME)
    assert store.counts(ME) == (0, 0)
    assert store.counts(OTHER) == (1, 0)


def test_after_deleting_no_trace_is_in_the_file(file: Path) -> None:
    store = store_at(file)
    store.add(ME, MOODS * 300, EVENTS * 50)
    assert b"Unmistakable" in file.read_bytes()
    assert ME.encode() in file.read_bytes()
    store.delete(ME)
    for left in file.parent.iterdir():
        assert b"Unmistakable" not in left.read_bytes()
        assert ME.encode() not in left.read_bytes()


def test_the_steps_lead_to_the_tables_of_the_model(file: Path) -> None:
    store = store_at(file)
    store.add(ME, MOODS, EVENTS)
    there = inspect(create_engine(f"sqlite:///{file}"))
    for table in Base.metadata.sorted_tables:
        assert [c["name"] for c in there.get_columns(table.name)] == [column.name for column in table.columns]
        assert {i["name"] for i in there.get_indexes(table.name)} == {index.name for index in table.indexes}
    # A second program finds everything as it should be.
    assert store_at(file).counts(ME) == (3, 1)


def test_only_moods_songs_and_reactions_have_a_place() -> None:
    columns = {f"{t.name}.{c.name}": str(c.type) for t in Base.metadata.sorted_tables for c in t.columns}
    assert not [name for name, kind in columns.items() if "BLOB" in kind or "BINARY" in kind]
    assert {name.split(".")[1] for name in columns} == {
        "id", "listener", "at", "emotion", "confidence", "valence", "arousal",
        "what", "track_id", "title", "artist", "mood",
    }  # fmt: skip


def locked(file: Path) -> Store:
    store_at(file).add(ME, MOODS, EVENTS)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    store = store_at(file)
    store.holder = holder  # type: ignore[attr-defined]
    return store


def read_only(file: Path) -> Store:
    store_at(file).add(ME, MOODS, EVENTS)
    return store_at(file, "?mode=ro&uri=true")


def full(file: Path) -> Store:
    store_at(file).add(ME, MOODS, EVENTS)
    store = store_at(file)

    def small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 9")

    event.listen(store._engine, "connect", small)
    return store


def newer(file: Path) -> Store:
    store_at(file).add(ME, MOODS, EVENTS)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '99'")
    connection.close()
    return store_at(file)


def no_database(file: Path) -> Store:
    file.parent.mkdir()
    file.write_text("Dear diary, ..." * 100)
    return store_at(file)


def damaged(file: Path) -> Store:
    store_at(file).add(ME, MOODS * 400, EVENTS)
    data = bytearray(file.read_bytes())
    data[100:9000] = b"\xa5" * 8900
    file.write_bytes(bytes(data))
    return store_at(file)


def somebody_elses(file: Path) -> Store:
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    return store_at(file)


def no_folder(file: Path) -> Store:
    file.parent.write_text("a file where the folder should be")
    return store_at(file)


BAD = [
    (locked, "written by another program"),
    (read_only, "only be read"),
    (full, "no room left"),
    (newer, "newer version"),
    (no_database, "not a database"),
    (damaged, "damaged"),
    (somebody_elses, "another program"),
    (no_folder, "history"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_a_database_that_cannot_be_used_is_said_and_left_as_it_is(
    file: Path, spoil: Callable[[Path], Store], words: str
) -> None:
    store = spoil(file)
    before = file.read_bytes() if file.parent.is_dir() else b""
    many = [Mood(n, "sad", 0.5, 0.0, 0.0) for n in range(2000)]
    with pytest.raises(InputError, match=words) as caught:
        store.add(ME, many, EVENTS)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert (file.read_bytes() if file.parent.is_dir() else b"") == before
    # Not one of the 2,000 moods was half-written.
    if spoil in (read_only, full):
        assert store.counts(ME) == (3, 1)


def test_moods_and_events_are_written_together_or_not_at_all(file: Path) -> None:
    store = store_at(file)
    store.add(ME, MOODS, [])
    with pytest.raises(InputError):
        store.add(ME, MOODS, [Event(1, "liked", "x", None, "y", "z")])  # type: ignore[arg-type]
    assert store.counts(ME) == (3, 0)


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite//x"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(InputError, match="history_url"):
        resolve(url)


class Clock:
    def __init__(self) -> None:
        self.now = 5000.0

    def __call__(self) -> float:
        return self.now


def test_a_diary_keeps_one_mood_a_second_and_writes_only_what_came_after_it_was_turned_on(file: Path) -> None:
    clock, ledger, store = Clock(), Ledger(), store_at(file)
    diary = Diary(ledger, clock)
    for _ in range(30):
        diary.see(seen("happy"))
        clock.now += 0.1
    assert len(diary.moods()) == 3
    assert ledger.bytes_written == 0
    assert not file.exists()
    diary.keep(store, ME)
    for _ in range(25):
        diary.see(seen("sad"))
        clock.now += 0.2
    diary.song("liked", "id", "t", "a", "sad")
    diary.stop()
    kept = store.moods(ME)
    assert set(kept["emotion"]) == {"sad"}
    assert len(kept) == kept["at"].nunique() == 5
    assert ledger.bytes_written >= store.size == file.stat().st_size
    diary.see(seen("angry"))
    diary.flush(force=True)
    assert len(store.moods(ME)) == 5


def test_no_face_is_no_mood() -> None:
    diary = Diary(Ledger())
    diary.see(seen("happy", known=False))
    assert diary.moods().empty


def test_a_diary_that_cannot_write_says_so_goes_on_and_writes_later(file: Path) -> None:
    clock, store = Clock(), store_at(file)
    diary = Diary(Ledger(), clock)
    diary.keep(store, ME)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    diary.see(seen("happy"))
    clock.now += 10
    diary.flush()
    assert "another program" in diary.problem
    diary.see(seen("happy"))
    holder.execute("COMMIT")
    holder.close()
    clock.now += 20
    diary.flush()
    assert diary.problem == ""
    assert store.counts(ME)[0] == 2


def test_turning_on_with_a_bad_database_changes_nothing(file: Path) -> None:
    diary = Diary(Ledger())
    with pytest.raises(InputError, match="not a database"):
        diary.keep(no_database(file), ME)
    assert not diary.kept


def test_what_the_camera_sees_while_everything_is_deleted_does_not_come_back(file: Path) -> None:
    store = store_at(file)
    diary = Diary(Ledger(), now=lambda: 100.0)
    diary.keep(store, "me")
    diary.see(seen("happy"))
    writers: list[threading.Thread] = []

    class Slow(Store):
        def delete(self, listener: str) -> None:
            super().delete(listener)
            diary.see(seen("sad"))
            diary.song("liked", "a" * 22, "Song", "Artist", "sad")
            writers.append(threading.Thread(target=diary.flush, kwargs={"force": True}))
            writers[0].start()
            writers[0].join(0.2)

    diary.erase(Slow(store._engine), "me")
    writers[0].join()
    assert store.moods("me").empty
    assert store.events("me").empty
    assert diary.moods().empty
    assert diary.events().empty
    assert not diary.kept
