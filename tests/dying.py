"""Processes that die by SIGKILL at the first of their steps where none has died before.

What is run knows nothing of it: in the child alone, the storage, the database, the queue and the
mailer are wrapped, so that each says where it is. `dead` is a file with the names of the steps at
which somebody died; whoever comes to another writes it there, and is gone.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from oriel.jobs.queue import Queue
from oriel.service.db import Database
from oriel.service.mail.sendgrid import SendGrid
from oriel.service.storage import file, gs
from oriel.service.storage.file import FileStorage
from oriel.service.storage.gs import BucketStorage

MOST_DEATHS = 50
_LONGEST = 180  # seconds of one life
BESIDE = "beside"  # the name of tasks whose steps do not count
_PART = 1024  # bytes of one request to a bucket, so that even a thumbnail takes several

_processes = multiprocessing.get_context("forkserver")  # imported once, forked for each life
_processes.set_forkserver_preload(
    [
        "oriel.web.api.app",
        "oriel.jobs.worker",
        "aiosqlite",
        "asyncpg",
        "google.cloud.storage",
        "sendgrid",
    ]
)

_STORAGES = (FileStorage, BucketStorage)

Work = Callable[..., Coroutine[Any, Any, None]]


def live_on(
    dead: Path, work: Work, *given: object, between: Callable[[], None] = lambda: None
) -> int:
    """Run it until it comes to its end, `between` deaths too; how often it died."""
    for deaths in range(MOST_DEATHS):
        if live(dead, work, *given):
            return deaths
        between()
    raise AssertionError(f"it still dies: {steps(dead)}")


def live(dead: Path, work: Work, *given: object) -> bool:
    """Run a coroutine's function in a process of its own; False where it died on its way."""
    child = _processes.Process(target=_live, args=(dead, work, given))
    child.start()
    child.join(_LONGEST)
    assert child.exitcode in (0, -signal.SIGKILL), f"it ended with {child.exitcode}"
    return child.exitcode == 0


def steps(dead: Path) -> list[str]:
    """Where somebody died so far."""
    return dead.read_text().splitlines() if dead.exists() else []


def _live(dead: Path, work: Work, given: tuple[object, ...]) -> None:
    _wrap(dead)
    asyncio.run(work(*given))


def _wrap(dead: Path) -> None:
    step = _Steps(dead).come_to
    Database.begin = _committing(Database.begin, step)  # type: ignore[method-assign]
    file._fill = _after(file._fill, lambda *given: step(f"{_kind(given[-1])} written"))
    gs.PART = _PART
    BucketStorage.put = _half_sent(BucketStorage.put, step)  # type: ignore[method-assign]
    for owner, name, told in (
        *((one, "put", lambda self, key, *rest: step(f"{_kind(key)} stored")) for one in _STORAGES),
        *((one, "delete", lambda self, key: step("deleted")) for one in _STORAGES),
        (SendGrid, "send", lambda self, letter: step("letter sent")),
        (Queue, "look_at", lambda self, *render: step("queue asked")),
    ):
        setattr(owner, name, _after(getattr(owner, name), told))


class _Steps:
    """Counts the steps of this process, and ends it at the first that is new."""

    def __init__(self, dead: Path) -> None:
        self._dead = dead
        self._known = set(steps(dead))
        self._seen = Counter[str]()

    def come_to(self, name: str) -> None:
        task = asyncio.current_task()
        if task is not None and task.get_name() == BESIDE:
            return
        self._seen[name] += 1
        if name.endswith("committed") and self._seen[name] > 1:  # of files one tells of all
            name += f" {self._seen[name]}"
        if name not in self._known:
            with self._dead.open("a") as log:
                log.write(f"{name}\n")
            os.kill(os.getpid(), signal.SIGKILL)


def _committing(begin: Any, step: Callable[[str], None]) -> Any:
    @asynccontextmanager
    async def wrapped(self: Database) -> AsyncIterator[Any]:
        who = _writer()
        async with begin(self) as session:
            yield session
            step(f"{who} not committed")
        step(f"{who} committed")

    return wrapped


def _half_sent(put: Any, step: Callable[[str], None]) -> Any:
    """Whoever asks for a third piece has sent the first to the bucket, which keeps it and waits."""

    async def told(content: Path | AsyncIterable[bytes], key: str) -> AsyncIterator[bytes]:
        given = 0
        async for piece in gs._read(content) if isinstance(content, Path) else content:
            for start in range(0, len(piece), _PART):
                yield piece[start : start + _PART]
                given += 1
                if given == 2:
                    step(f"{_kind(key)} half sent")

    @wraps(put)
    async def wrapped(self: BucketStorage, key: str, content: Any, content_type: str) -> Any:
        return await put(self, key, told(content, key), content_type)

    return wrapped


def _after(call: Any, told: Callable[..., None]) -> Any:
    @wraps(call)
    async def wrapped(*given: Any) -> Any:
        result = await call(*given)
        told(*given)
        return result

    return wrapped


def _writer() -> str:
    """The function of Oriel's that began a transaction."""
    frame = sys._getframe(2)
    while "/oriel/" not in frame.f_code.co_filename or frame.f_code.co_name == "write":
        assert frame.f_back is not None
        frame = frame.f_back
    return frame.f_code.co_name


def _kind(key: str) -> str:
    """Such as "songs" or "videos .mp4"."""
    return f"{key.split('/')[0]} {Path(key).suffix}".strip()
