"""A database's rows as values that JSON has, and back into the tables of an empty database."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, DateTime, MetaData, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from oriel.service import leases
from oriel.service.models import Base, Figure, Render, Segment, Song, Worker
from oriel.service.payments.check import CHECKED

_LEFT_OUT = {Worker.__tablename__}  # who is alive now
_AT_ONCE = 1_000
_FILES = (
    (Song.key, Song.bytes, Song.deleted_at),
    (Render.video_key, Render.bytes, Render.deleted_at),
    (Render.poster_key, None, Render.deleted_at),
    (Render.thumbnail_key, None, Render.deleted_at),
)


async def read(session: AsyncSession) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Each row with its table's name, those that others refer to first."""
    for table in Base.metadata.sorted_tables:
        if table.name not in _LEFT_OUT:
            ordered = select(table).order_by(*table.primary_key)
            async for row in await session.stream(ordered.execution_options(yield_per=_AT_ONCE)):
                yield table.name, {name: _plain(value) for name, value in row._mapping.items()}


async def files(session: AsyncSession) -> dict[str, int | None]:
    """The keys of all files that are to be kept, with their bytes where the rows tell them."""
    found: dict[str, int | None] = {}
    for key, size, deleted in _FILES:
        columns = (key,) if size is None else (key, size)
        kept = select(*columns).where(key.is_not(None), key != "", deleted.is_(None))
        async for row in await session.stream(kept):
            found[row[0]] = None if size is None else row[1]
    return found


def write(connection: Connection, entries: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Insert rows into the tables as they are, which may be those of an older version."""
    known = MetaData()
    known.reflect(connection)
    for name, group in groupby(entries, itemgetter(0)):
        table = known.tables[name]
        values = (_typed(table, row) for _, row in group)
        while some := list(islice(values, _AT_ONCE)):
            connection.execute(insert(table), some)


async def begin_anew(session: AsyncSession) -> None:
    """Have renders that were under way begin again: what their workers had made is not kept.

    And have the books be compared at once: the provider knows what was paid since the backup.
    """
    under_way = select(Render.id).where(Render.status.in_(leases.RUNNING))
    await session.execute(delete(Segment).where(Segment.render_id.in_(under_way)))
    queued: dict[str, Any] = {
        **leases.ANEW,
        "status": "queued",
        "frames": 0,
        "frames_done": 0,
        "version": Render.version + 1,
    }
    await session.execute(update(Render).where(Render.id.in_(under_way)).values(queued))
    await session.execute(delete(Figure).where(Figure.name == CHECKED))


async def filled(connection: AsyncConnection) -> str | None:
    """The name of a table that has rows, or None where all are empty."""
    names = await connection.run_sync(_tables)
    for table in names:
        if await connection.scalar(select(func.count()).select_from(table)):
            return table.name
    return None


def _tables(connection: Connection) -> list[Table]:
    known = MetaData()
    known.reflect(connection)
    left_out = _LEFT_OUT | {"alembic_version"}
    return [table for table in known.sorted_tables if table.name not in left_out]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.columns[name].type, DateTime)
        else value
        for name, value in row.items()
    }
