"""The embedded default: a queue and a worker beside us, which are there again when killed."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp
import serving
from aiohttp import web
from apis import Client
from databases import on_sqlite
from ordering import an_order, balance
from postbox import Postbox
from serving import Served
from working import PATIENCE_SECONDS, SMALL, Works

from oriel.jobs import supervisor


@on_sqlite
async def test_queue_and_worker_that_are_killed_are_back_and_nothing_is_lost(
    workplace: Works, short_song: Path, postbox: Postbox
) -> None:
    environment = {**workplace.environment, **postbox.environment, "ORIEL_LEASE_SECONDS": "2"}
    serve = serving.served(cwd=workplace.folder, environment=environment, complete=True)
    with serve as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            somebody = await Client(server.url, http, web.Application()).registered()
            killed = await running(workplace, server, {})
            first = await workplace.order(short_song, an_order(sizes=SMALL, end=4.0))
            await workplace.until(first, "drawing")

            for process in killed.values():
                os.kill(process, signal.SIGKILL)
            second = await somebody.order(short_song.read_bytes(), size="160x90", end="2")
            back = await running(workplace, server, killed)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await queue_of(somebody) != "ok":
                    await asyncio.sleep(0.05)

            assert second.status == 202, second.body
            done = [await workplace.until_ended(one) for one in (first.id, second.json["id"])]
            told = [await postbox.told(workplace.database, render) for render in done]

    assert [render.status for render in done] == ["done", "done"]
    assert told == [["video_ready"]] * 2
    for render in done:
        assert await balance(workplace.database, render.user_id) == 4
    assert not any(Path(f"/proc/{process}").exists() for process in back.values())


async def test_where_a_queue_is_set_nothing_is_started(tmp_path: Path) -> None:
    from oriel.service.settings import Settings

    settings = Settings(data=tmp_path, redis_url="redis://elsewhere", secret_keys=("k" * 64,))

    async with supervisor.running(settings) as same:
        assert same is settings

    assert list(tmp_path.iterdir()) == []


async def running(workplace: Works, server: Served, killed: Mapping[str, int]) -> dict[str, int]:
    """The processes of a server's queue and worker, once both run that were not killed.

    The worker says that it is ready, which it is not before it has the queue.
    """
    log = workplace.folder / "serve.log"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = kept(server)
            anew = len(found) == 2 and not set(found.values()) & set(killed.values())
            if anew and f"-{found['worker']} is ready" in log.read_text():
                return found
            await asyncio.sleep(0.05)


def kept(server: Served) -> dict[str, int]:
    """Its child processes of the two kinds that are alive."""
    found = {}
    for listed in Path(f"/proc/{server.child.pid}/task").glob("*/children"):
        for process in listed.read_text().split():
            with suppress(OSError):
                words = Path(f"/proc/{process}/cmdline").read_bytes()
                if b"valkey-server" in words:
                    found["queue"] = int(process)
                elif words.endswith(b"\0worker\0"):
                    found["worker"] = int(process)
    return found


async def queue_of(somebody: Client) -> str:
    """How the queue is, which is asked for what waits there."""
    return str((await somebody.get("/status")).json["parts"]["queue"]["state"])
