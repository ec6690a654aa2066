"""A statement that asks for one row too many goes in; a part of a list, and where it goes on, come out."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select

from oriel.web.api.call import Call

T = TypeVar("T")


async def part(
    call: Call, wanted: Select[*tuple[T, *tuple[Any, ...]]], limit: int
) -> tuple[Sequence[T], str | None]:
    """What is listed, `limit` at most, and what to ask for as `before` where there is more."""
    async with call.parts.database.read() as session:
        found = (await session.scalars(wanted)).all()
    return found[:limit], after(found, limit)


def after(found: Sequence[Any], limit: int) -> str | None:
    """What to ask for as `before`, where more than `limit` was found; a row is, or begins with, it."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return str(last.id if hasattr(last, "id") else last[0].id)
