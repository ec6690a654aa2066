"""A server that is asked to stop answers what it began, and lets its event streams go."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import serving
from aiohttp import web
from apis import Client, a_song

from oriel.web.runner import Runner

PATIENCE_SECONDS = 90


async def slowly(song: bytes, begun: asyncio.Event, rest: asyncio.Event) -> AsyncIterator[bytes]:
    """A half of the song, and when it is time the rest in ten pieces."""
    yield song[: len(song) // 2]
    begun.set()
    await rest.wait()
    size = len(song) // 20 + 1
    for first in range(len(song) // 2, len(song), size):
        yield song[first : first + size]
        await asyncio.sleep(0.1)


async def submitted(client: Client, begun: asyncio.Event, rest: asyncio.Event) -> int:
    form = aiohttp.FormData()
    form.add_field("song", slowly(a_song(20), begun, rest), filename="song.wav")
    return (await client.post("/api/jobs/submit", data=form())).status


async def followed(client: Client, render: str, opened: asyncio.Event) -> None:
    """Wait until the stream of a render's events is over."""
    signed = {"Authorization": f"Bearer {client.token}"}
    asked = client.http.get(f"{client.url}/api/jobs/{render}/events", headers=signed)
    async with asked as response:
        assert b"retry: 2000" in await response.content.readany()
        opened.set()
        while await response.content.readany():
            pass


async def test_an_upload_ends_though_the_server_was_asked_to_stop_and_streams_end_at_once(
    tmp_path: Path,
) -> None:
    home = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "ORIEL_REDIS_URL": "redis://127.0.0.1:1/0",  # no worker: the render stays queued
    }
    with serving.served(cwd=tmp_path, environment=home, complete=True) as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            somebody = await Client(server.url, http, web.Application()).registered()
            render = (await somebody.order(a_song(1))).json["id"]
            opened, begun, rest = asyncio.Event(), asyncio.Event(), asyncio.Event()
            following = asyncio.create_task(followed(somebody, render, opened))
            uploading = asyncio.create_task(submitted(somebody, begun, rest))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(opened.wait(), begun.wait())

            server.child.terminate()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await following  # though the upload goes on
            at = urlsplit(server.url)
            with pytest.raises(ConnectionError):
                await asyncio.open_connection(at.hostname, at.port)
            uploaded_meanwhile = uploading.done()
            rest.set()
            status = await uploading

        assert not uploaded_meanwhile
        assert status == 202
        assert await asyncio.to_thread(server.child.wait, PATIENCE_SECONDS) == 0


async def test_ctrl_c_lets_queue_and_worker_be_until_all_is_answered_and_the_second_ends_it_at_once(
    tmp_path: Path,
) -> None:
    """On a terminal, which sends it to all that was started there."""
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with serving.served("--grace", "60", cwd=tmp_path, environment=home, complete=True) as server:
        log, at = tmp_path / "serve.log", urlsplit(server.url)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "is ready" not in log.read_text():
                await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert b" 200 " in await reader.readline()  # the server has the connection
        writer.write(b"POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n1")

        os.killpg(server.child.pid, signal.SIGINT)
        await asyncio.sleep(1.5)  # as long as it took until they were missed, and started again
        still = server.child.poll() is None
        os.killpg(server.child.pid, signal.SIGINT)
        code = await asyncio.to_thread(server.child.wait, PATIENCE_SECONDS)
        writer.close()

    assert still
    assert code == 0
    assert "Asked again to stop" in log.read_text()
    assert "started again" not in log.read_text()


async def test_what_does_not_end_within_the_grace_is_cut_off() -> None:
    begun = asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        begun.set()
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", never)
    runner = Runner(app, grace=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n1")
    async with asyncio.timeout(30):
        await begun.wait()

        began = time.monotonic()
        await runner.cleanup()
        took = time.monotonic() - began
        answer = await reader.read()

    writer.close()
    assert took >= 0.2
    assert answer == b""


async def test_connections_that_only_wait_to_be_asked_keep_nobody_waiting() -> None:
    """As browsers hold them: one that was answered, and one that never asked."""
    runner = Runner(web.Application(), grace=120)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    opened = [await asyncio.open_connection(host, port) for _ in range(2)]
    reader, writer = opened[0]
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    async with asyncio.timeout(60):
        assert b"404" in await reader.readline()

        await runner.cleanup()

        for reader, writer in opened:
            await reader.read()
            writer.close()
