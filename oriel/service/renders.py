"""Orders go in, renders come out: submitted, told of, cancelled and tried again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, endings, ids, leases, orders, plans, reuse
from oriel.service.errors import KeyUsed, NotFound, NotInPlan, Refused, TooMany
from oriel.service.models import Render, Song, Submission, User
from oriel.service.orders import Order
from oriel.service.origin import NOWHERE, Origin
from oriel.service.plans import Plan

ACTIVE = ("queued", *leases.RUNNING)
_RETRY_AFTER = 60  # seconds
_RETRY = "→retry:"  # begins a key of ours: those of clients are of ASCII alone
_OWN = func.count().filter(Render.user_id == bindparam("user_id"))
_UNDER_WAY = select(_OWN, func.count()).select_from(Render).where(Render.status.in_(ACTIVE))


class NotPossible(Refused):
    """The render is not in a state in which that can be done."""

    code: ClassVar[str] = "not_possible"


@dataclass(frozen=True)
class Limits:
    """How many renders may wait or be under way, of one user and of all; how long a song may be."""

    per_user: int = 50
    in_all: int = 10_000
    song_minutes: int = 20


@dataclass(frozen=True)
class Submitted:
    """The renders of an order, one a size; `repeated` where it had been submitted before."""

    renders: tuple[Render, ...]
    repeated: bool


async def submit(
    session: AsyncSession,
    user: User,
    song: Song,
    order: Order,
    *,
    plan: Plan,
    now: datetime,
    keep_days: int,
    limits: Limits = Limits(),
    idempotency_key: str | None = None,
    origin: Origin = NOWHERE,
) -> Submitted:
    """Order a song's videos and pay for them with credits of the order's tier.

    A key that was used before gives what it gave then. Raises KeyUsed, NotInPlan, TooMany, NoCredit,
    and Refused for a song that is too long; nothing is kept then.
    """
    await credits.hold(session, user.id)
    if before := await submitted(session, user.id, idempotency_key, song.sha256, order):
        return before
    _check_song(song, limits)
    _check_plan(plan, order, song)
    await _check_room(session, user.id, len(order.sizes), limits)
    submission = Submission(
        id=ids.new(),
        user_id=user.id,
        idempotency_key=idempotency_key,
        request_hash=orders.request_hash(song.sha256, order),
        created_at=now,
    )
    session.add(submission)
    await session.flush()
    song.expires_at = max(song.expires_at, now + timedelta(days=keep_days))
    made = []
    # In the order of their sizes, also when they are read again.
    for render_id, size in zip(sorted(ids.new() for _ in order.sizes), order.sizes, strict=True):
        render = _render(render_id, submission, song, order, size, plan, now)
        render.request_id, render.traceparent = origin.request_id, origin.traceparent
        await _pay_and_reuse(session, render, plan, now, keep_days)
        made.append(render)
    return Submitted(tuple(made), repeated=False)


async def find(session: AsyncSession, render_id: str, user_id: str | None = None) -> Render:
    """A render, of this user where one is named; raises NotFound."""
    wanted = select(Render).where(Render.id == render_id)
    if user_id is not None:
        wanted = wanted.where(Render.user_id == user_id)
    render = await session.scalar(wanted.execution_options(populate_existing=True))
    if render is None:
        raise NotFound("There is no such render.")
    return render


async def listed(
    session: AsyncSession,
    user_id: str,
    *,
    before: str | None = None,
    status: str | None = None,
    most: int = 20,
) -> Sequence[Render]:
    """A user's renders, the newest first, of those older than the render `before`."""
    wanted = select(Render).where(Render.user_id == user_id)
    if before is not None:
        wanted = wanted.where(Render.id < before)
    if status is not None:
        wanted = wanted.where(Render.status == status)
    return (await session.scalars(wanted.order_by(Render.id.desc()).limit(most))).all()


async def cancel(
    session: AsyncSession, render: Render, now: datetime, *, by_us: bool = False
) -> bool:
    """Stop a render; False: it had ended. Who works on it finds its claim over, and ends its child.

    Either way a render of this session is then read anew, as others may have ended it meanwhile.
    Its credit is given back before its drawing began, and always where it was not its owner's wish.
    """
    await credits.hold(session, render.user_id)
    await leases.lock(session, render.id)
    status = (await find(session, render.id)).status
    if status not in ACTIVE:
        return False
    await session.execute(
        update(Render)
        .where(Render.id == render.id)
        .values(
            status="cancelled",
            cancel_asked_at=now,
            poster_key=None,
            finished_at=now,
            frames_per_second=None,
            version=Render.version + 1,
            **leases.FREE,
        )
        .execution_options(synchronize_session=False)
    )
    if by_us or status in ("queued", "preparing"):
        await endings.give_back(session, render)
    await endings.tell(session, await find(session, render.id), now)
    return True


async def cancel_all(session: AsyncSession, user_id: str, now: datetime) -> list[str]:
    """Stop all that somebody has under way, with its credits given back; the identifiers."""
    mine = select(Render).where(Render.user_id == user_id, Render.status.in_(ACTIVE))
    found = list(await session.scalars(mine.order_by(Render.id)))
    return [one.id for one in found if await cancel(session, one, now, by_us=True)]


async def prefer(session: AsyncSession, render: Render, priority: int) -> None:
    """Have a render be begun before others, or after them; raises NotPossible where it has ended."""
    await leases.lock(session, render.id)
    changed = await session.execute(
        update(Render)
        .where(Render.id == render.id, Render.status.in_(ACTIVE))
        .values(priority=priority)
    )
    if not leases.changed(changed):
        ended = await find(session, render.id)
        raise NotPossible(f"It has ended already: it is {ended.status}.")


async def retry(
    session: AsyncSession,
    render: Render,
    *,
    user: User,
    plan: Plan,
    now: datetime,
    keep_days: int,
    limits: Limits = Limits(),
    origin: Origin = NOWHERE,
) -> Submitted:
    """Order once more what failed or was cancelled, as a new render, for a new credit.

    However often it is asked for, there is one. Raises NotPossible, and what `submit` does.
    """
    if render.status not in ("failed", "cancelled"):
        raise NotPossible(
            f"Only what failed or was cancelled is tried again: it is {render.status}."
        )
    key, order = f"{_RETRY}{render.id}", order_of(render)
    song = await session.get(Song, render.song_id)
    if song is not None and (before := await submitted(session, user.id, key, song.sha256, order)):
        return before
    if song is None or song.deleted_at is not None:
        raise NotPossible("The song is kept no longer: send it again.")
    return await submit(
        session,
        user,
        song,
        order,
        plan=plan,
        now=now,
        keep_days=keep_days,
        limits=limits,
        idempotency_key=key,
        origin=origin,
    )


def order_of(render: Render) -> Order:
    """What was ordered."""
    return Order(
        look=render.look,
        sizes=((render.width, render.height),),
        fps=orders.rate(render.fps),
        start=render.start,
        end=render.end,
        tier=render.tier,
        codec=render.codec,
        quality=render.quality,
        notify_url=render.notify_url,
    )


async def submitted(
    session: AsyncSession, user_id: str, key: str | None, sha256: str, order: Order
) -> Submitted | None:
    """What an order of the song with this hash gave under this key; None where there was none.

    Raises KeyUsed where the key was another order's.
    """
    if key is None:
        return None
    found = await session.scalar(
        select(Submission).where(Submission.user_id == user_id, Submission.idempotency_key == key)
    )
    if found is None:
        return None
    if found.request_hash != orders.request_hash(sha256, order):
        raise KeyUsed("This Idempotency-Key was used for another order: choose a new one.")
    rows = await session.scalars(
        select(Render).where(Render.submission_id == found.id).order_by(Render.id)
    )
    return Submitted(tuple(rows), repeated=True)


def _check_song(song: Song, limits: Limits) -> None:
    """Of one that was heard before; others are looked at by who prepares their render."""
    if song.seconds is not None and song.seconds > limits.song_minutes * 60:
        lasts = plans.clock(math.ceil(song.seconds))
        most = plans.clock(limits.song_minutes * 60)
        raise Refused(f"A song may last {most} here, and this one lasts {lasts}: cut it shorter.")


def _check_plan(plan: Plan, order: Order, song: Song) -> None:
    problems = plans.allow(plan, order)
    if song.seconds is not None and "end" not in problems:
        end = song.seconds if order.end is None else min(order.end, song.seconds)
        if problem := plans.too_long(plan, end - order.start):
            problems["song"] = problem
    if problems:
        said = "; ".join(problems.values())
        raise NotInPlan(
            f"{plan.name} does not include this order: {said}; change it, or choose another plan.",
            problems,
        )


async def _check_room(session: AsyncSession, user_id: str, more: int, limits: Limits) -> None:
    own, every = (await session.execute(_UNDER_WAY, {"user_id": user_id})).one()
    if own + more > limits.per_user:
        raise TooMany(
            f"At most {limits.per_user} of your renders can wait or be under way at once.",
            _RETRY_AFTER,
        )
    if every + more > limits.in_all:
        raise TooMany("Too many renders are waiting: try again later.", _RETRY_AFTER)


def _render(
    render_id: str,
    submission: Submission,
    song: Song,
    order: Order,
    size: tuple[int, int],
    plan: Plan,
    now: datetime,
) -> Render:
    return Render(
        id=render_id,
        user_id=submission.user_id,
        submission_id=submission.id,
        song_id=song.id,
        look=dict(order.look),
        width=size[0],
        height=size[1],
        fps=str(order.fps),
        start=order.start,
        end=order.end,
        tier=order.tier,
        codec=order.codec,
        quality=order.quality,
        watermark=plan.watermark,
        priority=int(plan.paid),
        order_hash=orders.order_hash(song.sha256, order, size, plan.watermark),
        notify_url=order.notify_url,
        status="queued",
        created_at=now,
    )


async def _pay_and_reuse(
    session: AsyncSession, render: Render, plan: Plan, now: datetime, keep_days: int
) -> None:
    """Spend a credit, but for what this user has paid for already, and reuse an equal video."""
    found = await reuse.finished(session, render.order_hash, now, render.user_id)
    mine = found is not None and found.user_id == render.user_id
    paid = found is not None and mine and found.tier == render.tier
    session.add(render)
    await session.flush()
    if not paid:
        source = credits.of_render(render.id, "spend")
        await credits.spend(session, render.user_id, render.tier, source=source)
    if found is not None and (found.seconds or 0) <= plan.seconds:
        await endings.adopt(session, render, found, now, keep_days)
