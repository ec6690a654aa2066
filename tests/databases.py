"""Fixtures: an empty database of ours, on SQLite and on a real PostgreSQL.

A conftest.py takes in what it wants, such as
`from databases import database, database_url, postgres, schemas`.
"""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from loops import Loop, once
from postgres import Postgres, running

from oriel.service import db, schema

KINDS = ("sqlite", "postgresql")
# For tests whose subject is the same on both.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_numbers = itertools.count()


@dataclass
class Schemas:
    """Makes databases with all tables; the first of a kind is migrated, the others are copies."""

    folder: Path
    server: pytest.FixtureRequest

    def sqlite(self) -> str:
        """The URL of a new SQLite database."""
        model = self.folder / "model.db"
        if not model.exists():
            once(schema.upgrade(f"sqlite:///{model}"))
        new = self.folder / f"{next(_numbers)}.db"
        shutil.copy(model, new)
        return f"sqlite:///{new}"

    def postgresql(self) -> str:
        """The URL of a new PostgreSQL database."""
        server: Postgres = self.server.getfixturevalue("postgres")
        if "model" not in server.sql("SELECT datname FROM pg_database").split():
            server.sql("CREATE DATABASE model")
            once(schema.upgrade(server.url("model")))
        name = f"test{next(_numbers)}"
        server.sql(f"CREATE DATABASE {name} TEMPLATE model")
        return server.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that the tests of this session share; who kills it starts it again."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def schemas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """Makes as many databases as a test wants."""
    return Schemas(tmp_path_factory.mktemp("databases"), request)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, schemas: Schemas) -> str:
    """The URL of a new database with all tables, of each kind in turn."""
    url: str = getattr(schemas, request.param)()
    return url


@pytest.fixture
def database(database_url: str, loop: Loop) -> Iterator[db.Database]:
    """A new database with all tables, of each kind in turn; open in the test's own loop."""
    opened = db.open_database(database_url)
    yield opened
    loop.run(opened.close())
