"""A worker process says that it lives; who asks is told which do."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import leases
from oriel.service.db import insert_once
from oriel.service.models import Worker

_FORGOTTEN = timedelta(hours=1)


async def seen(
    session: AsyncSession,
    name: str,
    now: datetime,
    *,
    host: str,
    device: str = "",
    version: str = "",
    doing: str = "",
    frames_per_second: float | None = None,
    stopping: bool = False,
) -> None:
    """Write down that a worker lives and what it does; who was not seen for an hour is forgotten."""
    state = {
        "doing": doing[:160],
        "frames_per_second": frames_per_second,
        "seen_at": now,
        "stopping": stopping,
    }
    made = await insert_once(
        session,
        Worker,
        name=name,
        host=host,
        device=device,
        version=version,
        started_at=now,
        **state,
    )
    if made:
        await session.execute(delete(Worker).where(Worker.seen_at < now - _FORGOTTEN))
    else:
        await session.execute(update(Worker).where(Worker.name == name).values(state))


async def gone(session: AsyncSession, name: str) -> None:
    """Forget a worker that has stopped."""
    await session.execute(delete(Worker).where(Worker.name == name))


async def living(session: AsyncSession, within: float = 30.0) -> Sequence[Worker]:
    """The workers that were seen within so many seconds, by name.

    By the database's clock, as they are written down by it: whoever asks may have another.
    """
    since = await leases.clock(session) - timedelta(seconds=within)
    wanted = select(Worker).where(Worker.seen_at >= since).order_by(Worker.name)
    return (await session.scalars(wanted)).all()
