"""Short forms of the two longest benchmarks: workers killed at half, and a service under harm."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ordering
import pytest
from loops import apart, once
from sqlalchemy import update

from benchmarks import killed
from benchmarks.soak import harm, measure, memory
from benchmarks.soak.place import PARTS
from benchmarks.table import Row, broken
from oriel.service import db, endings, schema
from oriel.service.models import Render

LENGTHS = (20.0, 60.0, 120.0)  # seconds; a slow machine needs more until enough has happened


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
    for seconds in LENGTHS:
        rows, found = apart(measure.rows, seconds / 60, seed=3, crowd=2, pause=3, acts=3)

        assert [row for row in broken(rows) if not row.promise] == []
        assert found["away"] == [], "what was killed came back"
        if enough(found):
            break

    assert set(found["harms"]) <= {one.name for one in harm.HARMS}
    assert found["harms"]["worker killed"] > 0
    assert found["harms"]["PostgreSQL killed"] > 0
    met = found["met"]
    assert min(met["renders"], met["letters"], met["downloads"]) > 0
    assert met["granted"] + met["stopped"] + met["refunded"] > 1, "the administrator does something"
    assert found["read_ms"]["count"] > 20
    assert set(found["each_ms"]) == {*measure.PROMISED, "status", "events", "admin"}
    assert_told(rows, "reads", found["read_ms"]["p99"])
    for name in PARTS:
        memory = found["memory"][name]
        assert_told(rows, f"memory of {name}", memory["growth"])
        assert 0.5 < memory["growth"] < 1.5, "whatever leaks as much in seconds"
        assert 1 < memory["most_mb"] < 800


def enough(found: dict[str, Any]) -> bool:
    """Whether there is something to look at of each kind."""
    met, held = found["met"], found["memory"]
    return (
        {"worker killed", "PostgreSQL killed"} <= found["harms"].keys()
        and min(met["renders"], met["letters"], met["downloads"]) > 0
        and met["granted"] + met["stopped"] + met["refunded"] > 1
        and found["read_ms"]["count"] > 20
        and all(name in held and 0.5 < held[name]["growth"] < 1.5 for name in PARTS)
    )


def test_a_process_that_leaks_is_seen_beside_one_that_was_only_just_started() -> None:
    steady, started = [100.0] * 9, [20.0, 60.0, 90.0, *[100.0] * 6]
    leaking = [100.0 + 5 * look for look in range(9)]
    held = {("web", 1): steady, ("web", 2): started, ("worker-1", 3): leaking, ("Redis", 4): [9.0]}

    found = memory.grown(memory.Held(list, held))

    assert found["web"] == {"growth": 1.0, "most_mb": 100.0}
    assert found["worker-1"] == {"growth": pytest.approx(135 / 120, abs=0.001), "most_mb": 140.0}
    assert "Redis" not in found, "seen once, it says nothing of growth"


def assert_told(rows: list[Row], what: str, number: float) -> None:
    """A figure is in the table, as a promise: the long soak fails where it is not kept."""
    [row] = [one for one in rows if one.what.startswith(what)]
    assert row.number == pytest.approx(number, abs=0.06)
    assert row.promise
