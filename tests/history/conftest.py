from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.history.databases import Postgres, postgres


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where SQLite keeps it; neither it nor its folder is there."""
    return tmp_path / "deep" / "history.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture
def server(postgres_server: Postgres) -> Postgres:
    """PostgreSQL with an empty database."""
    postgres_server.empty()
    return postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}"
    found: Postgres = request.getfixturevalue("server")
    return found.url
