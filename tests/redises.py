"""What Oriel asks as Redis: Valkey from its wheel, and Redis itself from Debian.

A conftest.py takes in what it wants: `from redises import redis_program`.
"""

import shutil
from pathlib import Path

import pytest

KINDS = ("valkey", "redis")


def program(kind: str) -> Path | None:
    """What `valkey.start` is to start; None is Valkey from its wheel."""
    if kind == "valkey":
        return None
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("lacks Redis (Debian package redis-server)")
    return Path(found)


@pytest.fixture(params=KINDS)
def redis_program(request: pytest.FixtureRequest) -> Path | None:
    """Each of them in turn."""
    return program(request.param)
