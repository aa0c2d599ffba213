"""Keeping the history in a database, and every way in which that can fail said in one sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, delete, event, func, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from moodlib.errors import InputError
from moodlib.history.model import EventRow, MoodRow

ENGINE: Final[dict[str, Any]] = {"connect_args": {"timeout": 1.5}}
"""For SQLite: seconds to wait for another program that is writing. A page should not wait longer."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_SQLITE_MARK: Final = b"SQLite format 3\x00"
_PAGE: Final = 4096
_WRITING: Final = threading.Lock()

# What SQLite says, and what it means to the listener.
_MEANINGS: Final = (
    ("locked", "is being written by another program; close that one, then try again"),
    ("readonly", "can only be read; allow writing to it, or name another file in settings.toml"),
    ("read-only", "can only be read; allow writing to it, or name another file in settings.toml"),
    ("full", "has no room left on its disk; make some, then try again"),
    ("not a database", "is not a database; move it away, or name another file in settings.toml"),
    ("malformed", "is damaged; move it away, or name another file in settings.toml"),
    ("unable to open", "cannot be opened; check its folder, or name another file in settings.toml"),
)


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood of one second.

    Attributes:
        at: Seconds since 1970, UTC, whole.
        emotion: One of the seven.
        confidence: In [0, 1].
        valence: In [-1, 1].
        arousal: In [-1, 1].
    """

    at: int
    emotion: str
    confidence: float
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Event:
    """A song and what was done with it.

    Attributes:
        at: Seconds since 1970, UTC, whole.
        what: "played", "liked" or "skipped".
        track_id: Which song.
        title: Its title.
        artist: Its artist.
        mood: The mood that the list was for; "" when there was none.
    """

    at: int
    what: str
    track_id: str
    title: str
    artist: str
    mood: str


def resolve(url: str) -> str:
    """A database's address with `~` in a file's path resolved.

    Raises:
        InputError: It is no address of a database.
    """
    try:
        parts = make_url(url)
    except SQLAlchemyError as error:
        raise InputError(f"history_url in settings.toml is no database address: {url[:80]!r}.") from error
    if parts.get_backend_name() == "sqlite" and parts.database and parts.database.startswith("~"):
        parts = parts.set(database=str(Path(parts.database).expanduser()))
    return parts.render_as_string(hide_password=False)


def file_of(url: str) -> Path | None:
    """The file of an SQLite address; None for other databases and for one in memory."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        return None
    return Path(parts.database.removeprefix("file:").split("?")[0])


class Store:
    """The history in one database, shared by all sessions.

    Args:
        engine: From `sqlalchemy.create_engine(resolve(url), **ENGINE)`; nothing is opened before it is needed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._url = engine.url.render_as_string(hide_password=False)
        self._ready = False
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _overwrite_what_is_deleted)

    @property
    def name(self) -> str:
        """What the database is called in sentences: its file, or its address without the password."""
        file = file_of(self._url)
        return str(file) if file is not None else self._engine.url.render_as_string(hide_password=True)

    @property
    def size(self) -> int:
        """Bytes of its file now; 0 when it is no file."""
        file = file_of(self._url)
        return file.stat().st_size if file is not None and file.is_file() else 0

    def add(self, listener: str, moods: Sequence[Mood], events: Sequence[Event]) -> int:
        """Write moods and events, all or none.

        Returns:
            How many bytes were written, at least: what the file grew by, or one page when the rows fitted into it.

        Raises:
            InputError: The database does not take them; then none of them is in it.
        """
        before = self.size
        with _WRITING, self._open() as connection:
            for table, rows in ((MoodRow, moods), (EventRow, events)):
                if rows:
                    connection.execute(insert(table), [{"listener": listener, **asdict(row)} for row in rows])
            connection.commit()
            return max(_PAGE if moods or events else 0, self.size - before)

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

    def delete(self, listener: str) -> None:
        """Delete everything of one listener, and only that. SQLite overwrites it, so that no trace stays in the file.

        Raises:
            InputError: The database does not allow it; then all of it is still there.
        """
        with _WRITING:
            with self._open() as connection:
                for table in (MoodRow, EventRow):
                    connection.execute(delete(table).where(table.listener == listener))
                connection.commit()
            if self._engine.dialect.name == "sqlite":
                with self._open() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")

    def _read(self, table: type[MoodRow] | type[EventRow], listener: str) -> pd.DataFrame:
        with self._open() as connection:
            return pd.read_sql(select(table).where(table.listener == listener).order_by(table.at, table.id), connection)

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """A connection to tables of this version; whatever fails is said in a sentence and undone."""
        try:
            if not self._ready:
                self._prepare()
                self._ready = True
            with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, OSError) as error:
            self._engine.dispose()
            self._ready = False
            raise InputError(f"The history ({self.name}) {_meaning(error)}.") from error

    def _prepare(self) -> None:
        file = file_of(self._url)
        if file is not None and "mode=ro" not in self._url:
            file.parent.mkdir(parents=True, exist_ok=True)
        if file is not None and file.is_file() and file.stat().st_size:
            with file.open("rb") as opened:
                if opened.read(len(_SQLITE_MARK)) != _SQLITE_MARK:
                    raise InputError(f"The history ({self.name}) {_meaning('not a database')}.")
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self._engine.begin() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
            if at == scripts.get_current_head():
                return
            if at is not None and at not in {script.revision for script in scripts.walk_revisions()}:
                raise InputError(
                    f"The history ({self.name}) was written by a newer version of Mood DJ; update the app, or name "
                    "another file in settings.toml."
                )
            if at is None and inspect(connection).get_table_names():
                raise InputError(
                    f"The history ({self.name}) is the database of another program; name another file in settings.toml."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")


def _meaning(error: object) -> str:
    said = str(error).casefold()
    first = str(getattr(error, "orig", error)).splitlines()[0][:160]
    return next((meaning for words, meaning in _MEANINGS if words in said), f"cannot be used ({first})")


Opener = Callable[[], Store]
