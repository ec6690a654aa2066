"""Migrations: forward, back, twice at once, and equal to the models; on both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

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


async def test_a_database_of_this_version_is_fine(database: db.Database) -> None:
    await schema.check(database)


async def test_a_database_of_another_version_is_told_as_such(database_url: str) -> None:
    async with db.open_database(database_url) as database:
        async with database.begin() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = 'later'"))

        with pytest.raises(schema.BadSchema, match="is at revision later"):
            await schema.check(database)
        with pytest.raises(schema.BadSchema, match="later"):
            await schema.upgrade(database_url)


async def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/oriel.db"

    await schema.upgrade(url)

    assert await tables(url) >= {"users", "alembic_version"}


async def test_a_database_without_tables_is_told_as_such(tmp_path: Path) -> None:
    async with db.open_database(f"sqlite:///{tmp_path}/oriel.db") as database:
        with pytest.raises(schema.BadSchema, match="has no tables"):
            await schema.check(database)


async def test_a_database_that_nobody_serves_is_told_as_such() -> None:
    with pytest.raises(db.DatabaseGone):
        await schema.upgrade("postgresql://postgres@127.0.0.1:1/oriel")
