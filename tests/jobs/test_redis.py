"""Renders are made whatever becomes of Redis: killed, stopped for longer than anybody waits, emptied."""

import asyncio
import signal

from apis import a_song, served, settings
from databases import on_sqlite
from ordering import balance
from redis.asyncio import Redis
from working import Works

from oriel.jobs import valkey

STOPPED_SECONDS = 20.0


@on_sqlite
async def test_renders_go_on_while_redis_is_killed_stopped_and_emptied(
    workplace: Works, database_url: str
) -> None:
    private = valkey.chosen(workplace.folder / "redis")
    server = await valkey.start(private)
    workplace.environment["ORIEL_REDIS_URL"] = private.url
    worker = workplace.start("--slots", "1")
    chosen = settings(database_url, workplace.folder / "data", redis_url=private.url)
    statuses = []

    async with served(chosen) as stranger:
        somebody = await stranger.registered()

        async def made(pitch: float) -> None:
            """Ordered, and drawn to its end."""
            answer = await somebody.order(a_song(1, pitch), size="160x90", fps="10")
            assert answer.status == 202, answer.body
            statuses.append((await workplace.until_ended(answer.json["id"])).status)

        server.kill()
        await server.wait()
        await asyncio.gather(made(100), asyncio.sleep(8))
        server = await valkey.start(private)

        server.send_signal(signal.SIGSTOP)
        await asyncio.gather(made(200), asyncio.sleep(STOPPED_SECONDS))
        server.send_signal(signal.SIGCONT)

        server.kill()
        await server.wait()
        ordered = asyncio.create_task(made(300))
        await asyncio.sleep(0.5)
        server = await valkey.start(private)
        await ordered

        ordered = asyncio.create_task(made(400))
        client = Redis.from_url(private.url)
        await client.flushall()
        await ordered
        left = await balance(workplace.database, str(somebody.user["id"]))
        heard = await listeners(client)
        await client.aclose()

    assert statuses == ["done"] * 4
    assert left == 1
    assert worker.poll() is None
    assert heard  # the worker has found Redis again
    server.terminate()
    await server.wait()


async def listeners(client: Redis) -> bool:
    """Whether arq's workers ask Redis for messages."""
    async with asyncio.timeout(30):
        while True:
            asked = [one["cmd"] for one in await client.client_list()]
            if "zrangebyscore" in asked:
                return True
            await asyncio.sleep(0.05)
