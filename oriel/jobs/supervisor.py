"""Settings without a queue go in; a private Valkey and a worker run beside us, whatever kills them."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from oriel.errors import Fault
from oriel.grace import GRACE_SECONDS
from oriel.jobs import valkey
from oriel.service.settings import Settings, passed_on
from oriel.stopping import Stop

_log = logging.getLogger(__name__)

_CONFINE = Path(__file__).with_name("confine.py")
_STEADY_SECONDS = 30.0  # who lives so long begins anew with short pauses
_LONGEST_PAUSE = 5.0
_END_SECONDS = GRACE_SECONDS + 5  # a worker's, and a little
_INSISTED_SECONDS = 5.0  # for who is asked again, and has only to hand back what it does

Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@asynccontextmanager
async def running(
    settings: Settings, worker: bool = True, stop: Stop | None = None
) -> AsyncIterator[Settings]:
    """The settings to go on with: of a queue that runs, and with a worker that serves it.

    Where the settings name a queue, nothing is started: its workers are somebody else's. At the end
    the worker has its grace, unless `stop` is to be at once.
    """
    if settings.redis_url is not None:
        yield settings
        return
    private = valkey.chosen(settings.data.absolute() / "valkey")
    queue = Kept("the queue", lambda: valkey.start(private))
    await queue.start()
    kept = [queue]
    try:
        if worker:
            kept.append(Kept("the worker", lambda: _worker(private.url, settings.public_url)))
            await kept[-1].start()
        yield settings.model_copy(update={"redis_url": private.url})
    finally:
        for one in reversed(kept):  # the worker hands its work back first
            await one.end(stop or Stop())


class Kept:
    """A child process that is started again whenever it ends."""

    def __init__(self, name: str, start: Start) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self._name = name
        self._start = start
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and keep it from now on; raises what the first start does."""
        self.process = await self._start()
        self._keeping = asyncio.create_task(self._keep(), name=self._name)

    async def end(self, stop: Stop) -> None:
        """Ask it to end, once more when that takes long or is to be at once, and see that it does."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.process is None or self.process.returncode is not None:
            return
        self._ask(self.process)
        if await stop.patiently(self.process.wait(), _END_SECONDS):
            return
        self._ask(self.process)
        try:
            async with asyncio.timeout(_INSISTED_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    @staticmethod
    def _ask(process: asyncio.subprocess.Process) -> None:
        """By SIGINT: Valkey, too, hurries at the second; and SIGTERM may have come from systemd."""
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)

    async def _keep(self) -> None:
        pause = 0.1
        while True:
            began = time.monotonic()
            if self.process is not None:
                code = await self.process.wait()
                _log.warning("%s ended with %d and is started again", self._name.capitalize(), code)
                self.process = None
            pause = 0.1 if time.monotonic() - began > _STEADY_SECONDS else pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                self.process = await self._start()
            except (Fault, OSError) as error:
                _log.error("%s cannot be started: %s", self._name.capitalize(), error)


async def _worker(redis_url: str, public_url: str) -> asyncio.subprocess.Process:
    program = [sys.executable, "-I", "-S", str(_CONFINE), "{}"]
    return await asyncio.create_subprocess_exec(
        *program,
        *(sys.executable, "-m", "oriel", "worker"),
        env=passed_on({"ORIEL_REDIS_URL": redis_url, "ORIEL_PUBLIC_URL": public_url}),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, who then ask it
    )
