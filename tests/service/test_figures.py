"""Days and what happened on them: counted when asked, kept once over, and the same either way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import ordered
from people import somebody
from sqlalchemy import delete, select

from oriel.service import days, db, figures
from oriel.service.models import Figure, Payment, Render, Song

MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def a_day(database: db.Database, noon: datetime) -> str:
    """A day with an account, a render that was made, one that failed, and a sale taken back."""
    user = await somebody(database, created_at=noon)
    times = {"created_at": noon, "started_at": noon + timedelta(seconds=30)}
    times["finished_at"] = noon + timedelta(seconds=90)
    made = {"status": "done", "frames": 600, "seconds": 20.0, "bytes": 5000}
    await ordered.render(database, user, **times, **made)
    await ordered.render(database, user, **times, status="failed", error_code="bad_song")
    sold = {"tier": "premium", "amount_cents": 1999, "currency": "usd", "provider": "off"}
    async with database.begin() as session:
        session.add(Payment(user_id=user, paid_at=noon, refunded_at=noon, **sold))
    return user


async def read(database: db.Database, last: date = MONDAY) -> dict[str, Any]:
    async with database.read() as session:
        return {
            name: dict(found)
            for name, found in (await figures.read(session, MONDAY, last)).items()
            if name != "counted" and found
        }


async def test_what_happened_on_a_day_is_counted_by_what_it_was(database: db.Database) -> None:
    await a_day(database, NOON)

    found = await read(database)

    day = str(MONDAY)
    assert found["ended"] == {(day, "done"): (1, 0.0), (day, "failed"): (1, 0.0)}
    assert found["failed"] == {(day, "bad_song"): (1, 0.0)}
    assert found["frames"] == {(day, ""): (1, 600.0)}
    assert found["paid"] == found["refunded"] == {(day, "premium usd"): (1, 1999.0)}
    assert found["joined"] == {(day, ""): (1, 0.0)}
    assert [round(found[name][day, ""][1]) for name in ("drawing", "waiting")] == [60, 60]


async def test_a_day_that_is_over_is_counted_once_and_says_the_same(database: db.Database) -> None:
    await a_day(database, NOON)
    await a_day(database, NOON + timedelta(days=2))
    before = await read(database, MONDAY + timedelta(days=2))

    early = await figures.count_days(database, NOON + timedelta(hours=12, minutes=1))
    counted = await figures.count_days(database, NOON + timedelta(days=2))
    again = await figures.count_days(database, NOON + timedelta(days=2))

    assert (early, counted, again) == (0, 2, 0)
    assert await read(database, MONDAY + timedelta(days=2)) == before


async def test_what_was_counted_is_not_looked_at_again(database: db.Database) -> None:
    await a_day(database, NOON)
    await figures.count_days(database, NOON + timedelta(days=1))
    before = await read(database)
    async with database.begin() as session:
        await session.execute(delete(Render))

    assert await read(database) == before


async def test_the_edges_of_a_day_are_utc_s(database: db.Database) -> None:
    first = days.begin(MONDAY)
    for moment in (first - timedelta(microseconds=1), first, first + timedelta(hours=23.99)):
        await somebody(database, created_at=moment)

    found = await read(database)

    assert found["joined"] == {(str(MONDAY), ""): (2, 0.0)}


async def test_totals_are_of_all_days_and_of_today(database: db.Database) -> None:
    for day in range(3):
        await a_day(database, NOON + timedelta(days=day))
    now = NOON + timedelta(days=2, hours=1)
    await figures.count_days(database, now)

    async with database.read() as session:
        totals = await figures.totals(session, "ended", now)

    assert totals == {"done": (3, 0.0), "failed": (3, 0.0)}


async def test_the_longest_queue_of_a_day_and_what_was_stored_last_are_kept(
    database: db.Database,
) -> None:
    user = await a_day(database, NOON)
    waiting = [await ordered.render(database, user) for _ in range(3)]
    await figures.sample(database, NOON)
    async with database.begin() as session:
        await session.execute(delete(Render).where(Render.id.in_(waiting)))
        for song in await session.scalars(select(Song)):
            song.deleted_at = NOON
    await figures.sample(database, NOON + timedelta(hours=1))

    async with database.read() as session:
        rows = list(await session.scalars(select(Figure)))

    assert {(row.name, row.label): (row.count, row.amount) for row in rows} == {
        ("queue", ""): (3, 0.0),
        ("stored", "songs"): (0, 0.0),
        ("stored", "videos"): (0, 5000.0),
    }
