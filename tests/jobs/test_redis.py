"""Renders are made whatever becomes of Redis: killed, stopped for longer than anybody waits, emptied.

It is Redis itself: `test_queue.py` asks Valkey too, which is made of it.
"""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import redises
from apis import Client, a_song, served, settings
from databases import Schemas, on_sqlite
from gates import Gates
from ordering import balance
from postbox import Postbox
from redis.asyncio import Redis
from working import PATIENCE_SECONDS, Works, works

from oriel.jobs import queue, valkey
from oriel.jobs.valkey import Valkey
from oriel.service import db

STOPPED_SECONDS = 20.0


@dataclass
class Shop:
    """A service with a Redis of its own, and somebody who orders there."""

    works: Works
    valkey: Valkey
    redis: Process
    program: Path | None
    client: Redis
    somebody: Client
    postbox: Postbox
    gates: Gates

    async def ordered(self, pitch: float) -> str:
        """The identifier of a new render."""
        answer = await self.somebody.order(a_song(1, pitch), size="160x90", fps="10")
        assert answer.status == 202, answer.body
        return str(answer.json["id"])

    async def made(self, render_id: str) -> None:
        """Wait until it is, and until that was told, once."""
        done = await self.works.until_ended(render_id)
        assert done.status == "done", done.log
        assert await self.postbox.told(self.works.database, done) == ["video_ready"]

    async def made_while_emptied(self, pitch: float) -> None:
        """A render is made although Redis forgets everything while it is drawn."""
        self.gates.shut("render")
        render_id = await self.ordered(pitch)
        await self.works.until(await self.works.found(render_id), "drawing")
        await self.client.flushall()
        assert (await self.works.found(render_id)).status == "drawing"
        self.gates.open("render")
        await self.made(render_id)

    async def made_without_redis(self, pitch: float, seconds: float) -> None:
        """A render is ordered and made while Redis is gone for so long, or until it is back."""
        self.redis.kill()
        await self.redis.wait()
        render_id = await self.ordered(pitch)
        await asyncio.sleep(seconds)
        self.redis = await valkey.start(self.valkey, self.program)
        await self.made(render_id)

    async def heard(self) -> bool:
        """Whether a worker asks Redis for messages, as arq does."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                asked = [one["cmd"] for one in await self.client.client_list()]
                if "zrangebyscore" in asked:
                    return True
                await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(works: Works, database_url: str, postbox: Postbox) -> AsyncIterator[Shop]:
    private, program = valkey.chosen(works.folder / "redis"), redises.program("redis")
    redis = await valkey.start(private, program)
    works.environment |= {**postbox.environment, "ORIEL_REDIS_URL": private.url}
    chosen = settings(database_url, works.folder / "data", redis_url=private.url)
    async with served(chosen) as stranger, Redis.from_url(private.url) as client:
        somebody = await stranger.registered()
        gates = Gates(works.folder / "gates")
        shop = Shop(works, private, redis, program, client, somebody, postbox, gates)
        yield shop
    shop.redis.terminate()
    await shop.redis.wait()


@on_sqlite
async def test_renders_go_on_while_redis_is_killed_stopped_and_emptied(
    workplace: Works, database_url: str, schemas: Schemas, postbox: Postbox
) -> None:
    another = schemas.sqlite()
    elsewhere = workplace.folder / "elsewhere"
    elsewhere.mkdir()

    async with (
        opened(workplace, database_url, postbox) as killed,
        db.open_database(another) as database,
    ):
        with works(elsewhere, database, another) as place:
            async with opened(place, another, postbox) as stopped:
                await asyncio.gather(emptied_and_killed(killed), stopped_for_long(stopped))


async def emptied_and_killed(shop: Shop) -> None:
    """Emptied, before any worker could hear what was asked and while it draws; then killed twice."""
    asked = await shop.ordered(100)
    assert await shop.client.zcard(queue.QUEUES[0]) == 1
    await shop.client.flushall()
    worker = shop.works.start("--slots", "1", within=shop.gates.within)
    await shop.made(asked)
    assert await shop.heard()

    await shop.made_while_emptied(150)
    await shop.made_without_redis(200, 8.0)
    await shop.made_without_redis(300, 0.5)

    assert await shop.heard()  # the worker has found Redis again
    assert await balance(shop.works.database, str(shop.somebody.user["id"])) == 1
    assert worker.poll() is None


async def stopped_for_long(shop: Shop) -> None:
    """Stopped, while connections to it stay open and nothing answers."""
    worker = shop.works.start("--slots", "1")
    assert await shop.heard()

    shop.redis.send_signal(signal.SIGSTOP)
    render_id = await shop.ordered(400)
    await asyncio.gather(shop.made(render_id), asyncio.sleep(STOPPED_SECONDS))
    shop.redis.send_signal(signal.SIGCONT)

    assert await shop.heard()
    assert await balance(shop.works.database, str(shop.somebody.user["id"])) == 4
    assert worker.poll() is None
