"""Orders become renders: paid for once, repeated safely, within limits, cancelled, tried again."""

import asyncio

import pytest
from databases import on_postgresql
from ordering import (
    NOON,
    a_song,
    an_order,
    balance,
    claimed,
    count,
    drawn,
    later,
    letters,
    one,
    prepared,
    seen,
    somebody,
    submitted,
    surely_claimed,
)
from pausing import paused
from sqlalchemy import select, update

from oriel.service import endings, plans, renders, schema, snapshots
from oriel.service.db import Database
from oriel.service.errors import KeyUsed, NoCredit, NotFound, NotInPlan, Refused, TooMany
from oriel.service.models import Notification, Render, Song, Submission, User


async def test_an_order_is_paid_for_with_one_credit_a_size(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)

    made = await submitted(database, user, song, an_order(sizes=((640, 360), (360, 640))))

    assert [(render.width, render.height) for render in made.renders] == [(640, 360), (360, 640)]
    assert {render.status for render in made.renders} == {"queued"}
    assert made.renders[0].watermark
    assert await balance(database, user.id) == 3


async def test_without_a_credit_nothing_is_kept(database: Database) -> None:
    user = await somebody(database, free=1)
    song = await a_song(database, user)

    with pytest.raises(NoCredit):
        await submitted(database, user, song, an_order(sizes=((640, 360), (360, 640))))

    assert await count(database, Render) == 0
    assert await count(database, Submission) == 0
    assert await balance(database, user.id) == 1


async def test_what_a_plan_does_not_include_is_refused(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)

    with pytest.raises(NotInPlan, match="1920 × 1080"):
        await submitted(database, user, song, an_order(sizes=((1920, 1080),)))


async def test_a_song_that_is_known_to_be_too_long_is_refused_at_once(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    song.seconds = 200.0

    with pytest.raises(NotInPlan, match=r"at most 3:00, and this one would last 3:20;"):
        await submitted(database, user, song)

    made = await submitted(database, user, song, an_order(end=100.0))
    assert len(made.renders) == 1


async def test_a_song_that_no_plan_takes_any_more_costs_nothing(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    song.seconds = 1200.5

    with pytest.raises(Refused, match=r"20:00 here, and this one lasts 20:01: cut it"):
        await submitted(database, user, song, an_order(end=10.0))

    assert await balance(database, user.id) == 5
    assert await count(database, Render) == 0


async def test_fifty_at_once_with_one_key_are_one_render(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)

    tries = [submitted(database, user, song, idempotency_key="once") for _ in range(50)]
    made = await asyncio.gather(*tries)

    assert len({done.renders[0].id for done in made}) == 1
    assert [done.repeated for done in made].count(False) == 1
    assert await count(database, Render) == 1
    assert await balance(database, user.id) == 4


async def test_an_order_that_is_repeated_gives_its_sizes_in_their_order(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    order = an_order(sizes=((640, 360), (360, 640), (500, 500)))

    first = await submitted(database, user, song, order, idempotency_key="once")
    again = await submitted(database, user, song, order, idempotency_key="once")

    assert [render.id for render in again.renders] == [render.id for render in first.renders]
    assert [(render.width, render.height) for render in again.renders] == list(order.sizes)


async def test_a_key_that_stands_for_another_order_is_refused(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    await submitted(database, user, song, idempotency_key="once")

    with pytest.raises(KeyUsed):
        await submitted(database, user, song, an_order(end=1.0), idempotency_key="once")


async def test_a_user_may_have_so_many_renders_waiting(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    limits = renders.Limits(per_user=2)
    for end in (1.0, 2.0):
        await submitted(database, user, song, an_order(end=end), limits=limits)

    with pytest.raises(TooMany) as refused:
        await submitted(database, user, song, an_order(end=3.0), limits=limits)

    assert refused.value.retry_after > 0
    assert await balance(database, user.id) == 3


async def test_all_together_may_have_so_many_renders_waiting(database: Database) -> None:
    await one(database)
    limits = renders.Limits(in_all=1)
    user = await somebody(database)
    song = await a_song(database, user)

    with pytest.raises(TooMany):
        await submitted(database, user, song, limits=limits)


async def test_what_waits_is_cancelled_and_its_credit_comes_back(database: Database) -> None:
    render = await one(database)

    async with database.begin() as session:
        assert await renders.cancel(session, render, later(1))
    async with database.begin() as session:
        assert not await renders.cancel(session, render, later(2))

    assert (await seen(database, render)).status == "cancelled"
    assert await balance(database, render.user_id) == 5
    assert await claimed(database) is None


@on_postgresql
async def test_of_two_who_cancel_at_once_both_see_it_cancelled(database: Database) -> None:
    render = await prepared(database)

    async def cancelled() -> tuple[bool, str]:
        async with database.begin() as session:
            found = await renders.find(session, render.id)
            return await renders.cancel(session, found, later(1)), found.status

    async with paused(database, "UPDATE", "renders") as pause:
        both = [asyncio.create_task(cancelled()) for _ in range(2)]
        await pause.holds(2)

    assert sorted(await asyncio.gather(*both)) == [(False, "cancelled"), (True, "cancelled")]


async def test_what_is_drawn_already_is_cancelled_but_was_paid_for(database: Database) -> None:
    render = await prepared(database)
    work = await surely_claimed(database)

    async with database.begin() as session:
        assert await renders.cancel(session, render, later(1))

    assert await balance(database, render.user_id) == 4
    async with database.begin() as session:
        failed = {"code": "render_failed", "message": "", "log": ""}
        assert not await endings.fail(session, work, **failed, now=later(2))


async def test_what_failed_is_tried_again_once_for_a_new_credit(database: Database) -> None:
    render = await one(database)
    work = await surely_claimed(database)
    async with database.begin() as session:
        failed = {"code": "bad_song", "message": "It is no song.", "log": "…"}
        assert await endings.fail(session, work, **failed, now=later(1))

    again = [await _retried(database, render) for _ in range(2)]

    assert again[0].id == again[1].id != render.id
    assert again[0].status == "queued"
    assert await balance(database, render.user_id) == 4
    with pytest.raises(renders.NotPossible):
        await _retried(database, again[0])


async def test_what_was_tried_again_is_found_when_its_song_is_gone_and_after_a_migration(
    database: Database, database_url: str
) -> None:
    """Versions before kept its key where clients could choose the same."""
    render = await one(database)
    async with database.begin() as session:
        await renders.cancel(session, await renders.find(session, render.id), later(1))
    again = await _retried(database, render)
    user = await somebody(database)
    theirs = f"retry:{user.id}"  # chosen by a client, and no render's
    await submitted(database, user, await a_song(database, user), idempotency_key=theirs)
    await schema.downgrade(database_url, "0010")
    before = await _keys(database)
    async with database.begin() as session:
        await session.execute(update(Song).values(deleted_at=NOON))
    await schema.upgrade(database_url)

    later_on = await _retried(database, render)

    assert before == {f"retry:{render.id}", theirs}
    assert await _keys(database) == {f"→retry:{render.id}", theirs}
    assert later_on.id == again.id


async def test_what_failed_under_an_old_word_is_told_by_the_new_one(database: Database) -> None:
    render = await one(database)
    async with database.begin() as session:
        old = {"status": "failed", "error_code": "too_slow", "error_message": "It took too long."}
        await session.execute(update(Render).values(**old))
        told = await snapshots.status(session, render, later(1))

    assert told["error"] == {"code": "took_too_long", "message": "It took too long."}


async def test_a_failure_is_told_by_letter_and_gives_the_credit_back(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    order = an_order(notify_url="https://example.org/done")
    render = (await submitted(database, user, song, order)).renders[0]
    work = await surely_claimed(database)

    failed = {"code": "bad_song", "message": "It is no song.", "log": "first\nlast"}
    for _ in range(2):
        async with database.begin() as session:
            await endings.fail(session, work, **failed, now=later(1))

    found = await seen(database, render)
    assert (found.status, found.error_code) == ("failed", "bad_song")
    assert found.log.endswith("last")
    assert await balance(database, user.id) == 5
    assert await letters(database, render) == ["video_failed"]
    assert await count(database, Notification) == 1


async def test_a_render_of_somebody_else_is_not_found(database: Database) -> None:
    render = await one(database)
    other = await somebody(database)

    async with database.read() as session:
        with pytest.raises(NotFound):
            await renders.find(session, render.id, other.id)


async def test_lists_go_on_where_the_page_before_ended(database: Database) -> None:
    user = await somebody(database)
    song = await a_song(database, user)
    for end in (1.0, 2.0, 3.0):
        await submitted(database, user, song, an_order(end=end))
        await asyncio.sleep(0.002)  # identifiers sort by the millisecond

    async with database.read() as session:
        first = await renders.listed(session, user.id, most=2)
        second = await renders.listed(session, user.id, before=first[-1].id, most=2)

    assert [render.end for render in (*first, *second)] == [3.0, 2.0, 1.0]


async def test_a_status_tells_the_place_in_the_queue_and_then_how_far_it_is(
    database: Database,
) -> None:
    await one(database)
    await asyncio.sleep(0.002)
    second = await one(database)

    async with database.read() as session:
        status = await snapshots.status(session, second, NOON)

    assert status["status"] == "queued"
    assert status["progress"] == 0
    assert status["queue_position"] == 2
    assert status["error"] is None


async def test_progress_grows_from_stage_to_stage(database: Database) -> None:
    render = await one(database)
    told = [snapshots.progress(await seen(database, render))]
    await surely_claimed(database)
    told.append(snapshots.progress(await seen(database, render)))
    finished = await drawn(database, (0, 30), (30, 30))
    told.append(snapshots.progress(await seen(database, finished)))

    assert told == sorted(told)
    assert told[-1] == 0.95


async def _retried(database: Database, render: Render) -> Render:
    async with database.begin() as session:
        user = await session.get(User, render.user_id)
        assert user is not None
        made = await renders.retry(
            session,
            await renders.find(session, render.id),
            user=user,
            plan=plans.PLANS["free"],
            now=later(10),
            keep_days=30,
        )
    return made.renders[0]


async def _keys(database: Database) -> set[str]:
    """The keys of all orders that have one."""
    async with database.read() as session:
        keys = await session.scalars(select(Submission.idempotency_key))
        return {key for key in keys if key is not None}
