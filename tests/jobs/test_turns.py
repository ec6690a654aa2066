"""Sweeps that change many rows let others write in between: SQLite has one writer at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from databases import on_sqlite
from ordering import somebody
from sqlalchemy import Select, func, select
from working import Works

from oriel.jobs import sweep, workshop
from oriel.jobs.workshop import Workshop
from oriel.service import clock, factors, ids, sealing
from oriel.service.db import Database
from oriel.service.models import Base, Song, User

LONG_AGO = clock.now() - timedelta(days=60)
MANY = 250  # more than any sweep changes at once
OLDER, NEWER = "last year's key of enough characters", "this year's key of enough characters"

Left = Select[tuple[int]]


async def songs_whose_time_is_over(works: Works) -> Left:
    user = await somebody(works.database)
    about = {"user_id": user.id, "name": "", "bytes": 1, "expires_at": LONG_AGO}
    await kept(works, *(Song(sha256=f"{n:064}", key=f"songs/{n}", **about) for n in range(MANY)))
    return select(func.count()).where(Song.deleted_at.is_(None))


async def secrets_of_an_older_key(works: Works) -> Left:
    works.environment["ORIEL_SECRET_KEYS"] = f"{NEWER},{OLDER}"
    await kept(works, *(_with_a_phone(ids.new()) for _ in range(MANY)))
    return select(func.count()).where(User.second_factor_sealed.startswith(sealing.mark([OLDER])))


def _with_a_phone(identifier: str) -> User:
    user = User(id=identifier, email=identifier, email_as_typed=identifier, password_hash="")
    user.second_factor_sealed = sealing.seal([OLDER], "secret", factors.about(identifier))
    return user


async def kept(works: Works, *rows: Base) -> None:
    async with works.database.begin() as session:
        session.add_all(rows)


async def counted(database: Database, left: Left) -> int:
    async with database.begin() as session:
        return await session.scalar(left) or 0


@on_sqlite
@pytest.mark.parametrize(
    ("lying", "swept"),
    [(songs_whose_time_is_over, sweep.expire), (secrets_of_an_older_key, sweep.seal_anew)],
    ids=["expiry", "sealing"],
)
async def test_who_writes_waits_for_one_batch_and_not_for_all(
    workplace: Works,
    lying: Callable[[Works], Awaitable[Left]],
    swept: Callable[[Workshop], Awaitable[None]],
) -> None:
    left = await lying(workplace)

    async with workshop.opened(workplace.settings, None) as shop:
        _, between = await asyncio.gather(swept(shop), counted(shop.database, left))
        at_the_end = await counted(shop.database, left)

    assert 0 < between < MANY
    assert at_the_end == 0
