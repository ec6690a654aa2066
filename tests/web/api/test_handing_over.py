"""A server that stops, behind a proxy that sends it changes on connections that it keeps."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from loops import Loop

from oriel.web.runner import Runner

PROXIES = 16
PATIENCE_SECONDS = 60
ASKED = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\n1"
LAST = b"connection: close"


@dataclass
class Told:
    """How many requests were answered and how many were not, and the last answer of a connection."""

    answered: int = 0
    lost: int = 0
    last: bytes = b""


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


@asynccontextmanager
async def serving(grace: float = 120) -> AsyncIterator[Runner]:
    app = web.Application()
    app.router.add_post("/", answer)
    runner = Runner(app, grace=grace, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()


def asking(address: tuple[str, int], told: Told) -> None:
    """One change after the other on one connection, without a pause, until its end is told or comes."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as proxy:
        while LAST not in told.last:
            try:
                proxy.sendall(ASKED)
                told.last = proxy.recv(1000).lower()
            except ConnectionError:
                told.last = b""
            if not told.last:
                told.lost += 1
                break
            told.answered += 1


async def test_no_change_is_lost_that_is_sent_while_the_server_is_told_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Half a second is enough for what is on its way, but not where who sends it stands still.
    monkeypatch.setattr("oriel.web.runner._ON_ITS_WAY_SECONDS", 20)
    apart = Loop()  # as in a process of its own
    running = serving()
    runner = await asyncio.to_thread(apart.run, running.__aenter__())
    told = [Told() for _ in range(PROXIES)]
    with ThreadPoolExecutor(PROXIES) as threads:
        begun = [threads.submit(asking, runner.addresses[0][:2], one) for one in told]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while min(one.answered for one in told) < 2:
                    await asyncio.sleep(0.01)
        finally:
            await asyncio.to_thread(apart.run, running.__aexit__(None, None, None))

        for one in begun:
            one.result()
    await asyncio.to_thread(apart.close)

    assert sum(one.lost for one in told) == 0
    assert all(LAST in one.last for one in told), "nobody asks here again"


async def test_what_comes_on_a_kept_connection_a_moment_later_is_answered_and_the_rest_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oriel.web.runner._ON_ITS_WAY_SECONDS", 3)  # so that 0.2 s are sooner
    running = serving()
    runner = await running.__aenter__()
    host, port = runner.addresses[0][:2]
    (reader, writer), (idle, waiting) = [
        await asyncio.open_connection(host, port) for _ in range(2)
    ]
    writer.write(ASKED)
    before = (await reader.readuntil(b"\r\n\r\n1")).lower()

    stopping = asyncio.create_task(runner.cleanup())
    await asyncio.sleep(0.2)
    writer.write(ASKED)
    after = (await reader.read()).lower()

    async with asyncio.timeout(PATIENCE_SECONDS):  # half of the grace
        ended = await idle.read()
        await stopping
    writer.close()
    waiting.close()
    assert LAST not in before
    assert after.startswith(b"http/1.1 200")
    assert LAST in after
    assert ended == b""


async def test_a_connection_on_which_something_came_is_not_idle_though_nobody_has_read_it_yet() -> (
    None
):
    async with serving() as runner:
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(ASKED)
        await reader.readuntil(b"\r\n\r\n1")
        assert runner.server is not None
        [connection] = runner.server.connections

        before = connection.idle  # type: ignore[attr-defined] # it is the runner's own
        os.write(
            writer.get_extra_info("socket").fileno(), ASKED
        )  # and the loop has no turn in between
        last = time.monotonic() + PATIENCE_SECONDS
        while after := connection.idle:  # type: ignore[attr-defined]
            assert time.monotonic() < last, "the kernel brings it"

        answered = await reader.readuntil(b"\r\n\r\n1")
        writer.close()
    assert (before, after) == (True, False)
    assert answered


async def test_with_nobody_connected_a_server_stops_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oriel.web.runner._ON_ITS_WAY_SECONDS", PATIENCE_SECONDS)

    async with serving():
        began = time.monotonic()

    assert time.monotonic() - began < PATIENCE_SECONDS / 2, "it waits for what may be on its way"
