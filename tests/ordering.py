"""Rows and small steps that tests of renders begin with."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select

from oriel import look
from oriel.service import credits, ids, leases, plans, renders, segments, songs
from oriel.service.db import Database
from oriel.service.leases import Work
from oriel.service.models import Mail, Render, Song, User
from oriel.service.orders import Order
from oriel.service.renders import Submitted

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = 15.0


def later(seconds: float) -> datetime:
    """So many seconds after noon, when every test begins."""
    return NOON + timedelta(seconds=seconds)


def an_order(**changes: Any) -> Order:
    """A free video of the whole song."""
    given = {
        "look": look.load("default").to_json(),
        "sizes": ((640, 360),),
        "fps": Fraction(30),
    }
    return Order(**{**given, **changes})


async def somebody(database: Database, free: int = 5, **tiers: int) -> User:
    """A user with credits."""
    async with database.begin() as session:
        user = User(id=ids.new(), email=f"{ids.new()}@example.org", password_hash="")
        user.email_as_typed = user.email
        session.add(user)
        await session.flush()
        for tier, amount in {"free": free, **tiers}.items():
            if amount:
                source = f"test:{user.id}:{tier}"
                await credits.grant(session, user.id, tier, amount, kind="admin", source=source)
    return user


async def a_song(
    database: Database, user: User, sha256: str = "ab" * 32, now: datetime = NOON
) -> Song:
    """A song that was sent at noon, or now for who sweeps; nothing lies in the storage."""
    async with database.begin() as session:
        return await songs.keep(
            session,
            user.id,
            sha256,
            key=songs.new_key(user.id),
            size=1000,
            name="song.wav",
            now=now,
            days=30,
            most=1_000_000,
        )


async def submitted(
    database: Database, user: User, song: Song, order: Order | None = None, **given: Any
) -> Submitted:
    """An order of this user, at noon."""
    order = order or an_order()
    async with database.begin() as session:
        return await renders.submit(
            session,
            user,
            await session.merge(song),
            order,
            plan=plans.PLANS[order.tier],
            **{"now": NOON, "keep_days": 30, **given},
        )


async def one(database: Database, **order: Any) -> Render:
    """A render that waits, of a new user."""
    user = await somebody(database)
    song = await a_song(database, user)
    return (await submitted(database, user, song, an_order(**order))).renders[0]


async def claimed(
    database: Database, worker: str = "first", now: datetime = NOON, **given: Any
) -> Work | None:
    """The next piece of work, for this worker."""
    async with database.begin() as session:
        return await leases.claim(session, worker, now, LEASE, **given)


async def surely_claimed(
    database: Database, worker: str = "first", now: datetime = NOON, **given: Any
) -> Work:
    """The next piece of work; there must be one."""
    work = await claimed(database, worker, now, **given)
    assert work is not None
    return work


async def prepared(database: Database, *pieces: tuple[int, int]) -> Render:
    """A render of a new user that waits to be drawn, in these segments."""
    render = await one(database)
    work = await surely_claimed(database, stages=["preparing"])
    assert work.render_id == render.id
    async with database.begin() as session:
        assert await segments.lay(session, work, pieces or [(0, 60)])
    return render


async def drawn(database: Database, *pieces: tuple[int, int]) -> Render:
    """A render of a new user that waits to be finished."""
    render = await prepared(database, *pieces)
    for _ in pieces or [(0, 60)]:
        work = await surely_claimed(database)
        async with database.begin() as session:
            assert await segments.drawn(session, work, f"segment-{work.number}")
    return render


async def seen(database: Database, render: Render) -> Render:
    """The render as it is now."""
    async with database.read() as session:
        return await renders.find(session, render.id)


async def balance(database: Database, user_id: str, tier: str = "free") -> int:
    """Credits that are left."""
    async with database.read() as session:
        return await credits.balance(session, user_id, tier)


async def letters(database: Database, render: Render) -> list[str]:
    """The letters that were written about a render."""
    async with database.read() as session:
        mine = Mail.source.startswith(f"render:{render.id}:")
        return list(await session.scalars(select(Mail.letter).where(mine)))


async def count(database: Database, table: Any) -> int:
    """The rows of a table."""
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0
