"""Questions that are asked past SQLAlchemy's pool: the same rows, and connections that break off."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import ordered
import pytest
from databases import on_postgresql
from people import somebody
from postgres import Postgres, running
from sqlalchemy import Float, Numeric, String, bindparam, func, literal, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from oriel.service import profiles, sessions, snapshots
from oriel.service.connections import DatabaseGone
from oriel.service.db import Database, open_database
from oriel.service.models import Render, User

SLOW = select(func.pg_sleep(bindparam("seconds", type_=Float)).label("slept"))
SUM = func.sum(Render.bytes)
NUMBERS = (literal(1.5, Numeric), literal(2, Float), literal(None, Float), SUM)
WORD = select(bindparam("word", type_=String).label("word"))
PROCESS = select(func.pg_backend_pid().label("process"))


@pytest.fixture
def mortal() -> Iterator[Postgres]:
    """A server of this test's own, to be killed."""
    with running() as server:
        yield server


async def by_sqlalchemy(database: Database, asked: Any, **values: object) -> list[Any]:
    async with database.engine.connect() as connection:
        return [row._mapping for row in await connection.execute(asked, values)]


async def process(database: Database) -> int:
    """Which of the server's processes answered."""
    [(number,)] = await database.rows(PROCESS)
    return number


def asleep(database: Database, postgres: Postgres) -> list[str]:
    """Which of the server's processes answer a question that sleeps, of those of this database."""
    here = f"wait_event = 'PgSleep' AND datname = '{database.engine.url.database}'"
    return postgres.sql(f"SELECT pid FROM pg_stat_activity WHERE {here}").split()


async def words(database: Database, *said: str) -> list[str]:
    found = await asyncio.gather(*(database.rows(WORD, word=word) for word in said))
    return [row.word for rows in found for row in rows]


async def test_what_is_asked_all_the_time_finds_the_same_as_by_sqlalchemy(
    database: Database,
) -> None:
    now = datetime.now(UTC)
    user = await somebody(database, name="Ada")
    done = {"status": "done", "seconds": 2.5, "bytes": 10**10, "look": {"shape": ["cube", None]}}
    render = await ordered.render(database, user, finished_at=now, frames_per_second=3.0, **done)
    await ordered.render(database, user)

    for asked, values in (
        (snapshots._ONE, {"render_id": render}),
        (profiles._PROFILE, {"user_id": user, "now": now}),
        (sessions._SPEAKER, {"user_id": user, "family": "none"}),
        (select(User.__table__).where(User.id == bindparam("user_id")), {"user_id": user}),
        (select(Render.id, Render.look, Render.created_at).order_by(Render.id), {}),
        (select(Render.seconds, SUM.label("sum")).group_by(Render.seconds), {}),
        (select(*(number.label(f"n{at}") for at, number in enumerate(NUMBERS))), {}),
        (select(func.count(), func.count(), User.name + "x").group_by(User.name), {}),
        (select(User.id, Render.id).join(Render).order_by(Render.id), {}),
        (
            select(Render.id).where(Render.id.in_(bindparam("ids", expanding=True))),
            {"ids": [render]},
        ),
    ):
        found = await database.rows(asked, **values)
        assert [row._mapping for row in found] == await by_sqlalchemy(database, asked, **values)


async def test_a_row_has_names_as_one_of_sqlalchemy(database: Database) -> None:
    [row] = await database.rows(WORD, word="one")
    (word,) = row

    assert (word, row.word, row._mapping["word"]) == ("one", "one", "one")


@on_postgresql
async def test_a_question_without_all_of_its_values_is_not_asked(database: Database) -> None:
    with pytest.raises(KeyError, match="word"):
        await database.rows(WORD)

    assert await words(database, "asked") == ["asked"]


async def test_a_time_without_its_zone_is_refused_as_elsewhere(database: Database) -> None:
    since = select(User.id).where(User.created_at > bindparam("since"))

    with pytest.raises((ValueError, StatementError), match="has no time zone"):
        await database.rows(since, since=datetime(2026, 1, 2))


@on_postgresql
async def test_who_may_not_ask_for_so_long_keeps_the_connection(
    database: Database, postgres: Postgres
) -> None:
    """For longer than anything takes but a question that sleeps."""
    name = database.engine.url.database
    postgres.sql(f"ALTER DATABASE {name} SET statement_timeout = '3s'")

    async with open_database(str(database.engine.url), 2) as impatient:
        before = await process(impatient)
        with pytest.raises(Exception, match="canceling statement"):
            await impatient.rows(SLOW, seconds=30)
        assert await process(impatient) == before


@on_postgresql
async def test_a_question_that_the_server_refuses_costs_no_connection(database: Database) -> None:
    divided = literal(1) / bindparam("divisor", type_=User.second_factor_step.type)
    before = {await process(database) for _ in range(10)}

    for _ in range(10):
        with pytest.raises(Exception, match="division by zero"):
            await database.rows(select(divided.label("divided")), divisor=0)

    assert {await process(database) for _ in range(10)} == before


@on_postgresql
async def test_who_gives_up_leaves_no_answer_to_the_next_one(
    database: Database, postgres: Postgres
) -> None:
    for _ in range(5):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.rows(SLOW, seconds=30)

    async with asyncio.timeout(10):
        assert await words(database, *"abcdefghij") == list("abcdefghij")
        while asleep(database, postgres):
            await asyncio.sleep(0.02)  # nor does the server go on


@on_postgresql
async def test_those_who_wait_long_hold_up_no_transaction(database: Database) -> None:
    slow = [asyncio.create_task(database.rows(SLOW, seconds=30)) for _ in range(20)]
    await asyncio.sleep(0.2)

    async with asyncio.timeout(10):
        user = await somebody(database)
        assert await by_sqlalchemy(database, select(User.id)) == [{"id": user}]
    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


@on_postgresql
async def test_connections_that_the_server_ended_are_replaced(
    database: Database, postgres: Postgres
) -> None:
    await words(database, *"abc")

    postgres.sql(f"SELECT pg_terminate_backend({await process(database)})")
    assert database._asker is not None
    async with asyncio.timeout(30):
        while not any(one.driver.is_closed() for one in database._asker._idle):
            await asyncio.sleep(0.02)

    assert await words(database, *"abcdef") == list("abcdef")


@on_postgresql
async def test_a_connection_that_is_ended_while_it_asks_is_told_as_such(
    database: Database, postgres: Postgres
) -> None:
    asking = asyncio.create_task(database.rows(SLOW, seconds=30))
    async with asyncio.timeout(10):
        while not (sleeping := asleep(database, postgres)):
            await asyncio.sleep(0.02)

    for one in sleeping:
        postgres.sql(f"SELECT pg_terminate_backend({one})")

    with pytest.raises(DatabaseGone, match="was lost"):
        await asyncio.wait_for(asking, 10)
    assert await words(database, "again") == ["again"]


@on_postgresql
async def test_a_table_that_changes_meanwhile_is_asked_on(database: Database) -> None:
    asked = select(User.__table__.c.id, User.__table__.c.name)
    await somebody(database, name="Ada")
    before = await database.rows(asked)

    async with database.begin() as session:
        await session.execute(text("ALTER TABLE users ALTER COLUMN name TYPE text"))

    assert await database.rows(asked) == before


async def test_all_connections_are_given_back(mortal: Postgres) -> None:
    # Of ours: those that looked whether the server is there may not be gone yet, and have a name.
    ours = "backend_type = 'client backend' AND application_name = ''"
    count = f"SELECT count(*) FROM pg_stat_activity WHERE {ours}"
    before = int(mortal.sql(count))
    async with open_database(mortal.url()) as database:
        await database.fill()
        await words(database, *"abcdefghijklmnop")
        assert int(mortal.sql(count)) == before + 10

    async with asyncio.timeout(30):
        while int(mortal.sql(count)) != before:
            await asyncio.sleep(0.02)


async def test_where_nobody_may_connect_it_is_told_as_such() -> None:
    async with open_database("postgresql://nobody@127.0.0.1:1/none") as database:
        with pytest.raises(DatabaseGone, match="cannot be reached"):
            await database.rows(WORD, word="heard")


async def test_one_connection_alone_serves_both(mortal: Postgres) -> None:
    async with open_database(mortal.url(), 1) as database:
        assert await words(database, *"abc") == list("abc")
        with pytest.raises(DBAPIError):
            await by_sqlalchemy(database, text("SELECT 1 / 0"))
