"""Which work is claimed next, and how much of it may be under way at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from databases import on_postgresql
from ordering import (
    LEASE,
    NOON,
    a_song,
    an_order,
    claimed,
    later,
    one,
    prepared,
    somebody,
    submitted,
    surely_claimed,
)
from pausing import paused

from oriel.service import endings, leases, segments
from oriel.service.db import Database


async def test_what_is_paid_for_comes_first(database: Database) -> None:
    await one(database)
    user = await somebody(database, personal=1)
    song = await a_song(database, user)
    paid = (await submitted(database, user, song, an_order(tier="personal"))).renders[0]

    work = await surely_claimed(database)

    assert work.render_id == paid.id


async def test_sizes_of_one_order_are_prepared_one_after_the_other(database: Database) -> None:
    """The first one hears the song for all, even when its worker dies in between."""
    user = await somebody(database)
    order = an_order(sizes=((640, 360), (360, 640), (500, 500)))
    first, second, third = (
        await submitted(database, user, await a_song(database, user), order)
    ).renders

    at_once = await asyncio.gather(*(claimed(database, f"worker {n}") for n in range(6)))
    again = await surely_claimed(database, "next", later(LEASE + 1))
    none = await claimed(database, now=later(LEASE + 1))
    async with database.begin() as session:
        assert await segments.lay(session, again, [(0, 60)])
    followed = await surely_claimed(database, now=later(LEASE + 1), stages=["preparing"])
    async with database.begin() as session:
        failed = {"code": "bad_song", "message": "", "log": ""}
        assert await endings.fail(session, followed, **failed, now=later(LEASE + 1))
    last = await surely_claimed(database, now=later(LEASE + 1), stages=["preparing"])

    assert [work.render_id for work in at_once if work is not None] == [first.id]
    assert (again.render_id, none) == (first.id, None)
    assert (followed.render_id, last.render_id) == (second.id, third.id)


async def test_a_user_has_so_many_renders_under_way_at_once(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    for end in (1.0, 2.0):
        await submitted(database, user, song, an_order(end=end))
    limits = leases.Limits(per_user=1)

    first = await surely_claimed(database, limits=limits)
    none = await claimed(database, limits=limits)
    other = await one(database)
    second = await surely_claimed(database, limits=limits)

    assert first.user_id == user.id
    assert none is None
    assert second.render_id == other.id
    async with database.read() as session:
        assert not await leases.waiting(session, NOON, limits)


async def test_all_together_have_so_many_renders_under_way_at_once(database: Database) -> None:
    await one(database)
    await one(database)
    limits = leases.Limits(in_all=1)

    await surely_claimed(database, limits=limits)

    assert await claimed(database, limits=limits) is None


async def of_one_user(database: Database) -> leases.Limits:
    user = await somebody(database)
    song = await a_song(database, user)
    for end in (1.0, 2.0):
        await submitted(database, user, song, an_order(end=end))
    return leases.Limits(per_user=1)


async def of_two_users(database: Database) -> leases.Limits:
    await one(database)
    await one(database)
    return leases.Limits(in_all=1)


@on_postgresql
@pytest.mark.parametrize("two_renders", [of_one_user, of_two_users])
async def test_two_who_claim_at_once_do_not_both_take_the_last_place(
    database: Database, two_renders: Callable[[Database], Awaitable[leases.Limits]]
) -> None:
    limits = await two_renders(database)

    async with paused(database, "UPDATE", "renders") as pause:
        both = [asyncio.create_task(claimed(database, name, limits=limits)) for name in "ab"]
        await pause.holds(2)
    claims = await asyncio.gather(*both)

    assert [work is None for work in claims].count(True) == 1


@on_postgresql
async def test_who_goes_on_with_a_render_waits_for_nobody_who_begins_one(
    database: Database,
) -> None:
    drawing = await prepared(database)
    await one(database)

    async with paused(database, "UPDATE", "renders") as pause:
        beginning = asyncio.create_task(claimed(database, stages=["preparing"]))
        await pause.holds(1)
        work = await surely_claimed(database, "second")
    begun = await beginning

    assert (work.stage, work.render_id) == ("drawing", drawing.id)
    assert begun is not None
