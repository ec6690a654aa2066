"""The operator's pages stay quick however much there is: no question reads a large table as a whole.

How quick they are with a million renders is measured by `python -m benchmarks.admin`.
"""

from datetime import UTC, datetime
from pathlib import Path

from databases import database_url

from benchmarks import admin, crowd, plans
from benchmarks.crowd import Crowd
from oriel.service import db, endings, expiry, leases

__all__ = ["database_url"]

NOW = datetime.now(UTC)
# What has few rows each, so that they may be sorted.
FEW = {"id=?", "user_id=?", "source=?", "family=?", "sent_at=?", "handled_at=?"}


async def test_no_page_of_the_operator_s_reads_a_large_table_as_a_whole(
    database_url: str, tmp_path: Path
) -> None:
    await admin.filled("a small shop", database_url, Crowd(60, 600, NOW))
    found: dict[str, set[str]] = {}

    async with admin.served(database_url, tmp_path) as (http, address, parts):
        for path in await admin.paths(parts.database):
            with plans.overheard(parts.database) as heard:
                await admin.asked_for(http, address + path)
            assert heard, path
            for asked in heard:
                lines = await plans.plan(parts.database, asked)
                if wrong := plans.whole_tables(lines) | (plans.sorted_by(lines) - FEW):
                    found[f"{path}: {asked.statement}"] = wrong

    assert found == {}


async def test_no_sweep_reads_a_large_table_as_a_whole(database_url: str) -> None:
    await crowd.seed(database_url, Crowd(60, 600, NOW))
    sweeps = (
        lambda session: expiry.expire(session, NOW),
        expiry.pieces,
        expiry.videos,
        expiry.songs,
        lambda session: endings.give_up(session, NOW),
        lambda session: leases.waiting(session, NOW),
    )
    found: dict[str, set[str]] = {}

    async with db.open_database(database_url) as database:
        with plans.overheard(database) as heard:
            for sweep in sweeps:
                async with database.begin() as session:
                    await sweep(session)
        for asked in heard:
            if whole := plans.whole_tables(await plans.plan(database, asked)):
                found[asked.statement] = whole

    assert len(heard) >= len(sweeps)
    assert found == {}


async def test_a_question_that_reads_a_large_table_as_a_whole_is_found_out(
    database_url: str,
) -> None:
    async with db.open_database(database_url) as database:
        asked = plans.Asked("SELECT * FROM users ORDER BY name", ())
        by_index = plans.Asked("SELECT * FROM users WHERE email = 'x'", ())

        whole = plans.whole_tables(await plans.plan(database, asked))
        part = plans.whole_tables(await plans.plan(database, by_index))

    assert (whole, part) == ({"users"}, set())
