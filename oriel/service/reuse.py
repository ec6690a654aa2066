"""An order goes in; the finished video of an equal one comes out, so that nothing is drawn twice."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.models import Render

_LEAST_LEFT = timedelta(hours=1)  # that the video must stay; its deletion may be under way
_OWN_FIRST = case((Render.user_id == bindparam("user_id"), 0), else_=1)
# Built once: with each order it would take a twentieth of its time.
_FINISHED = (
    select(Render)
    .where(
        Render.order_hash == bindparam("order_hash"),
        Render.status == "done",
        Render.deleted_at.is_(None),
        Render.video_key.is_not(None),
        Render.expires_at > bindparam("until"),
    )
    .order_by(_OWN_FIRST, Render.id.desc())
    .limit(1)
    .with_for_update()
)


async def finished(
    session: AsyncSession, order_hash: str, now: datetime, user_id: str = ""
) -> Render | None:
    """A finished render of an equal order whose video is there; the named user's, if they have one.

    It stays until the transaction ends, so that its files can be shared.
    """
    equal = {"order_hash": order_hash, "until": now + _LEAST_LEFT, "user_id": user_id}
    return await session.scalar(_FINISHED, equal)


def result_of(render: Render) -> dict[str, Any]:
    """What came of a render, as values for another of an equal order."""
    return {
        "video_key": render.video_key,
        "poster_key": render.poster_key,
        "thumbnail_key": render.thumbnail_key,
        "bytes": render.bytes,
        "seconds": render.seconds,
        "frames": render.frames,
        "frames_done": render.frames,
    }
