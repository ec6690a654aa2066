"""A finished render goes in; a link that shows its video to anybody comes out, until it is taken back.

Whoever has the link may watch, so it is chance; it is kept as it is, for its owner to see again.
"""

import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import renders
from oriel.service.db import insert_once
from oriel.service.errors import NotFound
from oriel.service.models import Render, Share, User
from oriel.service.renders import NotPossible

_WATCHED = select(Share.render_id).join(User, User.id == Share.user_id).where(User.active)
_GONE = "There is no such video any more."


async def token(session: AsyncSession, render_id: str) -> str | None:
    """What the link of a render ends with, if there is one."""
    found: str | None = await session.scalar(
        select(Share.token).where(Share.render_id == render_id)
    )
    return found


async def share(session: AsyncSession, render: Render, now: datetime) -> str:
    """Let anybody with the link watch; the same link however often it is asked. NotPossible."""
    if render.status != "done" or not kept(render, now):
        raise NotPossible(
            "Only a video that is ready, and kept, can be shared: wait for it, or order it again."
        )
    about = {"user_id": render.user_id, "render_id": render.id, "created_at": now}
    await insert_once(session, Share, token=secrets.token_urlsafe(32), **about)
    return await token(session, render.id) or ""


async def take_back(session: AsyncSession, render_id: str) -> None:
    """Let nobody watch by the link any more; a new one will be another."""
    await session.execute(delete(Share).where(Share.render_id == render_id))


async def watched(session: AsyncSession, given: str, now: datetime) -> Render:
    """The render that a link shows; raises NotFound, also once the video is kept no longer.

    Nobody watches what somebody shares whose access was taken away.
    """
    render_id = await session.scalar(_WATCHED.where(Share.token == given))
    if render_id is None:
        raise NotFound(_GONE)
    render = await renders.find(session, render_id)
    if not kept(render, now):
        raise NotFound(_GONE)
    return render


def kept(render: Render, now: datetime) -> bool:
    """Whether the render's files are still there."""
    return render.deleted_at is None and (render.expires_at is None or render.expires_at > now)
