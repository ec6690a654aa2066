"""Transactions on both databases: kept or undone, one writer at a time, and a server that dies."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest
from people import somebody
from postgres import Postgres, running
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from oriel.service import db, schema
from oriel.service.connections import DatabaseGone
from oriel.service.models import Credit, User


@pytest.fixture
def mortal() -> Iterator[Postgres]:
    """A server of this test's own, to be killed."""
    with running() as server:
        yield server


async def count(database: db.Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count(User.id))) or 0


async def test_what_ends_well_is_kept_and_what_fails_is_undone(database: db.Database) -> None:
    await somebody(database)

    async def fail() -> None:
        async with database.begin() as session:
            session.add(User(email="a@b.c", email_as_typed="a@b.c", password_hash=""))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await count(database) == 1


async def test_a_row_is_inserted_once_and_the_transaction_goes_on(database: db.Database) -> None:
    user = await somebody(database)
    row = {"user_id": user, "tier": "free", "amount": 1, "kind": "admin", "source": "one"}

    async with database.begin() as session:
        done = [await db.insert_once(session, Credit, **row) for _ in range(3)]
        done.append(await db.insert_once(session, Credit, **{**row, "source": "two"}))

    assert done == [True, False, False, True]


async def test_a_row_that_names_nobody_is_refused(database: db.Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            session.add(Credit(user_id="nobody", tier="free", amount=1, kind="admin", source="x"))


async def test_many_writers_at_once_lose_no_update(database: db.Database) -> None:
    user = await somebody(database, name="")

    async def add() -> None:
        async with database.begin() as session:
            await session.execute(update(User).where(User.id == user).values(name=User.name + "x"))

    await asyncio.gather(*(add() for _ in range(60)))

    async with database.read() as session:
        assert (await session.get_one(User, user)).name == "x" * 60


async def test_writers_of_two_processes_wait_for_each_other(database_url: str) -> None:
    """Two open databases stand for them: each has its own connections."""
    async with db.open_database(database_url) as one, db.open_database(database_url) as two:
        user = await somebody(one, name="")

        async def add(database: db.Database) -> None:
            async with database.begin() as session:
                person = await session.get_one(User, user, with_for_update=True)
                await asyncio.sleep(0.002)
                person.name += "x"

        await asyncio.gather(*(add(database) for database in (one, two) * 12))

        async with one.read() as session:
            assert (await session.get_one(User, user)).name == "x" * 24


async def test_a_reader_waits_for_no_writer(database: db.Database) -> None:
    async with database.begin() as session:
        session.add(User(email="a@b.c", email_as_typed="a@b.c", password_hash=""))
        await session.flush()

        seen = await asyncio.wait_for(count(database), timeout=20)

    assert seen == 0
    assert await count(database) == 1


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("sqlite:////tmp/oriel.db", "sqlite+aiosqlite:////tmp/oriel.db"),
        ("postgresql://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d"),
        ("postgres://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
    ],
)
def test_a_url_gets_our_driver(url: str, opened: str) -> None:
    database = db.open_database(url)

    assert database.engine.url.render_as_string(hide_password=False) == opened


async def test_one_question_finds_what_is_committed_and_waits_for_no_writer(
    database: db.Database,
) -> None:
    user_id = await somebody(database)
    asked = select(User.id, User.active).where(User.id == bindparam("user_id"))

    async with database.begin() as session:
        await session.execute(update(User).where(User.id == user_id).values(active=False))
        within = await asyncio.wait_for(database.rows(asked, user_id=user_id), timeout=20)
    after = await asyncio.gather(*(database.rows(asked, user_id=user_id) for _ in range(30)))

    assert [tuple(row) for row in within] == [(user_id, True)]
    assert {tuple(row) for rows in after for row in rows} == {(user_id, False)}


async def test_connections_are_opened_ahead_as_far_as_the_server_gives_them(
    mortal: Postgres,
) -> None:
    for name, allowed, expected in (("many", -1, 10), ("few", 3, 3)):
        mortal.sql(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT {allowed}")
        url = mortal.url().replace("postgres@", f"{name}@")
        async with db.open_database(url) as database:
            await database.fill()

            mine = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{name}'"
            assert int(mortal.sql(mine)) == expected
            assert (await database.rows(select(func.count()))) == [(1,)]


async def test_a_server_that_is_away_is_told_as_such(mortal: Postgres) -> None:
    async with db.open_database(mortal.url()) as database:
        await schema.upgrade(mortal.url())
        assert await count(database) == 0
        assert await database.rows(select(User.id)) == []
        mortal.kill()

        with pytest.raises(DatabaseGone):
            await count(database)
        with pytest.raises(DatabaseGone):
            await database.rows(select(User.id))
        with pytest.raises(DatabaseGone):
            await somebody(database)

        await asyncio.to_thread(mortal.start)
        assert await count(database) == 0  # though its old connections are dead
        assert await database.rows(select(User.id)) == []


async def test_what_was_acknowledged_outlives_a_killed_server(mortal: Postgres) -> None:
    await schema.upgrade(mortal.url())
    acknowledged: set[str] = set()
    failed = 0
    async with db.open_database(mortal.url()) as database:

        async def write_on_and_on() -> None:
            nonlocal failed
            while True:
                try:
                    acknowledged.add(await somebody(database))
                except DatabaseGone:
                    failed += 1
                    await asyncio.sleep(0.02)

        async def grown(number: Callable[[], int], more: int) -> None:
            before = number()
            async with asyncio.timeout(60):
                while number() < before + more:
                    await asyncio.sleep(0.02)

        writers = [asyncio.create_task(write_on_and_on()) for _ in range(8)]
        for end in (mortal.kill, mortal.stop, mortal.kill):
            await grown(lambda: len(acknowledged), 20)
            await asyncio.to_thread(end)
            await grown(lambda: failed, 1)
            await asyncio.to_thread(mortal.start)
        await grown(lambda: len(acknowledged), 20)
        for writer in writers:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        async with database.read() as session:
            kept = set(await session.scalars(select(User.id)))

    assert acknowledged <= kept


def test_a_database_is_named_as_it_was_written_but_for_its_password() -> None:
    written = (
        "postgresql://oriel:secret@/oriel?host=/var/run/postgresql"  # pragma: allowlist secret
    )

    assert db.named(written) == written.replace("secret", "***")
