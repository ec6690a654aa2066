"""Migrations: forward, back, twice at once, and equal to the models; on both databases."""

import asyncio

from sqlalchemy import inspect

from oriel.service import db, models, schema


async def tables(url: str) -> set[str]:
    database = db.open_database(url)
    async with database, database.read() as session:
        connection = await session.connection()
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    differences = await schema.differences(database_url)

    assert differences == []


async def test_migrations_go_back_to_nothing_and_forward_again(database_url: str) -> None:
    await schema.downgrade(database_url, "base")

    assert await tables(database_url) == {"alembic_version"}

    await schema.upgrade(database_url)

    assert await tables(database_url) == {"alembic_version", *models.Base.metadata.tables}
    assert await schema.differences(database_url) == []


async def test_two_upgrades_at_once_do_the_work_once(database_url: str) -> None:
    await schema.downgrade(database_url, "base")

    await asyncio.gather(*(schema.upgrade(database_url) for _ in range(4)))

    assert await schema.differences(database_url) == []


async def test_a_database_tells_its_revision(database: db.Database) -> None:
    assert await schema.revision(database) == schema.newest()
