"""A workshop goes in; whatever was left lying is seen to, again and again.

Renders without a living worker are asked for again or given up, letters and notices are sent, and
what is kept no longer is deleted. Every worker sweeps; each thing is safe to do twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.jobs import queue
from oriel.jobs.chores import Chore, repeated
from oriel.jobs.queue import Queue
from oriel.jobs.workshop import Workshop
from oriel.service import (
    audit,
    clock,
    endings,
    expiry,
    factors,
    figures,
    leases,
    links,
    mail,
    notify,
    orphans,
    payments,
    segments,
    sessions,
)
from oriel.service.clock import Clock
from oriel.service.db import Database
from oriel.service.expiry import Leftover
from oriel.service.mail import delivery
from oriel.service.models import Render, Segment
from oriel.service.payments import check, events
from oriel.service.payments.purchases import Shop

_log = logging.getLogger(__name__)

_AT_ONCE = 100  # renders that are asked for

List = Callable[[AsyncSession], Awaitable[Sequence[Leftover]]]
Forget = Callable[[AsyncSession, str], Awaitable[None]]


async def run(shop: Workshop) -> None:
    """Sweep until cancelled; what fails is logged and tried again."""
    async with AsyncExitStack() as stack:
        url, asked = shop.settings.redis_url, None
        if url is not None:
            asked = await stack.enter_async_context(queue.opened(url, patient=False))
        async with asyncio.TaskGroup() as group:  # a slow mailer keeps no render waiting
            for chore in [*_work(shop, asked), *_messages(shop), *_payments(shop)]:
                group.create_task(repeated(chore))


def _work(shop: Workshop, asked: Queue | None) -> list[Chore]:
    return [
        Chore(lambda: ask_again(shop, asked), 5.0),
        Chore(lambda: delete_leftovers(shop), 5.0),
        Chore(lambda: expire(shop), 60.0),
        Chore(shop.storage.tidy, 3600.0),
        Chore(lambda: delete_orphans(shop), 21_600.0),
        Chore(lambda: forget_tokens(shop), 3600.0),
        Chore(lambda: forget_addresses(shop), 21_600.0),
        Chore(lambda: seal_anew(shop), 3600.0),
        Chore(lambda: figures.sample(shop.database, clock.now()), 60.0),
        Chore(lambda: figures.count_days(shop.database, clock.now()), 300.0),
    ]


def _messages(shop: Workshop) -> list[Chore]:
    settings, database = shop.settings, shop.database
    letters = delivery.Post(mail.of(settings), settings.public_url, shop.storage)
    teller = notify.Teller(settings.secret_keys)
    return [
        Chore(
            lambda: _sent(database, lambda now: delivery.deliver_due(database, letters, now)), 2.0
        ),
        Chore(lambda: _sent(database, lambda now: notify.deliver_due(database, teller, now)), 2.0),
    ]


def _payments(shop: Workshop) -> list[Chore]:
    """Webhooks that could not be handled, and the nightly comparison of the books."""
    settings, database = shop.settings, shop.database
    if not settings.payments.startswith("stripe:"):
        return []
    till = Shop(payments.of(settings), shop.plans, settings.public_url)
    return [
        Chore(lambda: events.handle_waiting(database, till, clock.now()), 10.0),
        Chore(lambda: check.nightly(database, till, clock.now()), 3600.0),
    ]


async def _sent(database: Database, deliver: Callable[[Clock], Awaitable[object]]) -> None:
    """Deliver by the database's clock: by their own, a fast worker would take a slow one's letters."""
    async with database.read() as session:
        moment = await leases.clock(session)
    await deliver(clock.going_on_from(moment))


async def ask_again(shop: Workshop, asked: Queue | None) -> None:
    """Ask for renders that wait and have no living worker; give up those that died too often."""
    async with shop.database.read() as session:
        now = await leases.clock(session)
        idle = (await session.execute(_idle(now))).all()
    if not idle:
        return
    async with shop.database.begin() as session:
        ended = await endings.give_up(session, now)
        for render_id, _, status in idle:
            if status == "drawing":
                await segments.join_when_drawn(session, render_id)
    for render_id in ended:
        _log.warning("%s was given up: its worker died each time", render_id)
        await shop.events.changed(render_id)
    for render_id, priority, _ in idle:
        if asked is not None and render_id not in ended:
            await asked.ask_again(render_id, priority)


async def expire(shop: Workshop) -> None:
    """Mark what is kept no longer, some at a time."""
    found = True
    while found:
        async with shop.database.begin() as session:
            found = bool(await expiry.expire(session, clock.now()))


async def forget_tokens(shop: Workshop) -> None:
    """Delete what signs nobody in any more."""
    async with shop.database.begin() as session:
        await sessions.forget_old(session, clock.now())
        await links.forget_old(session, clock.now())


async def forget_addresses(shop: Workshop) -> None:
    """Strike out of the audit where it was done from, once that is long ago."""
    async with shop.database.begin() as session:
        await audit.forget_addresses(session, clock.now())


async def seal_anew(shop: Workshop) -> None:
    """Seal by the newest key what the database keeps encrypted, so that older ones can be dropped."""
    if lost := await factors.seal_anew(shop.database, shop.settings.secret_keys):
        _log.warning("%d second factors are sealed by a key that is not set any more", lost)


async def delete_leftovers(shop: Workshop) -> None:
    """Delete the files of what is marked, and what the making of ended renders left."""
    await _delete(shop, expiry.pieces, expiry.pieces_deleted)
    await _delete(shop, expiry.videos, expiry.videos_deleted)
    await _delete(shop, expiry.songs, expiry.song_deleted)


async def delete_orphans(shop: Workshop) -> None:
    """Delete what processes that were killed had stored before anybody knew of it."""
    if removed := await orphans.sweep(shop.database, shop.storage, clock.now()):
        _log.warning("%d files that were nobody's are deleted", removed)


async def _delete(shop: Workshop, listed: List, forget: Forget) -> None:
    async with shop.database.read() as session:
        leftovers = await listed(session)
    for leftover in leftovers:
        for key in leftover.keys:
            await shop.storage.delete(key)
        async with shop.database.begin() as session:
            await forget(session, leftover.id)


def _idle(now: datetime) -> Select[str, int, str]:
    """Renders with something to do that nobody does."""
    left = select(Segment.id).where(Segment.render_id == Render.id, Segment.status != "done")
    lost = or_(left.where(leases.over(Segment.lease_until, now)).exists(), ~left.exists())
    return (
        select(Render.id, Render.priority, Render.status)
        .where(
            or_(
                Render.status == "queued",
                Render.status.in_(("preparing", "finishing"))
                & leases.over(Render.lease_until, now),
                (Render.status == "drawing") & lost,
            )
        )
        .order_by(Render.priority.desc(), Render.id)
        .limit(_AT_ONCE)
    )
