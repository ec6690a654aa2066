"""Short forms of the two longest benchmarks: workers killed at half, and a service under harm."""

from dataclasses import replace
from pathlib import Path

import ordering
import pytest
from loops import apart, once
from sqlalchemy import update

from benchmarks import killed
from benchmarks.soak import harm, measure
from benchmarks.table import Goal, Row
from oriel.service import db, endings, schema
from oriel.service.models import Render

SECONDS = 20.0
NONE = Goal("≤", 0)


def broken(rows: list[Row]) -> list[Row]:
    """What should not have happened, and did."""
    return [row for row in rows if row.goal == NONE and not row.met]


def test_renders_outlive_their_workers_at_half_of_them() -> None:
    rows, found = apart(killed.rows, 4, workers=2, lease=3)

    assert broken(rows) == []
    assert (found["statuses"], found["published"]) == ({"done": 4}, 4)


def test_each_time_that_a_video_is_published_is_counted(tmp_path: Path) -> None:
    async def counts() -> list[int]:
        url = f"sqlite:///{tmp_path / 'oriel.db'}"
        await schema.upgrade(url)
        async with db.open_database(url) as database:
            await killed.watch(database)
            await ordering.drawn(database)
            work = await ordering.surely_claimed(database)
            late = replace(work, fence=work.fence - 1)
            result = {"size": 1, "seconds": 1.0, "now": ordering.NOON, "keep_days": 1}
            found = []
            for one, key in ((work, "first"), (late, "second")):
                async with database.begin() as session:
                    await endings.complete(session, one, keys=(key, None, None), **result)
                found.append((await killed.published(database)).total())
            async with database.begin() as session:
                await session.execute(update(Render).values(video_key="third"))
            return [*found, (await killed.published(database)).total()]

    assert once(counts()) == [1, 1, 2]


def test_a_service_under_harm_loses_nothing_and_does_nothing_twice() -> None:
    rows, found = apart(measure.rows, SECONDS / 60, seed=1, crowd=2, pause=3)

    assert broken(rows) == []
    assert found["met"]["renders"] > 0
    assert found["met"]["letters"] > 0
    assert len(found["harms"]) > 1
    assert found["away"] == [], "what was killed came back"
    assert set(found["harms"]) <= {one.name for one in harm.HARMS}
    assert_told(rows, "reads", found["read_ms"]["p99"])
    for name in ("web", "workers"):
        assert_told(rows, f"memory of the {name}", found["memory"][name]["growth"])
        assert found["memory"][name]["most_mb"] > 30, "Python alone has ten"
    assert found["read_ms"]["count"] > 20


def assert_told(rows: list[Row], what: str, number: float) -> None:
    """A figure is in the table, and judged there as the long soak's is, however short this one was."""
    [row] = [one for one in rows if one.what.startswith(what)]
    assert row.number == pytest.approx(number, abs=0.06)
    assert row.goal is not None
    assert row.met is (row.number <= row.goal.number)
