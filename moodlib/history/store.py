"""Keeping the history in a database, and every way in which that can fail said in one sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pandas as pd
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, delete, event, func, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from moodlib.errors import InputError
from moodlib.history import address
from moodlib.history.model import Base, EventRow, MoodRow
from moodlib.history.moment import Event, Mood

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_SQLITE_MARK: Final = b"SQLite format 3\x00"
_PAGE: Final = {"sqlite": 4096, "postgresql": 8192}
_WRITING: Final = threading.Lock()
# Servers that begin together must not make the tables twice; any number that no other program uses.
_PREPARING: Final = 0x6D6F6F64
_WAIT: Final = round(address.WAIT * 1000)
# Milliseconds: a million rows take a few seconds, and nobody else can write meanwhile.
_SWEEP_WITHIN: Final = 20_000


class Store:
    """The history in one database, shared by all sessions.

    Args:
        engine: From `sqlalchemy.create_engine(resolve(url), **options(url))`, see `address`; nothing is opened before
            it is needed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._url = engine.url.render_as_string(hide_password=False)
        self._ready = False
        self._preparing = threading.Lock()
        # SQLite takes one writer at a time; a server sorts that out by itself, and nobody need wait for a deletion.
        self._writing = _WRITING if engine.dialect.name == "sqlite" else nullcontext()
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _overwrite_what_is_deleted)

    @property
    def name(self) -> str:
        """What the database is called in sentences: its file, or where it is, without user and password."""
        return address.name_of(self._engine.url)

    @property
    def size(self) -> int:
        """Bytes that it takes now: its file, or both tables and their indexes; 0 before there are any.

        Raises:
            InputError: The database cannot be asked.
        """
        if self._engine.dialect.name == "sqlite":
            return self._file_size()
        with self._open(bare=True) as connection:
            return self._size(connection)

    def _file_size(self) -> int:
        file = address.file_of(self._url)
        return file.stat().st_size if file is not None and file.is_file() else 0

    def _size(self, connection: Connection) -> int:
        if self._engine.dialect.name != "postgresql":
            return self._file_size()
        # A table that is not there yet has no size, not an error.
        sizes = [
            connection.execute(text("SELECT pg_total_relation_size(to_regclass(:name))"), {"name": name}).scalar()
            for name in Base.metadata.tables
        ]
        return sum(size or 0 for size in sizes)

    def add(self, listener: str, moods: Sequence[Mood], events: Sequence[Event]) -> int:
        """Write moods and events, all or none.

        Returns:
            How many bytes were written, at least: what the file grew by, or one page when the rows fitted into it.

        Raises:
            InputError: The database does not take them; then none of them is in it.
        """
        before = self._file_size()
        with self._writing, self._open() as connection:
            if self._engine.dialect.name != "sqlite":
                before = self._size(connection)
            for table, rows in ((MoodRow, moods), (EventRow, events)):
                if rows:
                    connection.execute(insert(table), [{"listener": listener, **asdict(row)} for row in rows])
            connection.commit()
            page = _PAGE.get(self._engine.dialect.name, 0)
            return max(page if moods or events else 0, self._size(connection) - before)

    def moods(self, listener: str) -> pd.DataFrame:
        """A listener's moods, oldest first: all columns as they are stored.

        Raises:
            InputError: The database cannot be read.
        """
        return self._read(MoodRow, listener)

    def events(self, listener: str) -> pd.DataFrame:
        """A listener's songs and reactions, oldest first: all columns as they are stored.

        Raises:
            InputError: The database cannot be read.
        """
        return self._read(EventRow, listener)

    def counts(self, listener: str) -> tuple[int, int]:
        """How many moods and events a listener has.

        Raises:
            InputError: The database cannot be read.
        """
        with self._open() as connection:
            moods, events = (
                connection.execute(select(func.count()).where(table.listener == listener)).scalar_one()
                for table in (MoodRow, EventRow)
            )
            return int(moods), int(events)

    def delete(self, listener: str) -> bool:
        """Delete everything of one listener, and only that, so that no trace stays in the database's files.

        SQLite overwrites what is deleted. PostgreSQL keeps deleted rows in its files until they are swept, and its log
        for as long as whoever runs it has chosen.

        Returns:
            Whether the files are swept, too; if not, only whoever runs the database could still find it in them.

        Raises:
            InputError: The database does not allow it; then all of it is still there.
        """
        with self._writing:
            with self._open() as connection:
                for table in (MoodRow, EventRow):
                    connection.execute(delete(table).where(table.listener == listener))
                connection.commit()
            try:
                self._sweep()
            except InputError:
                # The rows are gone whatever happens here: to say that deleting has failed would be wrong.
                return self._engine.dialect.name == "sqlite"
            return True

    def _sweep(self) -> None:
        commands = {
            "sqlite": ("VACUUM",),
            # Only this form writes the tables anew; the plain one leaves the bytes where they are.
            "postgresql": (
                f"SET lock_timeout = {_WAIT}",
                f"SET statement_timeout = {_SWEEP_WITHIN}",
                "VACUUM FULL moods",
                "VACUUM FULL events",
                "RESET lock_timeout",
                "RESET statement_timeout",
            ),
        }
        with self._open(bare=True) as connection:
            free = connection.execution_options(isolation_level="AUTOCOMMIT")
            for said in commands.get(self._engine.dialect.name, ()):
                free.exec_driver_sql(said)

    def _read(self, table: type[MoodRow] | type[EventRow], listener: str) -> pd.DataFrame:
        with self._open() as connection:
            return pd.read_sql(select(table).where(table.listener == listener).order_by(table.at, table.id), connection)

    @contextmanager
    def _open(self, *, bare: bool = False) -> Iterator[Connection]:
        """A connection to tables of this version; whatever fails is said in a sentence and undone.

        Args:
            bare: As the database gives it: no tables are made and no transaction has begun.
        """
        try:
            if not bare and not self._ready:
                with self._preparing:
                    self._prepare()
                    self._ready = True
            with self._engine.connect() as connection:
                if self._engine.dialect.name == "postgresql" and not bare:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_WAIT}")
                yield connection
        except (SQLAlchemyError, OSError) as error:
            self._engine.dispose()
            self._ready = False
            raise InputError(f"The history ({self.name}) {address.meaning(error)}.") from error

    def _prepare(self) -> None:
        file = address.file_of(self._url)
        if file is not None and "mode=ro" not in self._url:
            file.parent.mkdir(parents=True, exist_ok=True)
        if file is not None and file.is_file() and file.stat().st_size:
            with file.open("rb") as opened:
                if opened.read(len(_SQLITE_MARK)) != _SQLITE_MARK:
                    raise InputError(f"The history ({self.name}) {address.meaning('not a database')}.")
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self._engine.begin() as connection:
            # Looked at before anything is locked: a database that can only be read can still be shown.
            if MigrationContext.configure(connection).get_current_revision() == scripts.get_current_head():
                return
        with self._engine.begin() as connection:
            # All steps or none, and one program at a time; SQLite would otherwise keep each statement by itself.
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif self._engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PREPARING})")
            self._upgrade(connection, config, scripts)

    def _upgrade(self, connection: Connection, config: Config, scripts: ScriptDirectory) -> None:
        at = MigrationContext.configure(connection).get_current_revision()
        if at == scripts.get_current_head():
            return
        if at is not None and at not in {script.revision for script in scripts.walk_revisions()}:
            raise InputError(
                f"The history ({self.name}) was written by a newer version of Mood DJ; update the app, or name another "
                "database in settings.toml."
            )
        if at is None and inspect(connection).get_table_names():
            raise InputError(
                f"The history ({self.name}) is the database of another program; name another one in settings.toml."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")
