"""How a render ends: done or failed once only, with its credit, its letter and its notice."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, leases, reuse, snapshots, wording
from oriel.service.leases import MOST_STARTS, Work
from oriel.service.mail import post
from oriel.service.models import Notification, Render, Segment, Song, User

_LONGEST_LOG = 20_000  # letters, of its end
_LONGEST_MESSAGE = 500

Why = Literal[
    "bad_song",
    "song_gone",
    "nothing_to_render",
    "too_long",
    "took_too_long",
    "too_much_memory",
    "video_too_large",
    "render_failed",
]
"""Why a render failed, for programs."""
GAVE_UP: tuple[Why, str] = (
    "render_failed",
    "The video could not be made, and we have been told why: try again later,"
    " or with another look.",
)


async def complete(
    session: AsyncSession,
    work: Work,
    *,
    keys: tuple[str, str | None, str | None],
    size: int,
    seconds: float,
    now: datetime,
    keep_days: int,
) -> bool:
    """Publish the video, poster and thumbnail at `keys`; False where the claim is over.

    Without a poster, the picture that was shown meanwhile stays.
    `size` is the video's, in bytes. Nobody else can publish after this, and who was before us has
    lost its claim.
    """
    result = {
        "video_key": keys[0],
        "poster_key": keys[1] or Render.poster_key,
        "thumbnail_key": keys[2],
        "bytes": size,
        "seconds": seconds,
        "frames_done": Render.frames,
    }
    return await _done(session, work, result, now, keep_days)


async def reused(
    session: AsyncSession, work: Work, now: datetime, keep_days: int, longest: float
) -> bool:
    """End a preparation with the finished video of an equal order, if there is one."""
    found = await reuse.finished(session, work.order_hash, now)
    if found is None or (found.seconds or 0) > longest:
        return False
    return await _done(session, work, reuse.result_of(found), now, keep_days)


async def adopt(
    session: AsyncSession, render: Render, found: Render, now: datetime, keep_days: int
) -> None:
    """End a render that nobody has claimed with the finished video of an equal order."""
    values = _as_done(reuse.result_of(found), now, keep_days) | {"version": 1}
    for name, value in values.items():
        setattr(render, name, value)
    await session.flush()
    await tell(session, render, now)


async def fail(
    session: AsyncSession, work: Work, *, code: Why, message: str, log: str, now: datetime
) -> bool:
    """End a render for good and give its credit back; False where the claim is over."""
    await credits.hold(session, work.user_id)
    await leases.lock(session, work.render_id)
    if not await leases.write(session, work, {"worker": work.key}):  # it is still ours
        return False
    return await _failed(session, work.render_id, code, message, log, now)


async def started_in_vain(
    session: AsyncSession, work: Work, *, code: Why, message: str, log: str, now: datetime
) -> str:
    """After a start that failed: "again", or after the last one "failed"; "lost" when it is over."""
    if work.attempt >= MOST_STARTS:
        ended = await fail(session, work, code=code, message=message, log=log, now=now)
        return "failed" if ended else "lost"
    await leases.lock(session, work.render_id)
    await session.execute(
        update(Render).where(Render.id == work.render_id).values(log=log[-_LONGEST_LOG:])
    )
    return "again" if await leases.again_later(session, work, now) else "lost"


async def give_up(session: AsyncSession, now: datetime) -> list[str]:
    """End the renders at which the last worker that may has died; their identifiers."""
    renders = select(Render.user_id, Render.id).where(
        Render.status.in_(("preparing", "finishing")),
        leases.hopeless(Render),
        leases.over(Render.lease_until, now),
    )
    drawing = (
        select(Render.user_id, Render.id)
        .join(Segment, Segment.render_id == Render.id)
        .where(
            Render.status == "drawing",
            Segment.status != "done",
            leases.hopeless(Segment),
            leases.over(Segment.lease_until, now),
        )
    )
    found = {(row[0], row[1]) for row in await session.execute(renders)}
    found |= {(row[0], row[1]) for row in await session.execute(drawing)}
    code, message = GAVE_UP
    ended = []
    for user_id, render_id in sorted(found):
        await credits.hold(session, user_id)
        await leases.lock(session, render_id)
        if await _failed(session, render_id, code, message, None, now):
            ended.append(render_id)
    return ended


async def give_back(session: AsyncSession, render: Render) -> None:
    """Give a render's credit back, if one was spent for it; however often, once."""
    spent, source = (credits.of_render(render.id, what) for what in ("spend", "return"))
    await credits.give_back(session, spent=spent, source=source)


async def tell(session: AsyncSession, render: Render, now: datetime) -> None:
    """Write the letter and the notice of a render's end, to be sent once this is kept."""
    user = await session.get(User, render.user_id)
    if user is not None and user.deleted_at is None and render.status != "cancelled":
        letter = "video_ready" if render.status == "done" else "video_failed"
        await post.post(
            session,
            to=user.email,
            letter=letter,
            words=await words(session, user, render),
            source=f"render:{render.id}:{render.status}",
            user_id=user.id,
        )
    if render.notify_url:
        body = await snapshots.status(session, render, now)
        session.add(
            Notification(
                render_id=render.id, url=render.notify_url, body=body, created_at=now, due_at=now
            )
        )
    await session.flush()


async def words(session: AsyncSession, user: User, render: Render) -> dict[str, Any]:
    """What the letters of a render's end need."""
    song = await session.get(Song, render.song_id)
    return {
        "name": user.name,
        "render_id": render.id,
        "song": wording.title({"title": song.title, "name": song.name}) if song else "your song",
        "size": f"{render.width}×{render.height}",
        "message": render.error_message,
        "returned": await session.scalar(select(credits.became_of(render.id))) == "returned",
        "expires_at": render.expires_at.isoformat() if render.expires_at else None,
    }


async def _done(
    session: AsyncSession, work: Work, result: dict[str, Any], now: datetime, keep_days: int
) -> bool:
    values = _as_done(result, now, keep_days) | {"version": Render.version + 1}
    if not await leases.write(session, work, values):
        return False
    await tell(session, await _fresh(session, work.render_id), now)
    return True


def _as_done(result: dict[str, Any], now: datetime, keep_days: int) -> dict[str, Any]:
    return result | {
        "status": "done",
        "finished_at": now,
        "expires_at": now + timedelta(days=keep_days),
        **leases.FREE,
        "frames_per_second": None,
        "error_code": None,
        "error_message": None,
    }


async def _failed(
    session: AsyncSession, render_id: str, code: Why, message: str, log: str | None, now: datetime
) -> bool:
    values: dict[str, Any] = {
        "status": "failed",
        "error_code": code,
        "error_message": message[:_LONGEST_MESSAGE],
        "poster_key": None,
        "finished_at": now,
        **leases.FREE,
        "frames_per_second": None,
        "version": Render.version + 1,
    }
    if log is not None:
        values["log"] = log[-_LONGEST_LOG:]
    ended = await session.execute(
        update(Render)
        .where(Render.id == render_id, Render.status.in_(leases.RUNNING))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if not leases.changed(ended):
        return False
    render = await _fresh(session, render_id)
    await give_back(session, render)
    await tell(session, render, now)
    return True


async def _fresh(session: AsyncSession, render_id: str) -> Render:
    return (
        await session.execute(
            select(Render).where(Render.id == render_id).execution_options(populate_existing=True)
        )
    ).scalar_one()
