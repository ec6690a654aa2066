"""How many frames a video has goes in; the segments that workers draw come out, and their end."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel import qualities
from oriel.service import ids, leases
from oriel.service.leases import Work
from oriel.service.models import Render, Segment


def cut(frames: int, fps: Fraction, seconds: float) -> list[tuple[int, int]]:
    """The first frame and the number of frames of each segment, of about so many seconds.

    Each begins where a group of pictures does, so that they join without encoding anew; a last
    one of less than half the others' length is part of the one before.
    """
    group = qualities.gop(fps)
    length = max(1, round(seconds * fps / group)) * group
    starts = list(range(0, frames, length))
    if len(starts) > 1 and (frames - starts[-1]) * 2 < length:
        starts.pop()
    ends = [*starts[1:], frames]
    return [(first, end - first) for first, end in zip(starts, ends, strict=True)]


def part(available: int, fps: Fraction, start: float, end: float | None) -> int:
    """How many frames there are from `start` to `end` seconds of a song of `available` frames.

    As the renderer counts them: each time goes to its nearest frame.
    """
    first = round(Fraction(start) * fps)
    last = available if end is None else min(available, round(Fraction(end) * fps))
    return max(0, last - first)


async def lay(session: AsyncSession, work: Work, pieces: Sequence[tuple[int, int]]) -> bool:
    """End the preparation with these segments to draw; False where the claim is over."""
    drawing = {
        **leases.ANEW,
        "status": "drawing",
        "frames": sum(count for _, count in pieces),
        "version": Render.version + 1,
    }
    if not await leases.write(session, work, drawing):
        return False
    session.add_all(
        Segment(id=ids.new(), render_id=work.render_id, number=number, first=first, count=count)
        for number, (first, count) in enumerate(pieces)
    )
    await session.flush()
    return True


async def drawn_so_far(
    session: AsyncSession, work: Work, frames: int, fps: float, now: datetime, lease: float
) -> bool:
    """Tell how far a segment is, at `fps` frames a second, which prolongs the lease too."""
    await leases.lock(session, work.render_id)
    if not await leases.write(session, work, {"frames_done": min(frames, work.count)}):
        return False
    await leases.prolong(session, work, now, lease)
    at_once = await _count(session, work.render_id, "drawing")
    await _tell(session, work.render_id, fps * max(1, at_once))
    return True


async def unpictured(session: AsyncSession, work: Work) -> bool:
    """Whether this is the first segment of several, of a render that has no picture yet."""
    render = await session.get_one(Render, work.render_id)
    return work.number == 0 and work.count < render.frames and render.poster_key is None


async def pictured(session: AsyncSession, work: Work, key: str) -> bool:
    """Show the picture at `key` until the video is there; False where the claim is over."""
    await leases.lock(session, work.render_id)
    if not await leases.write(session, work, {"frames_done": work.count}):
        return False
    await session.execute(
        update(Render)
        .where(Render.id == work.render_id)
        .values(poster_key=key, version=Render.version + 1)
        .execution_options(synchronize_session=False)
    )
    return True


async def drawn(session: AsyncSession, work: Work, key: str) -> bool:
    """End a segment whose file lies at `key`; the last one has the render finished.

    False where the claim is over: the file is nobody's.
    """
    await leases.lock(session, work.render_id)
    ended = {**leases.FREE, "status": "done", "key": key, "frames_done": work.count}
    if not await leases.write(session, work, ended):
        return False
    await _tell(session, work.render_id, None)
    await join_when_drawn(session, work.render_id)
    return True


async def join_when_drawn(session: AsyncSession, render_id: str) -> bool:
    """Have a render finished whose segments are all drawn; whether it was so."""
    left = (
        select(Segment.id).where(Segment.render_id == render_id, Segment.status != "done").exists()
    )
    return leases.changed(
        await session.execute(
            update(Render)
            .where(Render.id == render_id, Render.status == "drawing", ~left)
            .values(
                status="finishing",
                frames_per_second=None,
                version=Render.version + 1,
                **leases.ANEW,
            )
            .execution_options(synchronize_session=False)
        )
    )


async def again(session: AsyncSession, work: Work, lost: Sequence[str] = ()) -> bool:
    """Have segments of a render drawn anew: those at the keys that are lost, or else all.

    All, where they do not fit together: some were drawn by the version before, with another
    encoder's settings. Once for each render: False where it was done before, or where the claim is
    over.
    """
    await leases.lock(session, work.render_id)
    if await session.scalar(select(Render.redrawn).where(Render.id == work.render_id)):
        return False
    drawing = {
        **leases.ANEW,
        "status": "drawing",
        "redrawn": True,
    }
    if not await leases.write(session, work, drawing):
        return False
    await session.execute(
        update(Segment)
        .where(Segment.render_id == work.render_id, Segment.key.in_(lost) if lost else true())
        .values(status="waiting", key=None, frames_done=0, **leases.ANEW)
        .execution_options(synchronize_session=False)
    )
    await _tell(session, work.render_id, None)
    return True


async def keys(session: AsyncSession, render_id: str) -> list[str]:
    """Where the drawn segments lie, the first frame's first."""
    found = await session.scalars(
        select(Segment.key).where(Segment.render_id == render_id).order_by(Segment.number)
    )
    return [key for key in found if key]


async def _count(session: AsyncSession, render_id: str, status: str) -> int:
    wanted = select(func.count()).where(Segment.render_id == render_id, Segment.status == status)
    return cast(int, await session.scalar(wanted))


async def _tell(session: AsyncSession, render_id: str, fps: float | None) -> None:
    done = (
        select(func.coalesce(func.sum(Segment.frames_done), 0))
        .where(Segment.render_id == render_id)
        .scalar_subquery()
    )
    values: dict[str, Any] = {"frames_done": done, "version": Render.version + 1}
    if fps is not None:
        values |= {"frames_per_second": fps}
    await session.execute(
        update(Render)
        .where(Render.id == render_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
