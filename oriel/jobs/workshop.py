"""What a worker works with: opened once, handed to each piece of work."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.jobs import child, scratch, walls
from oriel.jobs.child import Ended, Limits, Sandbox
from oriel.jobs.compiled import Compiled, usable
from oriel.service import db, endings, events, logs, plans, storage, telemetry
from oriel.service.connections import DatabaseGone
from oriel.service.db import Database
from oriel.service.endings import Why
from oriel.service.events import Events
from oriel.service.leases import Work
from oriel.service.plans import Plans
from oriel.service.settings import Settings, harmless
from oriel.service.storage import Storage

_log = logging.getLogger(__name__)

T = TypeVar("T")

_PATIENCE = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    2,
    2,
    4,
    4,
    4,
    4,
    4,
)  # seconds between tries, half a minute in all
_TOOK_TOO_LONG: tuple[Why, str] = (
    "took_too_long",
    "Making the video took too long: order a shorter part of the song, or a smaller size.",
)
_TOO_MUCH_MEMORY: tuple[Why, str] = (
    "too_much_memory",
    "Making the video took too much memory: order a smaller size, or a shorter part of the song.",
)
_TOO_LARGE: tuple[Why, str] = (
    "video_too_large",
    "The video would be too large a file: order a smaller size, a lower quality, or a shorter part of"
    " the song.",
)


class Stopped(Exception):
    """The work is not wanted any more, or the worker is to stop."""


class Failed(Exception):
    """A start of a stage failed; `final` where another would fail too."""

    def __init__(self, code: Why, message: str, log: str = "", final: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.log, self.final = code, message, log, final


@dataclass(frozen=True)
class Workshop:
    """The database, the storage and the rest; `scratch` is a folder of this worker alone."""

    name: str
    settings: Settings
    plans: Plans
    database: Database
    storage: Storage
    events: Events
    sandbox: Sandbox
    compiled: Compiled
    scratch: Path
    gpu: int | None = None

    async def write(self, change: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Do this in one transaction, and again while the database cannot be reached.

        Each change is safe to repeat: the second finds its claim over.
        """
        for wait in _PATIENCE:
            try:
                async with self.database.begin() as session:
                    return await change(session)
            except (IntegrityError, ProgrammingError):
                raise
            except (DatabaseGone, DBAPIError) as error:  # or two waited for each other
                _log.warning("%s", error)
                await asyncio.sleep(wait)
        async with self.database.begin() as session:
            return await change(session)


@dataclass
class Job:
    """A piece of work under way; `folder` is its own, `stop` ends it."""

    work: Work
    folder: Path
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    frames: int = 0
    fps: float = 0.0
    told: int = -1  # frames that the database knows of
    log: str = ""

    def hear(self, line: dict[str, Any]) -> None:
        """A line of progress that the child printed."""
        if isinstance(line.get("frame"), int):
            self.frames = line["frame"]
            self.fps = float(line.get("fps") or 0.0)

    async def oriel(
        self, shop: Workshop, arguments: list[str], inputs: list[Path], limits: Limits
    ) -> Ended:
        """Run `oriel` in a limited child; raises Stopped, and Failed where it took too long."""
        name = f"oriel {arguments[0]}"
        with telemetry.span(name):
            ended = await child.run(
                shop.sandbox,
                arguments,
                folder=self.folder,
                inputs=inputs,
                limits=limits,
                stop=self.stop,
                told=self.hear,
            )
            telemetry.note(code=ended.code)
        self.log += f"{name}: {ended.code}\n{ended.log}"
        _pass_on(name, ended)
        if ended.why == "stopped":
            raise Stopped
        if ended.why == "too long":
            raise Failed(*_TOOK_TOO_LONG, log=self.log)
        return ended

    def check(self, ended: Ended, made: Path) -> None:
        """Raise Failed unless a child did well and made this file.

        What the child says may name files of ours: it is for the log, not for the user.
        """
        if ended.code or not made.is_file():
            _log.warning("%s: %s", self.work.key, ended.sentence)
            if ended.outgrew_its_file:
                raise Failed(*_TOO_LARGE, log=self.log, final=True)
            why = _TOO_MUCH_MEMORY if ended.lacked_memory else endings.GAVE_UP
            raise Failed(*why, log=self.log)


def _pass_on(name: str, ended: Ended) -> None:
    """Log what a child said as it says it, with the render and the request that it worked for."""
    level = logging.WARNING if ended.code else logging.DEBUG
    with logs.about(child=name):
        for line in ended.log.splitlines():
            _log.log(level, "%s", line)


@asynccontextmanager
async def opened(settings: Settings, gpu: int | None) -> AsyncIterator[Workshop]:
    """What a worker process works with, and a folder for it, which is gone afterwards."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    place = settings.data.absolute() / "scratch"
    async with (
        scratch.folder(place, name) as own,
        db.open_database(settings.database_url) as database,
        events.opened(database, settings.redis_url) as news,
    ):
        sandbox = await walls.sandbox(harmless(), own)
        yield Workshop(
            name=name,
            settings=settings,
            plans=plans.of(settings),
            database=database,
            storage=storage.of(settings),
            events=news,
            sandbox=sandbox,
            compiled=Compiled(_kept(settings, sandbox), sandbox, own),
            scratch=own,
            gpu=gpu,
        )


def _kept(settings: Settings, sandbox: Sandbox) -> Path:
    """Where what librosa had compiled is kept: where the operator says, or with our data."""
    chosen = sandbox.environment.get("NUMBA_CACHE_DIR")
    return usable(Path(chosen) if chosen else None, settings.data / "numba").absolute()
