"""Orders that were accepted though nobody heard so: their songs stay."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from apis import Client, a_song
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from oriel.service.models import Render, Song

SONG = a_song(0.2)


def lost() -> None:
    """The database dies before it answers."""
    raise DBAPIError("COMMIT", None, ConnectionError("gone"), connection_invalidated=True)


def cancelled() -> None:
    """The server ends, and cancels whoever has not answered yet."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


@contextmanager
def befalling(happens: Callable[[], None]) -> Iterator[None]:
    """Have it happen once an order is kept, and before its transaction is over."""

    def after_commit(session: Session) -> None:
        if any(isinstance(row, Render) for row in session.identity_map.values()):
            happens()

    event.listen(Session, "after_commit", after_commit)
    try:
        yield
    finally:
        event.remove(Session, "after_commit", after_commit)


@pytest.mark.parametrize("happens", [lost, cancelled])
async def test_an_order_that_was_kept_keeps_its_song_though_nobody_was_told(
    api: Client, tmp_path: Path, happens: Callable[[], None]
) -> None:
    somebody = await api.registered()
    order = partial(somebody.order, SONG, key="once")

    with befalling(happens), suppress(aiohttp.ServerDisconnectedError):
        first = await order()
        assert (first.status, first.code) == (503, "unavailable")
    async with api.parts.database.read() as session:
        accepted, key = (await session.execute(select(Render.id, Song.key).join(Song))).one()
    there = await api.parts.storage.exists(key)
    again = await order()

    assert there
    assert (again.status, again.json["id"]) == (202, accepted)
    stored = [path for path in (tmp_path / "storage" / "songs").rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [key.rpartition("/")[2]]
