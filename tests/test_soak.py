"""Short forms of the two longest benchmarks: workers killed at half, and a service under harm."""

from loops import apart

from benchmarks import killed
from benchmarks.soak import measure
from benchmarks.table import Goal, Row

SECONDS = 20.0
NONE = Goal("≤", 0)


def broken(rows: list[Row]) -> list[Row]:
    """What should not have happened, and did."""
    return [row for row in rows if row.goal == NONE and not row.met]


def test_renders_outlive_their_workers_at_half_of_them() -> None:
    rows, found = apart(killed.rows, 4, workers=2, lease=3)

    assert broken(rows) == []
    assert found["statuses"] == {"done": 4}


def test_a_service_under_harm_loses_nothing_and_does_nothing_twice() -> None:
    rows, found = apart(measure.rows, SECONDS / 60, seed=1, crowd=2, pause=3)

    assert broken(rows) == []
    assert found["met"]["renders"] > 0
    assert found["met"]["letters"] > 0
    assert len(found["harms"]) > 1
