"""What tests of pages may ask for."""

from collections.abc import Iterator
from pathlib import Path

import apis
import pytest
import visiting
from databases import Schemas, postgres, schemas
from loops import Loop, loop, pytest_pyfunc_call
from shop import admin, shop
from visiting import Visitor

from oriel.web import app

__all__ = ["admin", "loop", "postgres", "pytest_pyfunc_call", "schemas", "shop"]


@pytest.fixture
def site(schemas: Schemas, tmp_path: Path, loop: Loop) -> Iterator[apis.Client]:
    """A stranger's client of a server of everything, on SQLite."""
    chosen = apis.settings(
        schemas.sqlite(), tmp_path, payments="off:simulated", metrics_token="a token of Prometheus"
    )
    served = apis.served(chosen, lambda settings: app.create(settings=settings))
    yield from apis.opened(served, loop)


@pytest.fixture
def visitor(site: apis.Client, loop: Loop) -> Iterator[Visitor]:
    """Somebody whom the server has never seen."""
    yield from apis.opened(visiting.visitor(site), loop)
