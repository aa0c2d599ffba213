"""The history in PostgreSQL: what is left in its files after deleting, and servers that cannot be used."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, make_url, text

from moodlib.errors import InputError
from moodlib.history.diary import Diary
from moodlib.history.store import Store
from moodlib.ledger import Ledger
from tests.history.databases import PASSWORD, Postgres, connect, store_of
from tests.history.samples import EVENTS, MANY, ME, MOODS, OTHER, Clock
from tests.ui.test_pages import seen


@pytest.fixture
def own_server(server: Postgres) -> Postgres:
    """A server whose administrator the test is."""
    if not server.admin:
        pytest.skip("PostgreSQL: the server that MOODLIB_TEST_POSTGRES names is not ours to spoil")
    return server


@contextmanager
def transaction(server: Postgres, *statements: str) -> Iterator[Connection]:
    """Another program in the middle of something."""
    with connect(server.url).connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield connection


def changed(server: Postgres, **parts: object) -> str:
    """The address with something wrong in it."""
    return make_url(server.url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


def test_a_bare_address_gets_the_driver_that_is_documented(server: Postgres) -> None:
    for bare in ("postgresql", "postgres"):
        assert store_of(server.url.replace("postgresql+psycopg", bare, 1)).counts(ME) == (0, 0)


def test_after_deleting_no_trace_is_in_the_files(own_server: Postgres) -> None:
    store = store_of(own_server.url)
    store.add(ME, MOODS * 300, EVENTS * 50)
    store.add(OTHER, MOODS, [])
    assert b"Unmistakable" in own_server.files()
    assert ME.encode() in own_server.files()
    assert store.delete(ME)
    assert b"Unmistakable" not in own_server.files()
    assert ME.encode() not in own_server.files()
    assert OTHER.encode() in own_server.files()


def test_deleting_while_another_program_reads_deletes_and_says_that_the_files_wait(own_server: Postgres) -> None:
    store = store_of(own_server.url)
    store.add(ME, MOODS, EVENTS)
    with transaction(own_server, "SELECT * FROM moods"):
        assert not store.delete(ME)
    assert store.counts(ME) == (0, 0)
    store.add(ME, MOODS, EVENTS)
    assert store.delete(ME)
    assert ME.encode() not in own_server.files()


def test_a_server_that_was_started_anew_is_no_trouble(own_server: Postgres) -> None:
    store = store_of(own_server.url)
    store.add(ME, MOODS, EVENTS)
    own_server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mood'")
    assert store.counts(ME) == (3, 1)


def wrong_password(server: Postgres) -> Store:
    return store_of(changed(server, password="guessed"))


def nobody(server: Postgres) -> Store:
    return store_of(changed(server, username="nobody_here"))


def no_such_database(server: Postgres) -> Store:
    return store_of(changed(server, database="elsewhere"))


def nothing_listens(server: Postgres) -> Store:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return store_of(changed(server, port=probe.getsockname()[1]))


def no_such_host(server: Postgres) -> Store:
    return store_of(changed(server, host="history.invalid"))


def no_such_socket(server: Postgres) -> Store:
    return store_of(changed(server, host=None, query={"host": "/nowhere"}))


def silent(server: Postgres) -> Store:
    listening = socket.create_server(("127.0.0.1", 0))
    store = store_of(changed(server, port=listening.getsockname()[1]))
    store.held = listening  # type: ignore[attr-defined]
    return store


def hangs_up(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    store = store_of(server.url)
    store.add(ME, [], EVENTS)
    server.run("ALTER ROLE mood CONNECTION LIMIT 0")
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mood'")
    return store


def read_only(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    server.run("ALTER ROLE mood SET default_transaction_read_only = on")
    store = store_of(server.url)
    assert store.counts(ME) == (3, 1), "what is there can still be shown"
    return store


def may_make_nothing(server: Postgres) -> Store:
    # As a new database is since PostgreSQL 15: who does not own it may use the schema and make nothing in it.
    server.run("ALTER SCHEMA public OWNER TO postgres", "GRANT USAGE ON SCHEMA public TO mood")
    return store_of(server.url)


def may_write_nothing(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    server.run("REVOKE INSERT ON moods FROM mood")
    return store_of(server.url)


def locked(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    store = store_of(server.url)
    store.held = transaction(server, "LOCK TABLE moods IN ACCESS EXCLUSIVE MODE")  # type: ignore[attr-defined]
    store.held.__enter__()  # type: ignore[attr-defined]
    return store


def full(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    # The server's own error, raised by a trigger: a disk cannot be filled here without harm to others.
    server.run(
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.at >= 1500 THEN RAISE EXCEPTION "
        "'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = 'disk_full'; END IF; "
        "RETURN new; END $$",
        "CREATE TRIGGER fill BEFORE INSERT ON moods FOR EACH ROW EXECUTE FUNCTION fill()",
    )
    return store_of(server.url)


def newer(server: Postgres) -> Store:
    store_of(server.url).add(ME, MOODS, EVENTS)
    server.run("UPDATE alembic_version SET version_num = '99'")
    return store_of(server.url)


def somebody_elses(server: Postgres) -> Store:
    server.run("CREATE TABLE recipes (name text)")
    return store_of(server.url)


BAD = [
    (wrong_password, "check user and password"),
    (nobody, "check user and password"),
    (no_such_database, "create what is missing"),
    (nothing_listens, "cannot be reached"),
    (no_such_host, "cannot be reached"),
    (no_such_socket, "cannot be reached"),
    (silent, "cannot be reached"),
    (hangs_up, "no connection free"),
    (read_only, "only be read"),
    (may_make_nothing, "grant what is missing"),
    (may_write_nothing, "grant what is missing"),
    (locked, "written by another program"),
    (full, "no room left"),
    (newer, "newer version"),
    (somebody_elses, "another program"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_a_server_that_cannot_be_used_is_said_and_left_as_it_is(
    own_server: Postgres, spoil: Callable[[Postgres], Store], words: str
) -> None:
    store = spoil(own_server)
    began = time.monotonic()
    with pytest.raises(InputError, match=words) as caught:
        store.add(ME, MANY, EVENTS)
    assert time.monotonic() - began < 15
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert PASSWORD not in said
    assert "psycopg" not in said
    own_server.run("ALTER ROLE mood CONNECTION LIMIT -1", "ALTER SCHEMA public OWNER TO mood")
    if spoil is locked:
        store.held.__exit__(None, None, None)  # type: ignore[attr-defined]
    if spoil in (hangs_up, read_only, may_write_nothing, locked, full):
        # Not one of the 2,000 moods was half-written, and the same object works again.
        assert store.counts(ME) == (3, 2 if spoil is hangs_up else 1)


def test_a_diary_that_cannot_write_says_so_goes_on_and_writes_later(own_server: Postgres) -> None:
    clock, store = Clock(), store_of(own_server.url)
    diary = Diary(Ledger(), clock)
    diary.keep(store, ME)
    diary.see(seen("happy"))
    clock.now += 10
    with transaction(own_server, "LOCK TABLE moods IN ACCESS EXCLUSIVE MODE"):
        diary.flush()
    assert "another program" in diary.problem
    diary.see(seen("happy"))
    clock.now += 20
    diary.flush()
    assert diary.problem == ""
    assert store.counts(ME)[0] == 2
