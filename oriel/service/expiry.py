"""A moment goes in; the files that are kept no longer come out, and what is deleted says so.

A row is marked first, then its files are deleted, then its keys are forgotten: whoever dies in
between, somebody else goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import orders
from oriel.service.models import Render, Segment, Song

ENDED = ("done", "failed", "cancelled")
_AT_ONCE = 50  # rows, so that transactions stay short

_NOWHERE: ColumnElement[str] = literal_column("''")  # as the index of what is left over says it
_FILES = (Render.video_key, Render.poster_key, Render.thumbnail_key)


@dataclass(frozen=True)
class Leftover:
    """Files of one row that are to be deleted; `id` is a render's or a song's."""

    id: str
    keys: tuple[str, ...]


def bands_key(submission_id: str) -> str:
    """Where what was heard for all renders of a submission lies."""
    return f"work/{submission_id}/bands.npz"


def segment_key(render_id: str, number: int, fence: int, codec: str) -> str:
    """Where one attempt at a segment puts it."""
    return f"work/{render_id}/{number}-{fence}{orders.suffix(codec)}"


def early_key(render_id: str) -> str:
    """Where the picture lies that is shown while a render is under way."""
    return f"videos/{render_id}/early.jpg"


def result_keys(render_id: str, fence: int, codec: str) -> tuple[str, str, str]:
    """Where one attempt at finishing puts the video, the poster and the moving thumbnail."""
    place = f"videos/{render_id}/{fence}"
    return f"{place}{orders.suffix(codec)}", f"{place}.jpg", f"{place}.webp"


async def expire(session: AsyncSession, now: datetime) -> int:
    """Mark what is kept no longer: finished videos, and songs that no render needs; how many."""
    old = select(Render.id).where(Render.deleted_at.is_(None), Render.expires_at < now)
    ids = list(await session.scalars(old.limit(_AT_ONCE)))
    marked = {"deleted_at": now, "version": Render.version + 1}
    await session.execute(update(Render).where(Render.id.in_(ids)).values(marked))
    needed = select(Render.id).where(Render.song_id == Song.id, Render.status.not_in(ENDED))
    songs = list(
        await session.scalars(
            select(Song.id)
            .where(Song.deleted_at.is_(None), Song.expires_at < now, ~needed.exists())
            .limit(_AT_ONCE)
            .with_for_update()
        )
    )
    await session.execute(update(Song).where(Song.id.in_(songs)).values(deleted_at=now))
    return len(ids) + len(songs)


async def videos(session: AsyncSession) -> list[Leftover]:
    """The files of renders that are marked as deleted, but for those that others share."""
    rows = await session.scalars(
        select(Render)
        .where(Render.deleted_at.is_not(None), Render.video_key.is_not(None))
        .limit(_AT_ONCE)
    )
    return [Leftover(row.id, await _unshared(session, row)) for row in rows]


async def videos_deleted(session: AsyncSession, render_id: str) -> None:
    """Forget where the deleted files of a render lay."""
    await session.execute(
        update(Render)
        .where(Render.id == render_id, Render.deleted_at.is_not(None))
        .values(video_key=None, poster_key=None, thumbnail_key=None)
    )


async def songs(session: AsyncSession) -> list[Leftover]:
    """The files of songs that are marked as deleted."""
    rows = await session.scalars(
        select(Song).where(Song.deleted_at.is_not(None), Song.key != _NOWHERE).limit(_AT_ONCE)
    )
    return [Leftover(row.id, (row.key,)) for row in rows]


async def song_deleted(session: AsyncSession, song_id: str) -> None:
    """Forget where the deleted file of a song lay, unless it was sent again."""
    await session.execute(
        update(Song).where(Song.id == song_id, Song.deleted_at.is_not(None)).values(key="")
    )


async def forget(session: AsyncSession, user_id: str, now: datetime) -> None:
    """Mark everything of a user as deleted; renders under way are to be cancelled before."""
    mine = update(Render).where(Render.user_id == user_id, Render.deleted_at.is_(None))
    await session.execute(mine.values(deleted_at=now, version=Render.version + 1))
    songs = update(Song).where(Song.user_id == user_id, Song.deleted_at.is_(None))
    await session.execute(songs.values(deleted_at=now))


async def pieces(session: AsyncSession) -> list[Leftover]:
    """What the making of renders that have ended left behind: every attempt's files."""
    ended = await session.scalars(
        select(Render)
        .where(Render.id.in_(select(Segment.render_id)), Render.status.in_(ENDED))
        .limit(_AT_ONCE)
    )
    return [Leftover(render.id, await _attempts(session, render)) for render in ended]


async def pieces_deleted(session: AsyncSession, render_id: str) -> None:
    """Forget the segments of a render that has ended."""
    await session.execute(delete(Segment).where(Segment.render_id == render_id))


async def bands_unused(session: AsyncSession, submission_id: str) -> bool:
    """Whether no render of a submission needs what was heard any more."""
    active = select(Render.id).where(
        Render.submission_id == submission_id, Render.status.not_in(ENDED)
    )
    return await session.scalar(active.limit(1)) is None


async def _unshared(session: AsyncSession, render: Render) -> tuple[str, ...]:
    alone = []
    for column in _FILES:
        key = getattr(render, column.key)
        shared = select(Render.id).where(column == key, Render.deleted_at.is_(None)).limit(1)
        if key and await session.scalar(shared) is None:
            alone.append(key)
    return tuple(alone)


async def _attempts(session: AsyncSession, render: Render) -> tuple[str, ...]:
    segments = await session.scalars(select(Segment).where(Segment.render_id == render.id))
    found = {key for segment in segments for key in _segment_keys(render, segment)}
    found.add(early_key(render.id))
    for fence in range(1, render.fence + 1):
        found.update(result_keys(render.id, fence, render.codec))
    found -= {key for key in (getattr(render, column.key) for column in _FILES) if key}
    if await bands_unused(session, render.submission_id):
        found.add(bands_key(render.submission_id))
    return tuple(sorted(found))


def _segment_keys(render: Render, segment: Segment) -> Iterator[str]:
    for fence in range(1, segment.fence + 1):
        yield segment_key(render.id, segment.number, fence, render.codec)
