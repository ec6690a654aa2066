"""Rate limits: in memory, shared over Valkey and over Redis, and while that is away."""

import asyncio
import socket
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import redises
from limits.aio.storage import memory
from loops import Loop
from redis.asyncio import Redis

from oriel.jobs import valkey
from oriel.service import limits
from oriel.service.errors import TooMany
from oriel.service.limits import RATES

MOMENT = 1_795_000_030.0  # of a clock that is held, between two full minutes
# By these one becomes somebody, or fills the storage.
STRICT = ("account", "code", "letter", "link", "login", "refresh", "register", "upload")


@pytest.fixture(autouse=True)
def _minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """One minute for all that is counted in memory: from each full one on, more is let in again."""
    monkeypatch.setattr(memory, "time", SimpleNamespace(time=lambda: MOMENT))


@pytest.fixture(params=redises.KINDS)
def redis(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    loop: Loop,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """A Redis that is waited for: who does without it counts for itself."""
    monkeypatch.setattr(limits, "_PATIENCE_SECONDS", 60.0)
    private, program = valkey.chosen(tmp_path), redises.program(request.param)
    server = loop.run(valkey.start(private, program))
    yield private.url
    server.terminate()
    loop.run(server.wait())


async def hits(counted: limits.Limits, rate: str, who: str, times: int) -> list[TooMany]:
    refused = []
    for _ in range(times):
        try:
            await counted.count(rate, who)
        except TooMany as error:
            refused.append(error)
    return refused


async def test_who_comes_too_often_is_told_when_to_come_back() -> None:
    async with limits.open_limits(None) as counted:
        refused = await hits(counted, "letter", "anna@example.com", RATES["letter"].minute + 2)

    assert len(refused) == 2
    assert 1 <= refused[0].retry_after <= 60
    assert refused[0].details == {"retry_after": refused[0].retry_after}


@pytest.mark.parametrize("strict", STRICT)
@pytest.mark.parametrize("other", sorted(RATES.keys() - STRICT))
def test_the_strictest_are_those_of_signing_in_and_of_songs(strict: str, other: str) -> None:
    assert RATES[strict].minute < RATES[other].minute
    assert RATES[strict].hour < RATES[other].hour


async def test_each_is_counted_alone() -> None:
    async with limits.open_limits(None) as counted:
        await hits(counted, "letter", "anna@example.com", 10)

        assert await hits(counted, "letter", "bert@example.com", 1) == []
        assert await hits(counted, "login", "anna@example.com", 1) == []


async def test_a_check_counts_nothing() -> None:
    async with limits.open_limits(None) as counted:
        for _ in range(20):
            await counted.check("account", "anna@example.com")
        await hits(counted, "account", "anna@example.com", RATES["account"].minute)

        with pytest.raises(TooMany):
            await counted.check("account", "anna@example.com")


async def test_where_many_are_allowed_none_more_are_let_in_and_none_fewer() -> None:
    most = RATES["read"].minute

    async with limits.open_limits(None) as counted:
        refused = await asyncio.gather(*(hits(counted, "read", "anna", 61) for _ in range(20)))

    assert sum(map(len, refused)) == 20 * 61 - most


async def test_who_is_allowed_many_asks_redis_once_for_several(redis: str) -> None:
    async with limits.open_limits(redis) as one, Redis.from_url(redis) as server:
        await hits(one, "read", "anna", 1)
        before = (await server.info("commandstats"))["cmdstat_evalsha"]["calls"]
        await hits(one, "read", "anna", RATES["read"].minute // 100 - 1)

        assert (await server.info("commandstats"))["cmdstat_evalsha"]["calls"] == before


async def test_who_is_refused_and_comes_again_at_once_costs_redis_nothing(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here for as long as it takes to come again."""
    monkeypatch.setattr(limits, "_REFUSED_SECONDS", 60.0)
    most = RATES["read"].minute

    async with limits.open_limits(redis) as one, Redis.from_url(redis) as server:
        first = await hits(one, "read", "anna", most + 1)
        before = (await server.info("commandstats"))["cmdstat_evalsha"]["calls"]
        again = await hits(one, "read", "anna", 50)
        other = await hits(one, "read", "bert", 1)
        asked = (await server.info("commandstats"))["cmdstat_evalsha"]["calls"] - before

    assert [one.retry_after for one in again] == [first[0].retry_after] * 50
    assert other == []
    assert asked == 2, "bert's alone: of his minute, and of his hour"


async def test_a_refusal_that_is_remembered_holds_on_to_nothing_of_what_was_refused() -> None:
    class Request:
        """Whose life is watched."""

    async def ask(counted: limits.Limits) -> weakref.ref[Request]:
        request = Request()
        with pytest.raises(TooMany):
            await counted.count("read", "anna")
        return weakref.ref(request)

    async with limits.open_limits(None) as counted:
        await hits(counted, "read", "anna", RATES["read"].minute)

        assert (await ask(counted))() is None


async def test_who_was_refused_is_let_in_soon_after_there_is_room(redis: str) -> None:
    async with limits.open_limits(redis) as one, Redis.from_url(redis) as server:
        await hits(one, "read", "anna", RATES["read"].minute)
        assert len(await hits(one, "read", "anna", 1)) == 1
        await server.flushall()
        await asyncio.sleep(1.1)

        assert await hits(one, "read", "anna", 1) == []


async def test_limits_can_be_made_more_generous_and_switched_off() -> None:
    async with limits.open_limits(None, 2.0) as counted:
        assert len(await hits(counted, "letter", "anna", 11)) == 1
    async with limits.open_limits(None, 0.0) as counted:
        assert await hits(counted, "letter", "anna", 50) == []


async def test_a_crowd_may_do_so_many_times_as_much() -> None:
    for rate in ("letter", "write", "read"):
        async with limits.open_limits(None) as counted:
            await counted.count(rate, "crowd", 3)
            refused = 0
            for _ in range(RATES[rate].minute * 3 + 1):
                try:
                    await counted.count(rate, "crowd", 3)
                except TooMany:
                    refused += 1

        assert refused == 2, rate


async def test_processes_that_share_redis_count_together(redis: str) -> None:
    async with limits.open_limits(redis) as one, limits.open_limits(redis) as two:
        refused = await asyncio.gather(hits(one, "login", "a", 40), hits(two, "login", "a", 40))

    assert sum(map(len, refused)) == 80 - RATES["login"].minute


async def test_processes_that_share_redis_let_in_no_more_than_one_would(redis: str) -> None:
    most = RATES["read"].minute

    async with limits.open_limits(redis) as one, limits.open_limits(redis) as two:
        refused = await asyncio.gather(
            *(hits(each, "read", "anna", 200) for each in (one, two) for _ in range(5))
        )

    assert sum(map(len, refused)) == 2000 - most


async def test_without_redis_each_process_counts_for_itself_and_answers_soon() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        async with limits.open_limits(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0") as counted:
            began = asyncio.get_running_loop().time()
            refused = await hits(counted, "letter", "anna", RATES["letter"].minute + 1)
            took = asyncio.get_running_loop().time() - began

    assert len(refused) == 1
    assert took < 4  # to ask each time would take six seconds


async def test_a_redis_that_hangs_holds_nobody_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        async with limits.open_limits(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") as counted:
            began = asyncio.get_running_loop().time()
            refused = await hits(counted, "letter", "anna", RATES["letter"].minute + 1)
            took = asyncio.get_running_loop().time() - began

    assert len(refused) == 1
    assert took < 4  # to ask each time would take six seconds
