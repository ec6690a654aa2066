"""What tests of the API may ask for."""

from collections.abc import Iterator
from pathlib import Path

import apis
import pytest
from databases import Schemas, database_url, postgres, schemas
from loops import Loop, loop, pytest_pyfunc_call
from postbox import postbox

__all__ = ["database_url", "loop", "postbox", "postgres", "pytest_pyfunc_call", "schemas"]


@pytest.fixture
def api(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[apis.Client]:
    """A stranger's client of a server on SQLite."""
    yield from apis.opened(apis.served(apis.settings(schemas.sqlite(), tmp_path)), loop)


@pytest.fixture
def api_on_each(database_url: str, tmp_path: Path, loop: Loop) -> Iterator[apis.Client]:
    """The same on each kind of database in turn."""
    yield from apis.opened(apis.served(apis.settings(database_url, tmp_path)), loop)
