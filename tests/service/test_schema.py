"""Migrations: forward, back, twice at once, and equal to the models; on both databases."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import older
import pytest
import snippets
from databases import Schemas, on_postgresql
from people import somebody
from sqlalchemy import Connection, inspect, text

from oriel.errors import BadOption
from oriel.service import db, models, schema
from oriel.service.connections import DatabaseGone

Columns = dict[str, dict[str, Any]]
CHECKOUT = Path(__file__).parents[2]


async def tables(url: str) -> set[str]:
    database = db.open_database(url)
    async with database, database.read() as session:
        connection = await session.connection()
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    differences = await schema.differences(database_url)

    assert differences == []


async def test_alembic_itself_finds_no_step_missing(database_url: str) -> None:
    status, said = await ended(await begun(database_url, "alembic", "check"))

    assert (status, "No new upgrade operations detected" in said) == (0, True), said


async def test_alembic_writes_the_step_that_is_missing_as_the_docs_tell(
    schemas: Schemas, tmp_path: Path
) -> None:
    """In a copy without the newest step, whose database has not taken it."""
    [words] = snippets.within(CHECKOUT / "docs" / "settings.md", ".venv/bin/alembic ")
    shutil.copy(CHECKOUT / "alembic.ini", tmp_path)
    shutil.copytree(CHECKOUT / "migrations", tmp_path / "migrations")
    [newest] = (tmp_path / "migrations" / "versions").glob(f"{schema.newest()}_*.py")
    as_it_was = newest.read_text("utf-8")
    newest.unlink()
    url = schemas.sqlite()
    await schema.downgrade(url, "-1")

    status, said = await ended(await begun(url, "alembic", *words, folder=tmp_path))

    assert status == 0, said
    [written] = (tmp_path / "migrations" / "versions").glob("*_why.py")
    step = written.read_text("utf-8")
    assert step.startswith('"""why."""')
    for what in re.findall(r'op\.(?:create_table|add_column)\(\s*"(\w+)"', as_it_was):
        assert re.search(rf"op\.create_table\(['\"]{what}|batch_alter_table\(['\"]{what}", step)


async def test_migrations_go_back_to_nothing_and_forward_again(database_url: str) -> None:
    await schema.downgrade(database_url, "base")

    assert await tables(database_url) == {"alembic_version"}

    await schema.upgrade(database_url)

    assert await tables(database_url) == {"alembic_version", *models.Base.metadata.tables}
    assert await schema.differences(database_url) == []


async def test_going_back_an_address_stays_with_its_owner_and_no_account_is_lost(
    database_url: str,
) -> None:
    """The version before knows one account an address."""
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    async with db.open_database(database_url) as database:
        owner = await somebody(database, "a@example.com", verified_at=at, created_at=at)
        claims = [
            await somebody(database, email, created_at=at - timedelta(days=days))
            for email, days in (("a@example.com", 2), ("b@example.com", 1), ("b@example.com", 3))
        ]

        await schema.downgrade(database_url, "0011")
        asked = text("SELECT id, email, email_as_typed FROM users")
        async with database.read() as session:
            found = {row[0]: (row[1], row[2]) for row in await session.execute(asked)}
        await schema.upgrade(database_url)

    nobody = [f"{one.lower()}@claimed.invalid" for one in claims]
    assert found == {
        owner: ("a@example.com", "a@example.com"),
        claims[0]: (nobody[0], "a@example.com"),
        claims[1]: (nobody[1], "b@example.com"),
        claims[2]: ("b@example.com", "b@example.com"),
    }
    assert await schema.differences(database_url) == []


async def test_two_upgrades_at_once_do_the_work_once(database_url: str) -> None:
    await schema.downgrade(database_url, "base")

    await asyncio.gather(*(schema.upgrade(database_url) for _ in range(4)))

    assert await schema.differences(database_url) == []


@on_postgresql
async def test_processes_that_upgrade_at_once_wait_for_each_other(database_url: str) -> None:
    """As web processes and workers do that are started together."""
    await schema.downgrade(database_url, "base")

    async with db.open_database(database_url) as database, database.begin() as session:
        await session.execute(schema._TAKE_LOCK, {"lock": schema._LOCK})
        upgrades = [await begun(database_url, "oriel", "db", "upgrade") for _ in range(2)]
        await until_waiting(database, len(upgrades))
        assert await tables(database_url) == {"alembic_version"}

    assert [(await ended(one))[0] for one in upgrades] == [0, 0]
    assert await schema.differences(database_url) == []


async def begun(database_url: str, module: str, *words: str, folder: Path = CHECKOUT) -> Process:
    """A program of ours, or of Alembic's, as a process of its own on a database."""
    found = {"ORIEL_DATABASE_URL": database_url, "PYTHONPATH": str(CHECKOUT)}
    environment = {**os.environ, **found}
    command = [sys.executable, "-m", module, *words]
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT
    )


async def ended(process: Process) -> tuple[int | None, str]:
    """How a process ended, and all that it said."""
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def until_waiting(database: db.Database, processes: int) -> None:
    """Wait until so many stand before a lock of the kind that has a number."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with asyncio.timeout(60):
        while True:
            async with database.read() as session:
                if await session.scalar(waiting) == processes:
                    return
            await asyncio.sleep(0.05)


async def test_each_step_leaves_the_version_before_it_working(database_url: str) -> None:
    """So an upgrade needs no pause: old processes go on while new ones start."""
    await schema.downgrade(database_url, "0001")
    async with db.open_database(database_url) as database:
        before = await columns(database)
        while await schema.revision(database) != schema.newest():
            old = await older.version(database)
            await old.write(database, 1)
            written = await old.read(database, 1)

            await schema.upgrade(database_url, "+1")

            after = await columns(database)
            assert_still_served(before, after)
            before = after
            assert await old.read(database, 1) == written
            await assert_works(old, database)


async def assert_works(old: older.Version, database: db.Database) -> None:
    """What the version before asks is answered as it was, by the connections that it has open."""
    await old.change(database, 1)
    await old.write(database, 2)
    await old.write(database, 3, all_columns=False)
    assert (await old.read(database, 2)).keys() == (await old.read(database, 1)).keys()
    for number in (3, 2, 1):
        await old.take_away(database, number)


def assert_still_served(before: Columns, after: Columns) -> None:
    assert before.keys() <= after.keys()
    for table, old in before.items():
        new = after[table]
        assert old.keys() <= new.keys(), f"{table}: a column that is still read was taken away"
        for name in new.keys() - old.keys():
            optional = new[name]["nullable"] or new[name]["default"] is not None
            assert optional, f"{table}.{name}: the version before does not fill it in"
        for name in old:
            assert new[name]["nullable"] >= old[name]["nullable"], f"{table}.{name}"


async def columns(database: db.Database) -> Columns:
    """Each table's columns, as the database tells of them."""

    def told(connection: Connection) -> Columns:
        found = inspect(connection).get_multi_columns()
        return {table: {c["name"]: c for c in cs} for (_, table), cs in found.items()}

    async with database.read() as session:
        return await (await session.connection()).run_sync(told)


@pytest.mark.parametrize(("revision", "fits"), [("9999", True), ("0001", False), (None, False)])
async def test_a_database_of_a_newer_version_will_do_and_an_older_one_will_not(
    database_url: str, revision: str | None, fits: bool
) -> None:
    async with db.open_database(database_url) as database:
        async with database.begin() as session:
            await session.execute(text("DELETE FROM alembic_version"))
            if revision:
                wanted = text("INSERT INTO alembic_version VALUES (:one)")
                await session.execute(wanted, {"one": revision})

        assert await schema.fits(database) is fits


async def test_a_database_tells_its_revision(database: db.Database) -> None:
    assert await schema.revision(database) == schema.newest()


async def test_a_database_of_this_version_is_fine(database: db.Database) -> None:
    await schema.check(database)


async def test_a_database_of_another_version_is_told_as_such(database_url: str) -> None:
    async with db.open_database(database_url) as database:
        async with database.begin() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = 'later'"))

        with pytest.raises(BadOption, match="at revision later, of a newer version"):
            await schema.check(database)


async def test_a_database_that_a_newer_version_brought_further_stays_as_it_is(
    database_url: str,
) -> None:
    """So one goes back to the version before: it is started as ever, `oriel db upgrade` first."""
    async with db.open_database(database_url) as database:
        async with database.begin() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = 'later'"))

        found = await schema.upgrade(database_url)

        assert found == await schema.revision(database) == "later"
        with pytest.raises(schema.BadSchema, match="later"):
            await schema.upgrade(database_url, to="0001")


async def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/oriel.db"

    await schema.upgrade(url)

    assert await tables(url) >= {"users", "alembic_version"}


async def test_a_database_without_tables_is_told_as_such(tmp_path: Path) -> None:
    async with db.open_database(f"sqlite:///{tmp_path}/oriel.db") as database:
        with pytest.raises(BadOption, match="has no tables"):
            await schema.check(database)


async def test_a_database_that_nobody_serves_is_told_as_such() -> None:
    with pytest.raises(DatabaseGone):
        await schema.upgrade("postgresql://postgres@127.0.0.1:1/oriel")
