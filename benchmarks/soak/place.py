"""The service and all that it needs, as processes that can be killed, and are started again."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import buckets
import postgres
import stripe_words
import stripes
from aiohttp import web

from oriel.jobs import valkey
from oriel.jobs.valkey import Valkey
from oriel.jobs.worker import ALIVE
from oriel.service import schema

ADMIN = ("root@example.com", "a long and boring sentence")
PARTS = ("web", "worker-1", "worker-2", "PostgreSQL", "Redis")
_READY_SECONDS = 60.0


@dataclass
class Mailer:
    """SendGrid as far as letters go; `down` has it refuse."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # when
    down: bool = False

    async def send(self, request: web.Request) -> web.Response:
        """Take a letter, and remember its name."""
        letter = await request.json()
        if self.down:
            return web.Response(status=429, headers={"Retry-After": "1"})
        self.taken[letter["custom_args"]["oriel_letter"]].append(time.monotonic())
        return web.Response(status=202)

    async def scopes(self, request: web.Request) -> web.Response:
        """What the key may do."""
        if self.down:
            return web.Response(status=429)
        return web.json_response({"scopes": ["mail.send"]})


@dataclass
class Place:
    """Everything that runs; `processes` are the service's own, by name."""

    folder: Path
    url: str
    environment: dict[str, str]
    database: postgres.Postgres
    redis: Valkey
    stripe: stripes.Account
    mailer: Mailer
    bucket: int  # the emulator's process
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    queue: asyncio.subprocess.Process | None = None
    redis_program: Path | None = None  # None is the Valkey that Oriel brings along
    killed: list[float] = field(default_factory=list)  # when a worker was, by SIGKILL

    def start(self, name: str) -> None:
        """Start "web", or a worker by whatever other name."""
        port = self.url.rpartition(":")[2]
        worker = ["worker", "--slots", "1", "--grace", "5"]
        words = ["serve", "--port", port] if name == "web" else worker
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "oriel", *words],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
            )

    async def start_queue(self) -> None:
        """Start Redis."""
        self.queue = await valkey.start(self.redis, self.redis_program)

    async def ready(self) -> None:
        """Wait until the web process answers; raises RuntimeError with its last words."""
        until = time.monotonic() + _READY_SECONDS
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < until:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise RuntimeError((self.folder / "web.log").read_text()[-2000:])

    async def away(self) -> list[str]:
        """The parts that the service itself cannot reach, and those whose processes have ended.

        What comes back within a minute is not among them.
        """
        await self.ready()
        until = time.monotonic() + _READY_SECONDS
        async with aiohttp.ClientSession(self.url) as http:
            while (silent := await self._silent(http)) and time.monotonic() < until:
                await asyncio.sleep(1)
        return silent + [name for name, one in self.processes.items() if one.poll() is not None]

    async def _silent(self, http: aiohttp.ClientSession) -> list[str]:
        known = dict(zip(("email", "password"), ADMIN, strict=True))
        async with http.post("/api/auth/login", json=known) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get("/admin/api/system-status", headers=headers) as answer:
            parts = (await answer.json())["parts"]
        silent = [name for name, part in parts.items() if part["state"] != "ok"]
        living = parts["workers"]["details"].get("living", 0)
        return silent if living == len(self._of_workers()) else [*silent, f"{living} workers"]

    def living(self) -> dict[str, int]:
        """The processes that run just now, by their part's name; of PostgreSQL, its first."""
        found = {name: one.pid for name, one in self.processes.items() if one.poll() is None}
        if self.queue is not None and self.queue.returncode is None:
            found["Redis"] = self.queue.pid
        if (first := self.database.child) is not None:
            found["PostgreSQL"] = first.pid
        return found

    async def settled(self) -> None:
        """Wait until the web process answers and each worker keeps leases; raises TimeoutError."""
        await self.ready()
        async with asyncio.timeout(_READY_SECONDS):
            while not all((folder / ALIVE).exists() for folder in self._of_workers()):
                await asyncio.sleep(0.1)

    def of_dead_workers(self) -> list[str]:
        """Folders on this machine's disk whose workers are gone."""
        living = self._of_workers()
        return [str(one) for one in self._scratch.iterdir() if one not in living]

    @property
    def _scratch(self) -> Path:
        return self.folder / "data" / "scratch"

    def _of_workers(self) -> list[Path]:
        """The folder that each worker has, or will have soon, for itself."""
        pids = [one.pid for name, one in self.processes.items() if name != "web"]
        return [self._scratch / f"{socket.gethostname()}-{pid}" for pid in pids]

    async def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        if self.queue is not None:
            self.queue.kill()
            await self.queue.wait()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Place]:
    """The place, with the web process and two workers, until the block ends."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_context
        bucket = folder / "bucket"
        bucket.mkdir()
        before = _children()
        storage = enter(buckets.emulated(buckets.KINDS[0], bucket))
        (emulator,) = _children() - before
        key = buckets.credentials(folder)
        account, mailer = stripes.Account(), Mailer()
        stripe = enter(stripes.ours(account))
        database = enter(postgres.running())
        sendgrid = await _served(mailer, stack)
        redis = valkey.chosen(folder / "redis")
        url = f"http://127.0.0.1:{buckets.free_port()}"
        environment = {
            "ORIEL_DATA": str(folder / "data"),
            "ORIEL_DATABASE_URL": database.url(),
            "ORIEL_REDIS_URL": redis.url,
            "ORIEL_STORAGE": f"gs://{buckets.BUCKET}/soak?endpoint={storage}&credentials={key}",
            "ORIEL_MAIL": f"sendgrid:{sendgrid}",
            "ORIEL_SENDGRID_KEY": "a-key",
            "ORIEL_MAIL_FROM": "Oriel <oriel@example.com>",
            "ORIEL_PAYMENTS": f"stripe:{stripe}",
            "ORIEL_STRIPE_KEY": "sk_test",
            "ORIEL_STRIPE_WEBHOOK_SECRET": stripe_words.SECRET,
            "ORIEL_PUBLIC_URL": url,
            "ORIEL_RATE_FACTOR": "0",
            "ORIEL_LEASE_SECONDS": "5",
            "ORIEL_SECRET_KEYS": "a secret of this soak that is long enough",
            "ADMIN_EMAIL": ADMIN[0],
            "ADMIN_PASSWORD": ADMIN[1],
        }
        place = Place(folder, url, environment, database, redis, account, mailer, emulator)
        itself = shutil.which("redis-server")
        place.redis_program = None if itself is None else Path(itself)
        stack.push_async_callback(place.end)
        await schema.upgrade(database.url())
        await place.start_queue()
        for name in PARTS[:3]:
            place.start(name)
        await place.ready()
        yield place


async def _served(mailer: Mailer, stack: AsyncExitStack) -> str:
    app = web.Application()
    app.add_routes([web.post("/v3/mail/send", mailer.send), web.get("/v3/scopes", mailer.scopes)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def _children() -> set[int]:
    """Our own child processes."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in listed for pid in path.read_text().split()}


def paused(pid: int, on: bool) -> None:
    """Have a process stand still, or go on."""
    os.kill(pid, signal.SIGSTOP if on else signal.SIGCONT)
