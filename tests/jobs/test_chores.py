"""What is done again and again is done in its turn, and soon once more where it failed."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from oriel.jobs.chores import Chore, repeated
from oriel.service.payments import PaymentsFailed

NIGHT, DAYS = 86_400.0, 3


class Over(BaseException):
    """The time of the test is up."""


async def begun(every: float, outcomes: Iterator[Exception | None], until: float) -> list[float]:
    """When, by a clock of our own, a chore was begun that came out like this, and then well."""
    clock, moments = 0.0, []

    async def do() -> None:
        moments.append(clock)
        if (error := next(outcomes, None)) is not None:
            raise error

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds
        if clock > until:
            raise Over

    with pytest.raises(Over):
        await repeated(Chore(do, every), sleep)
    return moments


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


async def test_what_is_done_waits_for_its_turn_a_quarter_more_or_less() -> None:
    moments = await begun(NIGHT, iter([]), DAYS * NIGHT)

    assert len(moments) in (3, 4)
    assert gaps(moments) == pytest.approx([NIGHT] * len(gaps(moments)), rel=0.25)


@pytest.mark.parametrize("error", [PaymentsFailed("Stripe is away."), ValueError("a bug")])
async def test_what_failed_in_the_night_is_tried_again_within_minutes(error: Exception) -> None:
    outcomes = [error, error, error, None, error, None]

    moments = await begun(NIGHT, iter(outcomes), 2.6 * NIGHT)

    expected = [15, 30, 60, NIGHT, 15, NIGHT]
    assert gaps(moments)[:6] == pytest.approx(expected[: len(gaps(moments))], rel=0.25)
    assert len(moments) >= 6


async def test_what_fails_for_days_is_tried_each_hour() -> None:
    moments = await begun(NIGHT, iter([OSError("away")] * 1000), NIGHT)

    assert max(gaps(moments)) <= 3600 * 1.25
    assert min(gaps(moments)[-5:]) >= 3600 * 0.75


async def test_what_is_done_each_second_is_no_slower_for_failing() -> None:
    moments = await begun(2.0, iter([OSError("away")] * 1000), 60)

    assert max(gaps(moments)) <= 2.5
