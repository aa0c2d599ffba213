"""Where the history is kept: its address, what it is called, and what its failures mean in one sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from moodlib.errors import InputError

WAIT: Final = 1.5
"""Seconds to wait for another program that is writing. A page should not wait longer."""
_REACH: Final = 2
"""Seconds within which a server has to answer; libpq takes no fewer."""
_CUT_OFF: Final = 5000
"""Milliseconds without an answer after which a connection counts as lost."""

_NAME_ANOTHER: Final = "or name another database in settings.toml"
_FILE_ANOTHER: Final = "or name another file in settings.toml"

# What SQLite and PostgreSQL say, and what it means to the listener. The first that fits counts.
_MEANINGS: Final = (
    (r"no space left|disk full|could not extend|is full", "has no room left on its disk; make some, then try again"),
    (
        r"lock timeout|deadlock|is locked",
        "is being written by another program; close that one, then try again",
    ),
    (r"read-only transaction", f"can only be read; allow writing to it, {_NAME_ANOTHER}"),
    (
        r"permission denied|must be owner|no schema has been selected",
        f"does not allow it to this user; grant what is missing, {_NAME_ANOTHER}",
    ),
    (
        r"password|authentication failed|no pg_hba.conf entry",
        f"does not let this user in; check user and password in history_url, {_NAME_ANOTHER}",
    ),
    (
        r'(database|role) ".*" does not exist',
        f"is not there or has no such user; create what is missing, {_NAME_ANOTHER}",
    ),
    (
        r"too many clients|too many connections|connection slots|queuepool limit",
        "has no connection free; try again in a moment",
    ),
    (
        r"starting up|shutting down|terminating connection|server closed the connection|connection (is )?(lost|closed)",
        "has broken off; try again in a moment",
    ),
    (
        r"connection refused|failed to resolve|could not translate|timeout expired|unreachable|no route"
        r"|on socket .* failed",
        f"cannot be reached; check that its server runs and that history_url names it, {_NAME_ANOTHER}",
    ),
    (r"readonly|read-only", f"can only be read; allow writing to it, {_FILE_ANOTHER}"),
    (r"not a database", f"is not a database; move it away, {_FILE_ANOTHER}"),
    (r"malformed", f"is damaged; move it away, {_FILE_ANOTHER}"),
    (r"unable to open", f"cannot be opened; check its folder, {_FILE_ANOTHER}"),
)


def resolve(url: str) -> str:
    """A database's address as SQLAlchemy wants it: `~` in a file's path resolved, PostgreSQL's driver named.

    Raises:
        InputError: It is no address of a database, of a kind that is not known, or its driver is not installed.
    """
    try:
        parts = make_url(url)
        if parts.drivername in ("postgres", "postgresql"):
            parts = parts.set(drivername="postgresql+psycopg")
        parts.get_dialect().import_dbapi()
    except ImportError as error:
        raise InputError(
            f"history_url in settings.toml needs a driver that is not installed ({error}); for PostgreSQL: "
            'pip install "psycopg[binary]".'
        ) from error
    except SQLAlchemyError as error:
        # Without the address itself: it can hold a password, and every visitor reads this.
        raise InputError(
            "history_url in settings.toml is no database address; it looks like "
            '"sqlite:///folder/history.db" or "postgresql+psycopg://user:password@host/database".'
        ) from error
    if parts.get_backend_name() == "sqlite" and parts.database and parts.database.startswith("~"):
        parts = parts.set(database=str(Path(parts.database).expanduser()))
    return parts.render_as_string(hide_password=False)


def options(url: str) -> dict[str, Any]:
    """What `create_engine` is to be told beside a resolved address, so that no page waits long for a database."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": WAIT}}
    # A server may have been started anew since the last use of a connection.
    asked: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": _REACH}
    if parts.get_driver_name() in ("psycopg", "psycopg2"):
        asked["connect_args"] = {
            "connect_timeout": _REACH,
            "tcp_user_timeout": _CUT_OFF,
            "client_encoding": "utf8",
        }
    return asked


def file_of(url: str) -> Path | None:
    """The file of an SQLite address; None for other databases and for one in memory."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        return None
    return Path(parts.database.removeprefix("file:").split("?")[0])


def name_of(url: URL) -> str:
    """What a database is called in sentences: its file, or its kind, name and host, without user and password."""
    file = file_of(url.render_as_string(hide_password=False))
    if file is not None:
        return str(file)
    kind = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(url.get_backend_name(), url.get_backend_name())
    host = f" on {url.host}" if url.host else ""
    return f"{kind}'s {url.database or 'memory'}{host}"


def meaning(error: object) -> str:
    """What an error of the database means and what to do, to go after the database's name."""
    said = str(getattr(error, "orig", error) or error)
    first = said.strip().splitlines()[0][:160] if said.strip() else type(error).__name__
    found = (words for pattern, words in _MEANINGS if re.search(pattern, said.casefold()))
    return next(found, f"cannot be used ({first})")
