"""Who follows a render hears of every change, from whichever process, however Redis does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from databases import on_sqlite
from ordering import later, one, seen, surely_claimed
from redis.asyncio import Redis

from oriel.jobs import valkey
from oriel.service import events, renders, segments
from oriel.service.db import Database
from oriel.service.models import Render


async def listened_to(url: str, many: int) -> None:
    """Wait until so many listen at a Redis: what is told before, nobody hears."""
    async with Redis.from_url(url) as client, asyncio.timeout(30):
        while sum(one["psub"] != "0" for one in await client.client_list()) < many:
            await asyncio.sleep(0.02)


async def following(news: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        return await anext(news)


async def cancelled(database: Database, render: Render) -> None:
    async with database.begin() as session:
        await renders.cancel(session, await renders.find(session, render.id), later(1))


@on_sqlite
async def test_news_of_another_process_comes_through_redis(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    redis_program: Path | None,
) -> None:
    monkeypatch.setattr(events, "_ASK_SECONDS", 3600)  # nothing is found in the database
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)
    render = await one(database)

    async with (
        events.opened(database, private.url) as web,
        events.opened(database, private.url) as worker,
    ):
        await listened_to(private.url, 2)
        news = web.subscribe(render.id)
        first = await following(news)
        work = await surely_claimed(database)
        async with database.begin() as session:
            await segments.lay(session, work, [(0, 60)])
        await worker.changed(render.id)
        second = await following(news)
        await cancelled(database, render)
        await worker.changed(render.id)
        rest = [snapshot async for snapshot in news]

    assert (first["status"], second["status"]) == ("queued", "drawing")
    assert first["version"] < second["version"]
    assert rest[-1]["status"] == "cancelled"
    server.terminate()
    await server.wait()


@on_sqlite
async def test_news_that_is_lost_is_found_in_the_database(database: Database) -> None:
    render = await one(database)

    async with events.opened(database, None) as web:
        news = web.subscribe(render.id)
        await following(news)
        await cancelled(database, render)
        last = await following(news)

    assert last["status"] == "cancelled"


@on_sqlite
async def test_who_comes_back_hears_only_what_is_new(database: Database) -> None:
    render = await one(database)
    await surely_claimed(database)
    version = (await seen(database, render)).version

    async with events.opened(database, None) as web:
        news = web.subscribe(render.id, after_version=version)
        waiting = asyncio.create_task(following(news))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await cancelled(database, render)
        await web.changed(render.id)
        assert (await waiting)["version"] > version
        ended = [snapshot async for snapshot in web.subscribe(render.id, after_version=10**6)]

    assert ended == []


@on_sqlite
async def test_a_redis_that_is_gone_delays_nobody(database: Database) -> None:
    render = await one(database)

    async with events.opened(database, "redis://127.0.0.1:1") as web:
        news = web.subscribe(render.id)
        await following(news)
        async with asyncio.timeout(3):
            await cancelled(database, render)
            await web.changed(render.id)
            assert (await following(news))["status"] == "cancelled"
