"""A message wakes a worker; a queue that is gone, late or emptied costs time and nothing else.

Over Valkey, and over Redis.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis

from oriel.jobs import queue, valkey
from oriel.jobs.valkey import Valkey


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[asyncio.Queue[str]]:
    """What is heard in both queues, while the block runs."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(queue.listen(url, heard.put))
    try:
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def soon(heard: asyncio.Queue[str], seconds: float = 30) -> str:
    async with asyncio.timeout(seconds):
        return await heard.get()


async def test_both_queues_are_heard_and_a_second_message_is_none(
    tmp_path: Path, redis_program: Path | None
) -> None:
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)

    async with queue.opened(private.url) as asked:
        for render_id, priority in (("free", 0), ("paid", 1), ("free", 0)):
            assert await asked.look_at(render_id, priority)
        assert sum((await asked.lengths()).values()) == 2
        async with listening(private.url) as heard:
            assert {await soon(heard), await soon(heard)} == {"free", "paid"}
            # The same render may be asked for again, once somebody has looked.
            async with asyncio.timeout(30):
                while any((await asked.lengths()).values()):
                    await asyncio.sleep(0.02)
            assert await asked.look_at("free", 0)
            assert await soon(heard) == "free"

    await ended(server)


async def test_a_queue_that_is_killed_and_comes_back_is_heard_again_with_all_it_had(
    tmp_path: Path, redis_program: Path | None
) -> None:
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)

    async with queue.opened(private.url, patient=False) as asked:
        assert await asked.look_at("before", 0)
        await asyncio.sleep(1.2)  # what was said in its last second may be lost
        async with listening(private.url) as heard:
            assert await soon(heard) == "before"
            server.kill()
            await server.wait()
            assert not await asked.look_at("meanwhile", 0)
            server = await valkey.start(private, redis_program)
            assert await asked.look_at("after", 1)
            assert await soon(heard) == "after"

    await ended(server)


async def test_what_a_dead_worker_left_in_progress_is_heard_at_once_when_asked_again(
    tmp_path: Path, redis_program: Path | None
) -> None:
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)
    await pretended(private, "arq:in-progress:look:lost")

    async with queue.opened(private.url) as asked, listening(private.url) as heard:
        assert await asked.ask_again("lost", 0)
        assert await soon(heard) == "lost"

    await ended(server)


async def test_who_hears_no_more_leaves_no_connection_behind(
    tmp_path: Path, redis_program: Path | None
) -> None:
    """Not even where the queue has not yet been told that a look is done."""
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)
    stands_still = asyncio.Event()

    async def look(render_id: str) -> None:
        server.send_signal(signal.SIGSTOP)
        stands_still.set()

    async with queue.opened(private.url) as asked:
        assert await asked.look_at("a", 0)
    task = asyncio.create_task(queue.listen(private.url, look))
    await stands_still.wait()
    await asyncio.sleep(0.1)  # it is being told
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    server.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.5)  # as much as one that is left behind needs

    async with Redis.from_url(private.url) as client:
        assert len(await client.client_list()) == 1
    await ended(server)


async def test_a_queue_that_stands_still_keeps_nobody_waiting(
    tmp_path: Path, redis_program: Path | None
) -> None:
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)

    async with queue.opened(private.url, patient=False) as asked:
        assert await asked.look_at("before", 0)
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert not await asked.look_at("meanwhile", 0)
        waited = time.monotonic() - began
        server.send_signal(signal.SIGCONT)
        assert await asked.look_at("after", 0)

    assert waited < 5  # who does not give up waits for ever
    await ended(server)


async def test_nobody_without_the_password_gets_in(
    tmp_path: Path, redis_program: Path | None
) -> None:
    private = valkey.chosen(tmp_path)
    server = await valkey.start(private, redis_program)

    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", private.port)
        writer.write(b"KEYS *\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert answer.startswith(b"-NOAUTH")
    assert not any(private.password.encode() in path.read_bytes() for path in files(tmp_path))
    await ended(server)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def pretended(private: Valkey, key: str) -> None:
    """A key that arq leaves behind when its worker is killed."""
    client = Redis.from_url(private.url)
    await client.set(key, b"1", ex=600)
    await client.aclose()


async def ended(server: asyncio.subprocess.Process) -> None:
    server.terminate()
    await server.wait()
