"""Two web processes behind nginx: one takes over from the other and back, and nobody who asks notices."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import buckets
import serving
from aiohttp import web
from apis import Client, a_song
from databases import Schemas
from loops import once
from proxies import ask
from test_proxy import nginx_before

from oriel.jobs import valkey


def test_web_processes_are_started_anew_in_turn_and_no_request_is_lost(
    schemas: Schemas, tmp_path: Path
) -> None:
    once(_started_anew_in_turn(schemas.sqlite(), tmp_path))


async def _started_anew_in_turn(database_url: str, folder: Path) -> None:
    environment = {
        "ORIEL_DATA": str(folder / "data"),
        "ORIEL_DATABASE_URL": database_url,
        "ORIEL_RATE_FACTOR": "0",
        "ORIEL_SECRET_KEYS": "a secret for tests that is long enough",
        "ORIEL_TRUSTED_PROXIES": "127.0.0.1",
    }
    async with queue(folder) as address, asyncio.timeout(200):
        environment["ORIEL_REDIS_URL"] = address
        first, second = (Process(folder / name, environment) for name in ("first", "second"))
        await asyncio.gather(first.start(), second.start())
        try:
            with nginx_before(second.url, folder, first=urlsplit(first.url).netloc) as proxied:
                await asyncio.to_thread(ask, f"{proxied}/health")
                async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
                    await _asked_meanwhile(Client(proxied, http, web.Application()), first, second)
        finally:
            await asyncio.gather(first.stop(), second.stop())


async def _asked_meanwhile(stranger: Client, first: "Process", second: "Process") -> None:
    somebody, singer = await stranger.registered(), await stranger.registered()
    render = (await somebody.order(a_song())).json["id"]
    song, asking, streams = Song(), Asking(somebody), asyncio.Queue[str]()

    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(followed(somebody, render, streams))
        tasks.create_task(asking.until_enough())
        sent = tasks.create_task(song.sent(singer))
        await song.half.wait()
        begun = await streams.get()
        await asking.a_whole_round()
        stopping = tasks.create_task(first.stop())
        after = await streams.get()  # it is taken up by the second one
        await asyncio.sleep(1)  # longer than who has no patience would wait
        song.rest.set()
        await stopping
        await asking.a_whole_round()
        log = first.log()
        await first.start()
        await second.stop()
        again = await streams.get()
        await asking.a_whole_round()
        await somebody.post(f"/api/jobs/{render}/cancel")
        await told
        asking.enough = True

    assert (sent.result(), log.count("202 POST /api/jobs/submit")) == (202, 2), "and not another's"
    assert set(asking.statuses) == {200}
    assert min(one.count("200 PUT /api/user/profile") for one in (log, second.log(), first.log()))
    assert (begun, after) == ("", again)
    assert again
    assert told.result() == ["queued", "cancelled"], "nothing twice"
    assert first.stored("versions/*.zip"), "nobody finds the page's files once it is gone"


class Process:
    """A web process that can be started anew at its port; its folder has its log."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        self._folder, self._environment = folder, environment
        self._port, self._running = buckets.free_port(), ExitStack()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Until it answers."""
        served = serving.served(
            *("--port", str(self._port)),
            cwd=self._folder,
            environment=self._environment,
            complete=True,
        )
        await asyncio.to_thread(self._running.enter_context, served)

    async def stop(self) -> None:
        """By SIGTERM, until it has ended."""
        await asyncio.to_thread(self._running.close)

    def stored(self, pattern: str) -> list[Path]:
        """What lies in the storage."""
        return list((Path(self._environment["ORIEL_DATA"]) / "storage").glob(pattern))

    def log(self) -> str:
        """What it has logged since it was started last."""
        return (self._folder / "serve.log").read_text("utf-8")


class Song:
    """One that comes in slowly: a half, and later the rest."""

    def __init__(self) -> None:
        self.half, self.rest = asyncio.Event(), asyncio.Event()

    async def sent(self, somebody: Client) -> int:
        """Order a video of it; the answer's status."""
        form = aiohttp.FormData()
        form.add_field("song", self._pieces(), filename="song.wav", content_type="audio/wav")
        return (await somebody.post("/api/jobs/submit", data=form())).status

    async def _pieces(self) -> AsyncIterator[bytes]:
        song = a_song(4)
        yield song[: len(song) // 2]
        self.half.set()
        await self.rest.wait()
        yield song[len(song) // 2 :]


class Asking:
    """One request after the other, of what is read and what is changed."""

    def __init__(self, somebody: Client) -> None:
        self._somebody, self._rounds = somebody, 0
        self.statuses: Counter[int] = Counter()
        self.enough = False

    async def until_enough(self) -> None:
        while not self.enough:
            answers = [
                await self._somebody.get("/"),
                await self._somebody.get("/api/user/profile"),
                await self._somebody.put("/api/user/profile", {"name": "Ada"}),
            ]
            self.statuses.update(one.status for one in answers)
            self._rounds += 1

    async def a_whole_round(self) -> None:
        """Until one that had not begun yet is over."""
        until = self._rounds + 2
        while self._rounds < until:
            await asyncio.sleep(0.01)


async def followed(somebody: Client, render: str, streams: asyncio.Queue[str]) -> list[str]:
    """Each status that is told of a render, by streams that are taken up again as browsers do.

    `streams` gets, for each, the last event that was had before.
    """
    path, told, last = f"{somebody.url}/api/jobs/{render}/events", [""], ""
    while told[-1] != "cancelled":
        headers = {"Authorization": f"Bearer {somebody.token}"}
        headers |= {"Last-Event-ID": last} if last else {}
        async with somebody.http.get(path, headers=headers) as stream:
            assert stream.status == 200
            await streams.put(last)
            async for line in stream.content:
                name, _, said = line.decode().partition(": ")
                last = said.strip() if name == "id" else last
                told += [json.loads(said)["status"]] if name == "data" else []
    return told[1:]


@asynccontextmanager
async def queue(folder: Path) -> AsyncIterator[str]:
    """The address of a queue that both share."""
    private = valkey.chosen(folder / "queue")
    server = await valkey.start(private)
    try:
        yield private.url
    finally:
        server.terminate()
        await server.wait()
