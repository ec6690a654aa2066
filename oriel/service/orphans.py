"""A storage goes in; files that no row speaks of, left by processes that died, are deleted.

A file is stored before the row that names it is written: whoever dies in between leaves a file that
nobody knows. What is younger than a day is left alone, for its row may be on its way (an upload may
take an hour); so is whatever belongs to a render that is under way, however old.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.models import Render, Song
from oriel.service.storage import Storage

GRACE = timedelta(days=1)
_AT_ONCE = 500  # files that the database is asked about in one question

_FILES = (Render.video_key, Render.poster_key, Render.thumbnail_key)
Keys = Collection[str]


async def sweep(
    database: Database, storage: Storage, now: datetime, grace: timedelta = GRACE
) -> int:
    """Delete what has lain for longer than `grace` and is nobody's; how many files they were."""
    removed = 0
    for place, spoken_of in _PLACES.items():
        async for keys in _older(storage, place, now - grace):
            async with database.read() as session:
                known = await spoken_of(session, keys)
            for key in keys - known:
                await storage.delete(key)
            removed += len(keys - known)
    return removed


async def _older(storage: Storage, place: str, than: datetime) -> AsyncIterator[set[str]]:
    keys = set()
    async for lying in storage.listed(place):
        if lying.since < than:
            keys.add(lying.key)
        if len(keys) >= _AT_ONCE:
            yield keys
            keys = set()
    if keys:
        yield keys


async def _songs(session: AsyncSession, keys: Keys) -> set[str]:
    of_whom = [_owner(key) for key in keys]
    return set(
        await session.scalars(select(Song.key).where(Song.user_id.in_(of_whom), Song.key.in_(keys)))
    )


async def _work(session: AsyncSession, keys: Keys) -> set[str]:
    """Segments lie under their render's name, what was heard under its submission's."""
    owners = {_owner(key) for key in keys}
    active = await _active(session, owners)
    submissions = select(Render.submission_id).where(
        Render.submission_id.in_(owners), Render.status.not_in(ENDED)
    )
    active.update(await session.scalars(submissions))
    return {key for key in keys if _owner(key) in active}


async def _videos(session: AsyncSession, keys: Keys) -> set[str]:
    owners = {_owner(key) for key in keys}
    active = await _active(session, owners)
    found = {key for key in keys if _owner(key) in active}
    found |= await _named(session, select(*_FILES).where(Render.id.in_(owners)))
    # An equal order's render may have them, when the one that made them is deleted.
    rest = [key for key in keys if key not in found]
    if rest:
        others = or_(*(column.in_(rest) for column in _FILES))
        found |= await _named(session, select(*_FILES).where(others))
    return found


async def _active(session: AsyncSession, renders: Keys) -> set[str]:
    under_way = select(Render.id).where(Render.id.in_(renders), Render.status.not_in(ENDED))
    return set(await session.scalars(under_way))


async def _named(
    session: AsyncSession, wanted: Select[str | None, str | None, str | None]
) -> set[str]:
    rows = await session.execute(wanted)
    return {key for row in rows for key in row if key}


def _owner(key: str) -> str:
    return key.split("/")[1]


_PLACES: dict[str, Callable[[AsyncSession, Keys], Awaitable[set[str]]]] = {
    "songs/": _songs,
    "work/": _work,
    "videos/": _videos,
}
