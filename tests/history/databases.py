"""Databases for tests: a file for SQLite, and a server of one's own for PostgreSQL where one is installed.

A PostgreSQL server is started in a folder that is thrown away. It is found through `pg_config`, the search path or
Debian's usual place; MOODLIB_TEST_POSTGRES may name one that runs instead: the address of a database that may be
emptied, such as postgresql+psycopg://me:secret@localhost/test.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from moodlib.errors import InputError
from moodlib.history.address import options, resolve
from moodlib.history.store import Store

PASSWORD = "not:the@usual/one"
OWNER = "mood"


def connect(url: str) -> Engine:
    """As the History page does it."""
    return create_engine(resolve(url), **options(resolve(url)))


def store_of(url: str) -> Store:
    return Store(connect(url))


@dataclass(frozen=True)
class Postgres:
    """A server.

    Attributes:
        url: An empty database, as a user who owns it and nothing else.
        admin: The same database, as a user who may do everything; "" where only `url` is known.
        data: Its folder; None where it is not ours to look at.
    """

    url: str
    admin: str = ""
    data: Path | None = None

    def files(self) -> bytes:
        """Everything that its tables' files hold."""
        assert self.data is not None
        self.run("CHECKPOINT")
        return b"".join(path.read_bytes() for path in (self.data / "base").rglob("*") if path.is_file())

    def run(self, *statements: str) -> None:
        """As a user who may do everything, each by itself."""
        with connect(self.admin or self.url).connect() as connection:
            free = connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                free.execute(text(statement))

    def empty(self) -> None:
        """Drop whatever a test has made."""
        if not self.admin:
            self.run("DROP TABLE IF EXISTS moods, events, recipes, alembic_version")
            return
        owner = make_url(self.url).username
        self.run(
            f"ALTER ROLE {owner} RESET ALL",
            f"ALTER ROLE {owner} CONNECTION LIMIT -1",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND usename IS NOT NULL",
            f"DROP OWNED BY {owner} CASCADE",
            "DROP SCHEMA IF EXISTS public CASCADE",
            f"CREATE SCHEMA public AUTHORIZATION {owner}",
        )


def _binaries() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    told = shutil.which("pg_config")
    places = [Path(subprocess.check_output([told, "--bindir"], text=True).strip())] if told else []
    places += [Path(found).resolve().parent for found in (shutil.which("postgres"), shutil.which("initdb")) if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _unprivileged() -> str | None:
    """Whom to start the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server that runs; the test is skipped, with the reason, where there can be none."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip('PostgreSQL: its driver is not installed (pip install "psycopg[binary]")')
    named = os.environ.get("MOODLIB_TEST_POSTGRES")
    if named:
        yield Postgres(named)
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL: no server is installed here, and MOODLIB_TEST_POSTGRES names none")
    # Not pytest's own folder: the server's user may not enter that.
    place = Path(tempfile.mkdtemp(prefix="mood-pg-"))
    user = _unprivileged()
    if user is not None:
        shutil.chown(place, user)
    data, secret, log = place / "data", place / "secret", place / "log"
    secret.write_text(PASSWORD)
    if user is not None:
        shutil.chown(secret, user)
    port = _free_port()
    common = {"cwd": place, "user": user, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8",
         "--locale=C", "--no-sync"],
        check=False, **common,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(place)
        pytest.skip(f"PostgreSQL: initdb refuses to work here: {made.stdout.strip().splitlines()[-1]}")
    with log.open("w") as output:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", place, "-h", "127.0.0.1", "-c", "fsync=off",
             "-c", "shared_buffers=16MB", "-c", "max_connections=20"],
            **common | {"stdout": output},
        )  # fmt: skip
    try:
        yield _made_ready(port, data, server, log)
    finally:
        # Not SIGTERM: it would wait for everybody who is still connected.
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(place, ignore_errors=True)


def _made_ready(port: int, data: Path, server: subprocess.Popen[str], log: Path) -> Postgres:
    """Wait for the server, then make a database and its owner."""

    def url(user: str, database: str) -> str:
        made = make_url("postgresql+psycopg://").set(
            username=user, password=PASSWORD, host="127.0.0.1", port=port, database=database
        )
        return made.render_as_string(hide_password=False)

    first = Postgres(url("postgres", "postgres"))
    until = time.monotonic() + 60
    while True:
        with contextlib.suppress(InputError):
            store_of(first.url).size  # noqa: B018
            break
        if server.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the PostgreSQL server did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)
    first.run(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'", f"CREATE DATABASE history OWNER {OWNER}")
    return Postgres(url(OWNER, "history"), url("postgres", "history"), data)
