"""The embedded default: a queue and a worker beside us, which are there again when killed."""

import asyncio
from pathlib import Path

import pytest
from databases import on_sqlite
from ordering import an_order, balance
from postbox import Postbox
from redis.asyncio import Redis
from working import SMALL, Works

from oriel.jobs import queue, supervisor
from oriel.jobs.supervisor import Kept


@on_sqlite
async def test_queue_and_worker_that_are_killed_are_back_and_nothing_is_lost(
    workplace: Works, short_song: Path, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workplace.environment |= postbox.environment
    for name, value in workplace.environment.items():
        monkeypatch.setenv(name, value)
    started: list[Kept] = []
    remember(monkeypatch, started)

    async with supervisor.running(workplace.settings) as settings:
        assert settings.redis_url is not None
        first = await workplace.order(short_song, an_order(sizes=SMALL, end=4.0))
        await workplace.until(first, "drawing")
        for kept in started:
            kept.process.kill()
        second = await workplace.order(short_song, an_order(sizes=SMALL, end=2.0))
        await back(started)
        async with queue.opened(settings.redis_url) as asked:
            await asked.look_at(second.id, 0)
        emptied = Redis.from_url(settings.redis_url)
        await emptied.flushall()
        await emptied.aclose()

        done = [await workplace.until(render, "done", "failed") for render in (first, second)]
        told = [await postbox.told(workplace.database, render) for render in done]

    assert [render.status for render in done] == ["done", "done"]
    assert told == [["video_ready"]] * 2
    for render in done:
        assert await balance(workplace.database, render.user_id) == 4
    assert all(kept.process is None or kept.process.returncode is not None for kept in started)


async def test_where_a_queue_is_set_nothing_is_started(tmp_path: Path) -> None:
    from oriel.service.settings import Settings

    settings = Settings(data=tmp_path, redis_url="redis://elsewhere", secret_keys=("k" * 64,))

    async with supervisor.running(settings) as same:
        assert same is settings

    assert list(tmp_path.iterdir()) == []


async def back(started: list[Kept]) -> None:
    """Both run again within seconds."""
    async with asyncio.timeout(5):
        while not all(kept.process and kept.process.returncode is None for kept in started):
            await asyncio.sleep(0.05)


def remember(monkeypatch: pytest.MonkeyPatch, started: list[Kept]) -> None:
    """Have the processes that are kept, to kill them."""
    start = Kept.start

    async def remembered(kept: Kept) -> None:
        started.append(kept)
        await start(kept)

    monkeypatch.setattr(Kept, "start", remembered)
