"""A folder in; PostgreSQL, Valkey and the service's own processes, as one machine has them, out."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import postgres
import serving
from sqlalchemy import bindparam, select

from oriel.jobs import valkey
from oriel.service import db, events, schema, storage, workers
from oriel.service.db import Database
from oriel.service.events import Events
from oriel.service.models import Render
from oriel.service.settings import Settings

_KIB = 1024
_LONGEST_SECONDS = 1200.0


@dataclass(frozen=True)
class Stack:
    """What the service's processes share; `environment` is what they read."""

    folder: Path
    environment: dict[str, str]
    settings: Settings
    database: Database
    events: Events

    @contextmanager
    def served(self, *words: str) -> Iterator[serving.Served]:
        """`oriel serve` with these words; it has no worker."""
        with serving.served(
            *words, cwd=self.folder, environment=self.environment, complete=True
        ) as server:
            yield server

    @contextmanager
    def worker(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """`oriel worker` with these words; what it logs is in workers.log."""
        command = [sys.executable, "-m", "oriel", "worker", *words]
        with (self.folder / "workers.log").open("ab") as log:
            child = subprocess.Popen(
                command, env={**os.environ, **self.environment}, stdout=log, stderr=log
            )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(timeout=60)

    async def ready(self, count: int = 1) -> None:
        """Wait until so many workers live."""
        async with asyncio.timeout(_LONGEST_SECONDS):
            while len(await self._living()) < count:
                await asyncio.sleep(0.1)

    async def ended(self, render_id: str) -> None:
        """Wait until a render has its video."""
        asked = select(Render.status).where(Render.id == bindparam("render_id"))
        async with asyncio.timeout(_LONGEST_SECONDS):
            while True:
                [(status,)] = await self.database.rows(asked, render_id=render_id)
                if status in ("failed", "cancelled"):
                    raise RuntimeError(f"Render {render_id} {status}")
                if status == "done":
                    return
                await asyncio.sleep(0.05)

    async def _living(self) -> Sequence[object]:
        async with self.database.read() as session:
            return await workers.living(session)


@asynccontextmanager
async def opened(folder: Path, **environment: str) -> AsyncIterator[Stack]:
    """A new database and queue until the block ends, as durable as in earnest."""
    folder.mkdir(parents=True, exist_ok=True)
    private = valkey.chosen(folder / "valkey")
    with postgres.running(durable=True) as server:
        queue = await valkey.start(private)
        try:
            told = {
                "ORIEL_DATA": str(folder),
                "ORIEL_DATABASE_URL": server.url(),
                "ORIEL_REDIS_URL": private.url,
                "ORIEL_TRUSTED_PROXIES": "127.0.0.1",  # what asks says for whom it does
                **environment,
            }
            settings = Settings.read(told)
            await schema.upgrade(settings.database_url)
            await storage.of(settings).begin()  # no server does where songs are without files
            async with AsyncExitStack() as stack:
                database = await stack.enter_async_context(db.open_database(settings.database_url))
                news = await stack.enter_async_context(events.opened(database, private.url))
                yield Stack(folder, told, settings, database, news)
        finally:
            queue.terminate()
            await queue.wait()


def resident_mb(pid: int) -> float:
    """The memory of a process and of all that it started."""
    return sum(_resident_kib(one) for one in (pid, *_descendants(pid))) / _KIB


def core_seconds(pid: int) -> float:
    """How long a process has computed so far, in its own code and in the system's for it."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _descendants(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from _descendants(int(child))
