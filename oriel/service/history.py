"""A user in; what they ordered and paid, the newest first and page by page, out.

Identifiers sort by time, so renders and payments are one list that can be cut anywhere.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.models import Payment, Render

Entry = Render | Payment


async def page(
    session: AsyncSession, user_id: str, *, before: str | None = None, most: int = 20
) -> Sequence[Entry]:
    """At most so many renders and payments, of those older than the entry `before`."""
    pages = [await _newest(session, table, user_id, before, most) for table in (Render, Payment)]
    return list(islice(merge(*pages, key=lambda entry: entry.id, reverse=True), most))


async def payments(
    session: AsyncSession, user_id: str, *, before: str | None = None, most: int = 20
) -> Sequence[Payment]:
    """The payments alone."""
    found = await _newest(session, Payment, user_id, before, most)
    return [entry for entry in found if isinstance(entry, Payment)]


async def _newest(
    session: AsyncSession,
    table: type[Render] | type[Payment],
    user_id: str,
    before: str | None,
    most: int,
) -> Sequence[Entry]:
    wanted = select(table).where(table.user_id == user_id)
    if before is not None:
        wanted = wanted.where(table.id < before)
    return (await session.scalars(wanted.order_by(table.id.desc()).limit(most))).all()
