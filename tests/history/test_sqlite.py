"""The history in SQLite's file: what is left in it after deleting, and files that cannot be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from moodlib.errors import InputError
from moodlib.history.diary import Diary
from moodlib.history.store import Store
from moodlib.ledger import Ledger
from tests.history.databases import store_of
from tests.history.samples import EVENTS, MANY, ME, MOODS, Clock
from tests.ui.test_pages import seen


def store_at(file: Path, query: str = "") -> Store:
    prefix = "file:" if query else ""
    return store_of(f"sqlite:///{prefix}{file}{query}")


def test_nothing_is_made_before_something_is_kept(file: Path) -> None:
    store = store_at(file)
    assert store.size == 0
    assert not file.parent.exists()


def test_after_deleting_no_trace_is_in_the_file(file: Path) -> None:
    store = store_at(file)
    store.add(ME, MOODS * 300, EVENTS * 50)
    assert b"Unmistakable" in file.read_bytes()
    assert ME.encode() in file.read_bytes()
    store.delete(ME)
    for left in file.parent.iterdir():
        assert b"Unmistakable" not in left.read_bytes()
        assert ME.encode() not in left.read_bytes()


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
    with pytest.raises(InputError, match=words) as caught:
        store.add(ME, MANY, EVENTS)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert (file.read_bytes() if file.parent.is_dir() else b"") == before
    # Not one of the 2,000 moods was half-written.
    if spoil in (read_only, full):
        assert store.counts(ME) == (3, 1)


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
