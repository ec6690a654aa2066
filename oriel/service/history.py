"""A user in; what they ordered and paid, the newest first and page by page, out.

Identifiers sort by time, so renders and payments are one list that can be cut anywhere.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.models import Payment, Render

Entry = Render | Payment
T = TypeVar("T", Render, Payment)


async def page(
    session: AsyncSession, user_id: str, *, before: str | None = None, most: int = 20
) -> Sequence[Entry]:
    """At most so many renders and payments, of those older than the entry `before`."""
    pages: list[Sequence[Entry]] = [
        await _newest(session, Render, user_id, before, most),
        await _newest(session, Payment, user_id, before, most),
    ]
    return list(islice(merge(*pages, key=lambda entry: entry.id, reverse=True), most))


async def payments(
    session: AsyncSession, user_id: str, *, before: str | None = None, most: int = 20
) -> Sequence[Payment]:
    """The payments alone."""
    return await _newest(session, Payment, user_id, before, most)


async def _newest(
    session: AsyncSession,
    table: type[T],
    user_id: str,
    before: str | None,
    most: int,
) -> Sequence[T]:
    wanted = select(table).where(table.user_id == user_id)
    if before is not None:
        wanted = wanted.where(table.id < before)
    return (await session.scalars(wanted.order_by(table.id.desc()).limit(most))).all()
