"""A whole service without its web part: a database, a storage, a queue, and workers as processes."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import ordering
from sqlalchemy import select

import oriel
from oriel.jobs import sweep, video, workshop
from oriel.jobs.inputs import Inputs
from oriel.jobs.worker import Worker
from oriel.jobs.workshop import Job
from oriel.service import clock, leases, storage
from oriel.service.db import Database
from oriel.service.expiry import ENDED
from oriel.service.models import Render, Segment, Song, User
from oriel.service.orders import Order
from oriel.service.settings import Settings

PATIENCE_SECONDS = 180.0  # librosa may have to be compiled first, beside all else that is tested
SMALL = ((160, 90),)  # sizes of an order that is soon drawn


@dataclass
class Works:
    """Starts workers on one database and storage; `environment` is what they all get.

    Unless it says so, their leases are those of who chooses none: where those are shorter than a busy
    machine's pauses, work is begun twice.
    """

    folder: Path
    database: Database
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """What the workers read."""
        return Settings.read(self.environment)

    @property
    def storage(self) -> storage.Storage:
        """Where songs and videos lie."""
        return storage.of(self.settings)

    def start(self, *words: str, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """One more worker, started by the words `within`; what it logs is in worker-N.log."""
        number = len(self.workers)
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            worker = subprocess.Popen(
                [*within, sys.executable, "-m", "oriel", "worker", *words],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    @asynccontextmanager
    async def at_work(
        self, gpu: int | None = None, slots: int = 1, oriel: tuple[str, ...] = ()
    ) -> AsyncIterator[None]:
        """A worker in this process, with what runs beside one, until the block ends.

        Its children run `oriel` where it is given, in place of Oriel.
        """
        async with workshop.opened(self.settings, gpu) as shop:
            if oriel:
                shop = replace(shop, sandbox=replace(shop.sandbox, oriel=oriel))
            worker = Worker(shop, slots)
            beside = [asyncio.create_task(one) for one in (worker.keep(), sweep.run(shop))]
            working = asyncio.create_task(worker.work())
            try:
                yield
            finally:
                worker.stop.asked.set()
                await working
                await worker.end(grace=0)
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    async def ready(self) -> None:
        """Wait until each worker that was started looks for work."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.logs().count(" is ready") < len(self.workers):
                await asyncio.sleep(0.05)

    async def said(self, words: str) -> None:
        """Wait until one of the workers has logged this."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in self.logs():
                await asyncio.sleep(0.02)

    def drew(self, number: int) -> set[str]:
        """The segments that a worker has drawn, as it logged."""
        log = (self.folder / f"worker-{number}.log").read_text()
        return set(re.findall(r"drawing (\w+)-\d+ in ", log))

    def logs(self) -> str:
        """Everything that the workers logged."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    async def song(self, user: User, path: Path) -> Song:
        """A song of this user, in the storage."""
        sha256 = os.urandom(32).hex()
        song = await ordering.a_song(self.database, user, sha256, now=clock.now())
        await self.storage.put(song.key, path, "audio/wav")
        return song

    async def order(self, path: Path, order: Order, user: User | None = None) -> Render:
        """A render of a song's file, by a new user unless one is named."""
        user = user or await ordering.somebody(self.database)
        song = await self.song(user, path)
        made = await ordering.submitted(self.database, user, song, order, now=clock.now())
        return made.renders[0]

    async def until(
        self, render: Render, *statuses: str, seconds: float = PATIENCE_SECONDS
    ) -> Render:
        """The render, once it has one of these; fails with the workers' logs."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    found = await ordering.seen(self.database, render)
                    if found.status in statuses:
                        return found
                    await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                print(f"{render.id} is {found.status}\n{self.logs()}\n{found.log}")
                raise

    async def until_ended(self, render_id: str) -> Render:
        """The render, once nothing more is done for it."""
        return await self.until(await self.found(render_id), *ENDED)

    async def found(self, render_id: str) -> Render:
        """The render as it is now."""
        async with self.database.read() as session:
            return await session.get_one(Render, render_id)

    async def until_held(self, render: Render) -> None:
        """Wait until a worker has the render, or one of its segments."""
        busy = select(Segment.id).where(Segment.worker.is_not(None)).limit(1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await ordering.seen(self.database, render)).worker:
                async with self.database.read() as session:
                    if await session.scalar(busy):
                        return
                await asyncio.sleep(0.02)

    def draws(self) -> bool:
        """Whether a child of one of the workers draws."""
        return bool(self.children("render"))

    def children(self, command: str) -> set[bytes]:
        """What the workers' children that run such a command were given."""
        return set(self.processes(command).values())

    def processes(self, command: str, begins: bytes = b"") -> dict[int, bytes]:
        """The same by process, of those whose words begin so: bubblewrap around them has them too."""
        scratch, name = str(self.folder / "data" / "scratch").encode(), f"\0{command}\0".encode()
        found = {}
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = place.read_bytes()
                if words.startswith(begins) and scratch in words and name in words:
                    found[int(place.parent.name)] = words.partition(name)[2]
        return found

    async def fetched(self, render: Render, name: str = "got.mp4") -> Path:
        """The finished video's file."""
        assert render.video_key is not None
        path = self.folder / name
        await self.storage.copy_to(render.video_key, path)
        return path

    def end(self) -> None:
        """Kill whatever still runs."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


async def worked(workplace: Works, pieces: int) -> None:
    """Do so many pieces of work, one after the other, as a worker of this version does."""
    async with workshop.opened(workplace.settings, None) as shop:
        inputs = Inputs(shop.storage, shop.scratch / "inputs")
        for _ in range(pieces):
            async with shop.database.begin() as session:
                now = await leases.clock(session)
                work = await leases.claim(session, shop.name, now, lease=60)
            assert work is not None
            job = Job(work, shop.scratch / work.key)
            job.folder.mkdir()
            await video.STAGES[work.stage](shop, inputs, job)


async def drawn(song: Path, out: Path, order: Order, **how: Any) -> None:
    """Draw an order's video here, as one piece unless `how` says else."""
    given = {"look": dict(order.look), "size": order.sizes[0], "codec": "h264", **how}
    await asyncio.to_thread(partial(oriel.render, song, out, **given))


@contextmanager
def works(
    folder: Path, database: Database, database_url: str, **environment: str
) -> Iterator[Works]:
    """Ends all workers that were started when the block does."""
    made = Works(
        folder,
        database,
        {
            "ORIEL_DATA": str(folder / "data"),
            "ORIEL_DATABASE_URL": database_url,
            "ORIEL_SEGMENT_SECONDS": "2",
            **environment,
        },
    )
    (folder / "data" / "storage" / ".incoming").mkdir(
        parents=True, exist_ok=True
    )  # as `begin` does
    try:
        yield made
    finally:
        made.end()
