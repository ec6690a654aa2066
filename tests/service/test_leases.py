"""Who claims a piece of work has it alone; who lost it changes nothing any more."""

import asyncio
from datetime import UTC, datetime

from databases import on_postgresql, on_sqlite
from ordering import (
    LEASE,
    NOON,
    balance,
    claimed,
    drawn,
    later,
    letters,
    one,
    prepared,
    seen,
    surely_claimed,
)
from sqlalchemy import text

from oriel.service import endings, leases, renders, segments
from oriel.service.db import Database
from oriel.service.leases import Work

STANDING_STILL = (
    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
    f" AS 'SELECT timestamptz ''{NOON.isoformat()}'' '",
    "SET LOCAL search_path = public, pg_catalog",  # its own is looked for first otherwise
)


async def prolonged(database: Database, work: Work, seconds: float) -> bool:
    async with database.begin() as session:
        return await leases.prolong(session, work, later(seconds), LEASE)


async def completed(database: Database, work: Work, key: str = "video") -> bool:
    async with database.begin() as session:
        return await endings.complete(
            session,
            work,
            keys=(key, None, None),
            size=1000,
            seconds=2.0,
            now=later(60),
            keep_days=30,
        )


async def in_vain(database: Database, work: Work, seconds: float) -> str:
    async with database.begin() as session:
        return await endings.started_in_vain(
            session, work, code="render_failed", message="No.", log="", now=later(seconds)
        )


async def test_nobody_claims_what_somebody_has(database: Database) -> None:
    render = await one(database)

    work = await surely_claimed(database, "first")

    assert work.render_id == render.id
    assert await claimed(database, "second") is None
    assert (await seen(database, render)).status == "preparing"


async def test_twenty_workers_claim_ten_segments_once_each(database: Database) -> None:
    await prepared(database, *((30 * index, 30) for index in range(10)))

    claims = await asyncio.gather(*(claimed(database, f"worker {n}") for n in range(20)))
    # Who met a row that another just took found nothing, and looks again.
    claims += [await claimed(database, f"late {n}") for n in range(10)]

    numbers = [work.number for work in claims if work is not None]
    assert sorted(numbers) == list(range(10))


async def test_a_lease_that_is_kept_is_not_taken_over_and_one_that_ends_is(
    database: Database,
) -> None:
    await one(database)
    first = await surely_claimed(database, "first")
    assert await prolonged(database, first, 10)

    assert await claimed(database, "second", later(LEASE + 5)) is None
    second = await surely_claimed(database, "second", later(LEASE + 11))

    assert second.fence == first.fence + 1
    assert second.attempt == 1  # nobody failed
    assert not await prolonged(database, first, LEASE + 12)


async def test_who_lost_a_segment_cannot_end_it(database: Database) -> None:
    render = await prepared(database, (0, 60), (60, 60))
    slow = await surely_claimed(database, "slow")
    quick = await surely_claimed(database, "quick", later(LEASE + 1))
    assert quick.segment_id == slow.segment_id

    ended = []
    for work, key in ((slow, "slow"), (quick, "quick"), (slow, "slow")):
        async with database.begin() as session:
            ended.append(await segments.drawn(session, work, key))

    assert ended == [False, True, False]
    async with database.read() as session:
        assert await segments.keys(session, render.id) == ["quick"]
    assert (await seen(database, render)).frames_done == 60


async def test_the_last_segment_has_the_render_finished_whoever_ends_it(
    database: Database,
) -> None:
    render = await prepared(database, *((30 * index, 30) for index in range(6)))
    works = [await surely_claimed(database, f"worker {n}") for n in range(6)]

    async def end(work: Work) -> None:
        async with database.begin() as session:
            assert await segments.drawn(session, work, f"segment-{work.number}")

    await asyncio.gather(*map(end, works))

    assert (await seen(database, render)).status == "finishing"
    work = await surely_claimed(database)
    assert (work.stage, work.attempt) == ("finishing", 1)


async def test_a_video_is_published_once(database: Database) -> None:
    render = await drawn(database)
    slow = await surely_claimed(database, "slow")
    quick = await surely_claimed(database, "quick", later(LEASE + 1))

    published = [await completed(database, work, work.key) for work in (slow, quick, slow, quick)]

    assert published == [False, True, False, False]
    found = await seen(database, render)
    assert (found.status, found.video_key) == ("done", quick.key)
    assert found.expires_at is not None
    assert await letters(database, render) == ["video_ready"]


async def test_after_three_starts_in_vain_a_render_fails_and_the_credit_is_back(
    database: Database,
) -> None:
    render = await one(database)

    outcomes = []
    for start in range(3):
        work = await surely_claimed(database, now=later(60 * start))
        outcomes.append(await in_vain(database, work, 60 * start + 1))

    assert outcomes == ["again", "again", "failed"]
    found = await seen(database, render)
    assert (found.status, found.error_code) == ("failed", "render_failed")
    assert await balance(database, render.user_id) == 5


async def test_a_start_in_vain_waits_a_little_before_the_next(database: Database) -> None:
    await prepared(database)
    work = await surely_claimed(database)
    await in_vain(database, work, 0)

    assert await claimed(database, now=later(0.5)) is None
    assert (await surely_claimed(database, now=later(1.5))).attempt == 2


async def test_workers_that_die_are_not_counted_as_starts_that_failed(database: Database) -> None:
    await prepared(database)
    for death in range(leases.MOST_DEATHS - 2):
        assert (await surely_claimed(database, now=later(20 * death))).attempt == 1

    work = await surely_claimed(database, now=later(1000))
    outcome = await in_vain(database, work, 1000)

    assert (outcome, work.attempt) == ("again", 1)
    assert (await surely_claimed(database, now=later(1100))).attempt == 2


async def test_work_at_which_every_worker_dies_is_given_up(database: Database) -> None:
    dying, other = await prepared(database), await prepared(database)
    for death in range(leases.MOST_DEATHS):
        async with database.begin() as session:
            assert await endings.give_up(session, later(20 * death)) == []
        await surely_claimed(database, now=later(20 * death))
        await surely_claimed(database, now=later(20 * death))
    assert await claimed(database, now=later(1000)) is None

    async with database.begin() as session:
        ended = await endings.give_up(session, later(1000))
    async with database.begin() as session:
        assert await endings.give_up(session, later(1000)) == []

    assert sorted(ended) == sorted((dying.id, other.id))
    assert (await seen(database, dying)).status == "failed"
    assert await balance(database, dying.user_id) == 5


async def test_the_last_worker_that_may_die_at_it_may_also_make_it(database: Database) -> None:
    render = await prepared(database)
    for death in range(leases.MOST_DEATHS):
        work = await surely_claimed(database, now=later(20 * death))

    async with database.begin() as session:
        assert await endings.give_up(session, later(20 * leases.MOST_DEATHS - 15)) == []
        assert await leases.prolong(session, work, later(20 * leases.MOST_DEATHS - 15), 15)

    assert (await seen(database, render)).status == "drawing"


async def test_what_is_handed_back_counts_as_never_started(database: Database) -> None:
    render = await prepared(database)
    work = await surely_claimed(database)

    async with database.begin() as session:
        assert await leases.hand_back(session, work, NOON)
    assert not await prolonged(database, work, 1), "nobody has it"

    again = await surely_claimed(database, "second")
    assert again.attempt == 1
    assert again.fence > work.fence
    assert (await seen(database, render)).status == "drawing"


async def test_what_the_storage_failed_waits_without_counting(database: Database) -> None:
    render = await one(database)
    work = await surely_claimed(database)

    async with database.begin() as session:
        assert await leases.hand_back(session, work, NOON, wait=5.0)

    assert (await seen(database, render)).status == "queued"
    assert await claimed(database, now=later(4)) is None
    assert (await surely_claimed(database, now=later(6))).attempt == 1


async def test_a_cancelled_render_is_not_wanted_any_more(database: Database) -> None:
    render = await prepared(database, (0, 60), (60, 60))
    works = [await surely_claimed(database), await surely_claimed(database)]

    async with database.begin() as session:
        await renders.cancel(session, render, later(1))

    async with database.read() as session:
        assert await leases.still_wanted(session, works) == set()
    assert await claimed(database, now=later(100)) is None
    assert not await prolonged(database, works[0], 2)


async def test_progress_of_a_segment_is_the_render_s(database: Database) -> None:
    render = await prepared(database, (0, 60), (60, 60))
    works = [await surely_claimed(database), await surely_claimed(database)]
    before = (await seen(database, render)).version

    for work, frames in zip(works, (10, 20), strict=True):
        async with database.begin() as session:
            assert await segments.drawn_so_far(session, work, frames, 12.0, later(5), LEASE)

    found = await seen(database, render)
    assert found.frames_done == 30
    assert found.frames_per_second == 24.0
    assert found.version > before
    assert await claimed(database, now=later(LEASE + 4)) is None


@on_postgresql
async def test_the_clock_is_the_database_s(database: Database) -> None:
    """Here of one that stands still, as no other does."""
    async with database.begin() as session:
        for step in STANDING_STILL:
            await session.execute(text(step))
        now = await leases.clock(session)

    assert now == NOON


@on_sqlite
async def test_the_clock_of_sqlite_is_the_machine_s_in_utc(database: Database) -> None:
    before = datetime.now(UTC)
    async with database.read() as session:
        now = await leases.clock(session)

    assert before <= now <= datetime.now(UTC)


async def test_parts_that_do_not_fit_are_asked_for_again_but_once(database: Database) -> None:
    render = await drawn(database, (0, 60), (60, 60))
    first = await surely_claimed(database, stages=["finishing"])
    async with database.begin() as session:
        asked = await segments.again(session, first)
    again = await seen(database, render)
    for _ in range(2):
        work = await surely_claimed(database)
        assert (work.stage, work.attempt, work.fence) == ("drawing", 1, 2)
        async with database.begin() as session:
            assert await segments.drawn(session, work, f"new-{work.number}")
    second = await surely_claimed(database, stages=["finishing"])
    async with database.begin() as session:
        late = await segments.again(session, first)
        asked_twice = await segments.again(session, second)
        kept = await segments.keys(session, render.id)

    assert (asked, late, asked_twice) == (True, False, False)
    assert (again.status, again.frames_done, again.redrawn) == ("drawing", 0, True)
    assert (await seen(database, render)).status == "finishing"
    assert kept == ["new-0", "new-1"]


async def test_parts_that_are_lost_are_asked_for_again_and_the_others_stay(
    database: Database,
) -> None:
    render = await drawn(database, (0, 60), (60, 40))
    work = await surely_claimed(database, stages=["finishing"])

    async with database.begin() as session:
        assert await segments.again(session, work, ["segment-1"])

    again = await seen(database, render)
    drawing = await surely_claimed(database)
    assert (again.status, again.frames_done) == ("drawing", 60)
    assert (drawing.stage, drawing.number, drawing.attempt) == ("drawing", 1, 1)
    assert await claimed(database) is None
