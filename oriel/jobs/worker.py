"""Settings go in; pieces of work are claimed and done, several at once, until it is asked to stop."""

import asyncio
import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

from sqlalchemy.ext.asyncio import AsyncSession

from oriel import __version__
from oriel.grace import GRACE_SECONDS
from oriel.jobs import queue, sweep, video, workshop
from oriel.jobs.inputs import Inputs
from oriel.jobs.workshop import Failed, Job, Stopped, Workshop
from oriel.service import endings, leases, logs, segments, telemetry, workers
from oriel.service.connections import DatabaseGone
from oriel.service.hiding import hide
from oriel.service.leases import Work
from oriel.service.settings import Settings
from oriel.service.storage import StorageFailed
from oriel.stopping import Stop

_log = logging.getLogger(__name__)

SLOTS = 2  # pieces of work at once: while one child starts, another draws
ALIVE = (
    "alive"  # a file in the worker's own folder, touched twice a second while it keeps its leases
)

_LOOK_SECONDS = 1.0  # between looks of its own
_WATCH_SECONDS = 0.5  # how late a cancellation is seen
_TELL_SECONDS = 1.0
_SEEN_SECONDS = 5.0
_LAST_SECONDS = 3.0  # for each thing that is left to do once the grace is over
_STORAGE_SECONDS = 3.0  # before work is tried again that the storage failed


class Worker:
    """Claims work, does it in limited children, and keeps its leases while it does."""

    def __init__(self, shop: Workshop, slots: int = SLOTS) -> None:
        self.stop = Stop()
        self._shop, self._slots = shop, slots
        self._inputs = Inputs(shop.storage, shop.scratch / "inputs")
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._limits = leases.Limits(shop.settings.max_running_per_user, shop.settings.max_running)

    async def look(self, render_id: str) -> None:
        """There may be something to do."""
        self._wake.set()

    async def work(self) -> None:
        """Claim and do what there is, until it is asked to stop; what is under way then goes on."""
        while not self.stop.asked.is_set():
            self._wake.clear()
            work = await self._next() if len(self._tasks) < self._slots else None
            if work is None:
                await self._pause()
                continue
            task = asyncio.create_task(self._known(work), name=f"{work.stage} {work.key}")
            self._tasks.add(task)
            task.add_done_callback(self._over)

    async def end(self, grace: float) -> None:
        """Let what is under way end within `grace` seconds, or until asked again; hand back what does not.

        What cannot be ended, as it waits for a storage that is away, is handed back all the same:
        whatever it does later finds its claim over.
        """
        if self._tasks:
            await self.stop.patiently(asyncio.wait(set(self._tasks)), grace)
        for job in self._jobs.values():
            job.stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
        with suppress(TimeoutError):  # the database is away too: the leases end by themselves
            async with asyncio.timeout(_LAST_SECONDS):
                await asyncio.gather(*(self._hand_back(j.work, 0.0) for j in self._jobs.values()))

    async def keep(self) -> None:
        """Keep the leases of what is under way, tell how far it is, and stop what is not wanted."""
        told = prolonged = seen = 0.0
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            now = time.monotonic()
            try:
                (self._shop.scratch / ALIVE).touch()
                await self._stop_unwanted()
                if now - told >= _TELL_SECONDS:
                    told = now
                    await self._tell()
                if now - prolonged >= self._shop.settings.lease_seconds / 3:
                    prolonged = now
                    await self._prolong()
                if now - seen >= _SEEN_SECONDS:
                    seen = now
                    await self._seen()
            except DatabaseGone as error:
                _log.warning("%s", error)
            except Exception:  # a worker that keeps no leases is worse than one that complains
                _log.exception("The leases could not be kept")

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s ended without a trace", task.get_name(), exc_info=error)

    async def _next(self) -> Work | None:
        """A piece of work, or None where there is none."""
        try:
            if work := await self._claimed():
                await self._shop.events.changed(work.render_id)
                return work
        except DatabaseGone as error:
            _log.warning("%s", error)
        except Exception:  # the outermost loop: a worker that ends serves nobody
            _log.exception("No work could be claimed")
        return None

    async def _pause(self) -> None:
        """Until there may be something to do, or it is asked to stop."""
        waits = [asyncio.create_task(event.wait()) for event in (self._wake, self.stop.asked)]
        await asyncio.wait(waits, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _claimed(self) -> Work | None:
        shop = self._shop
        async with shop.database.read() as session:
            if not await leases.waiting(session, await leases.clock(session), self._limits):
                return None
        async with shop.database.begin() as session:
            now = await leases.clock(session)
            lease = shop.settings.lease_seconds
            return await leases.claim(session, shop.name, now, lease, self._limits)

    async def _known(self, work: Work) -> None:
        """Do it; each line that is logged meanwhile tells which render and request it is for."""
        about = {"render_id": work.render_id, "request_id": work.origin.request_id}
        with logs.about(**about), telemetry.span(work.stage, work.origin.traceparent, **about):
            await self._do(work)

    async def _do(self, work: Work) -> None:
        job = Job(work, self._shop.scratch / "jobs" / work.key)
        self._jobs[work.key] = job
        began = time.monotonic()
        try:
            job.folder.mkdir(parents=True, exist_ok=True)
            await video.STAGES[work.stage](self._shop, self._inputs, job)
            _log.info("%s %s in %.1f s", work.stage, work.key, time.monotonic() - began)
        except Stopped:
            await self._hand_back(work, 0.0)
        except StorageFailed as error:
            _log.warning("%s %s waits: %s", work.stage, work.key, error)
            await self._hand_back(work, _STORAGE_SECONDS)
        except DatabaseGone as error:
            _log.warning("%s %s is left to the sweeper: %s", work.stage, work.key, error)
        except Failed as failure:
            await self._failed(work, failure)
        except Exception as error:  # whatever it was, it must not take the worker along
            _log.exception("%s %s", work.stage, work.key)
            code, message = endings.GAVE_UP
            await self._failed(work, Failed(code, message, f"{job.log}\n{error!r}"))
        finally:
            del self._jobs[work.key]
            await asyncio.to_thread(shutil.rmtree, job.folder, ignore_errors=True)
            await self._shop.events.changed(work.render_id)

    async def _failed(self, work: Work, failure: Failed) -> None:
        _log.warning("%s %s failed: %s", work.stage, work.key, failure.message)
        telemetry.note(error=failure.code)
        code, message, log = failure.code, failure.message, failure.log

        async def change(session: AsyncSession) -> None:
            now = await leases.clock(session)
            if failure.final:
                await endings.fail(session, work, code=code, message=message, log=log, now=now)
            else:
                await endings.started_in_vain(
                    session, work, code=code, message=message, log=log, now=now
                )

        with suppress(DatabaseGone):  # its lease ends, and the sweeper sees to it
            await self._shop.write(change)

    async def _hand_back(self, work: Work, wait: float) -> None:
        async def change(session: AsyncSession) -> None:
            await leases.hand_back(session, work, await leases.clock(session), wait)

        with suppress(DatabaseGone):
            await self._shop.write(change)

    async def _stop_unwanted(self) -> None:
        jobs = dict(self._jobs)
        if not jobs:
            return
        async with self._shop.database.read() as session:
            wanted = await leases.still_wanted(session, [job.work for job in jobs.values()])
        for key, job in jobs.items():
            if key not in wanted and key in self._jobs:
                job.stop.set()

    async def _tell(self) -> None:
        for job in [job for job in self._jobs.values() if job.frames > job.told >= -1]:
            if job.work.segment_id is None:
                continue
            frames = job.frames
            async with self._shop.database.begin() as session:
                now, lease = await leases.clock(session), self._shop.settings.lease_seconds
                await segments.drawn_so_far(session, job.work, frames, job.fps, now, lease)
            job.told = frames
            await self._shop.events.changed(job.work.render_id)

    async def _prolong(self) -> None:
        for job in list(self._jobs.values()):
            async with self._shop.database.begin() as session:
                now, lease = await leases.clock(session), self._shop.settings.lease_seconds
                await leases.prolong(session, job.work, now, lease)

    async def _seen(self) -> None:
        doing = ", ".join(f"{job.work.stage} {job.work.render_id}" for job in self._jobs.values())
        async with self._shop.database.begin() as session:
            await workers.seen(
                session,
                self._shop.name,
                await leases.clock(session),
                host=socket.gethostname(),
                device="" if self._shop.gpu is None else f"gpu {self._shop.gpu}",
                version=__version__,
                doing=doing,
                frames_per_second=sum(job.fps for job in self._jobs.values()),
                stopping=self.stop.asked.is_set(),
            )


def run(
    settings: Settings,
    *,
    gpu: int | None = None,
    slots: int = SLOTS,
    grace: float = GRACE_SECONDS,
) -> None:
    """Work until SIGTERM or SIGINT; what is under way has `grace` seconds then, or until the next."""
    hide()
    logs.configure(settings)
    # A thread that waits for a storage cannot be ended, and Python would wait for it.
    leave = threading.Timer(_LAST_SECONDS, os._exit, (0,))
    leave.daemon = True
    with telemetry.reporting(settings, "worker"):
        try:
            asyncio.run(_run(settings, gpu, slots, grace, leave))
        finally:
            leave.cancel()


async def _run(
    settings: Settings, gpu: int | None, slots: int, grace: float, leave: threading.Timer
) -> None:
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(workshop.opened(settings, gpu))
        worker = Worker(shop, slots)
        worker.stop.hear()
        beside = [worker.keep(), sweep.run(shop)]
        if settings.redis_url is not None:
            beside.append(queue.listen(settings.redis_url, worker.look))
        background = [asyncio.create_task(task) for task in beside]
        for task in background:
            task.add_done_callback(lambda ended: _missed(ended, worker))
        background.append(asyncio.create_task(shop.compiled.fill()))
        _log.info("The worker %s is ready", shop.name)
        asked = time.monotonic()
        try:
            await worker.work()
            asked = time.monotonic()
            _log.info("The worker %s stops", shop.name)
            await worker.end(grace)
        finally:
            left = asked + grace - time.monotonic()
            await worker.stop.patiently(_ended(background), max(left, _LAST_SECONDS))
            with suppress(DatabaseGone, TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS), shop.database.begin() as session:
                    await workers.gone(session, shop.name)
            leave.start()


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End what runs beside; a letter that is being sent is sent, and noted, first."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _missed(task: asyncio.Task[None], worker: Worker) -> None:
    """Without what keeps leases or sweeps, a worker is no good: whoever keeps it starts another."""
    if not task.cancelled():
        _log.error("The worker cannot go on", exc_info=task.exception())
        worker.stop.asked.set()
