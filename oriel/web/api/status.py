"""How each part of the service is, and how much waits."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field
from redis.exceptions import RedisError
from sqlalchemy import func, select

from oriel import __version__
from oriel.errors import OrielError
from oriel.service import mail, workers
from oriel.service.models import Mail, Render
from oriel.web.api.call import Call
from oriel.web.api.models import Told
from oriel.web.api.parts import Parts
from oriel.web.api.route import route

_PATIENCE_SECONDS = 3.0
_LATE = timedelta(minutes=10)  # a letter that waits so long is worth a word


class Part(Told):
    """One part; `milliseconds` is how long it took to answer."""

    state: Literal["ok", "failing", "off"]
    kind: str = Field(description="Which backend, such as postgresql or gs.")
    milliseconds: float | None = None
    details: dict[str, Any] = Field(default_factory=dict)


class State(Told):
    """The service; degraded where a part of it fails."""

    status: Literal["ok", "degraded"]
    version: str
    parts: dict[str, Part]


@route("GET", "/status", who="anybody")
async def status(call: Call) -> State:
    """How each part is, and how much waits."""
    return await state(call.parts)


async def state(parts: Parts, *, outside: bool = False) -> State:
    """The state of all parts, each asked for some seconds at most.

    Whoever takes money and letters is asked too where `outside` says so: no stranger is to make us.
    """
    settings = parts.settings
    asked: dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]] = {
        "database": (_scheme(settings.database_url), lambda: _database(parts)),
        "queue": ("redis", lambda: _queue(parts)),
        "storage": (_scheme(settings.storage), lambda: _storage(parts)),
        "mail": (_scheme(settings.mail), lambda: _mail(parts, outside)),
        "workers": ("oriel", lambda: _workers(parts)),
    }
    found = await asyncio.gather(*(_part(kind, ask) for kind, ask in asked.values()))
    told = dict(zip(asked, found, strict=True))
    told["payments"] = await _paying(parts, outside)
    if parts.queue is None:
        told["queue"] = Part(state="off", kind="none")
    failing = any(part.state == "failing" for part in told.values())
    return State(status="degraded" if failing else "ok", version=__version__, parts=told)


async def _part(kind: str, ask: Callable[[], Awaitable[dict[str, Any]]]) -> Part:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            details = await ask()
    except (OrielError, RedisError, OSError, TimeoutError):
        return Part(state="failing", kind=kind)
    failing = details.pop("failing", False)
    return Part(
        state="failing" if failing else "ok",
        kind=kind,
        milliseconds=round((time.perf_counter() - began) * 1000, 1),
        details=details,
    )


async def _database(parts: Parts) -> dict[str, Any]:
    async with parts.database.read() as session:
        counted = select(Render.status, func.count()).group_by(Render.status)
        active = counted.where(Render.status.in_(("queued", "preparing", "drawing", "finishing")))
        return {"renders": {state: int(n) for state, n in await session.execute(active)}}


async def _queue(parts: Parts) -> dict[str, Any]:
    return {} if parts.queue is None else {"waiting": await parts.queue.lengths()}


async def _storage(parts: Parts) -> dict[str, Any]:
    await parts.storage.exists("status")  # where nothing lies: what counts is that it can tell
    return {}


async def _paying(parts: Parts, outside: bool) -> Part:
    async def ask() -> dict[str, Any]:
        await parts.payments.check()
        return {}

    kind = parts.payments.name
    if kind == "off" or not outside:
        return Part(state="off" if kind == "off" else "ok", kind=kind)
    return await _part(kind, ask)


async def _mail(parts: Parts, outside: bool) -> dict[str, Any]:
    if outside:
        await mail.of(parts.settings).check()
    unsent = (Mail.sent_at.is_(None), Mail.gave_up_at.is_(None))
    async with parts.database.read() as session:
        waiting = await session.scalar(select(func.count()).where(*unsent)) or 0
        late = Mail.created_at < parts.now() - _LATE
        delayed = await session.scalar(select(func.count()).where(*unsent, late)) or 0
    return {"waiting": waiting, "delayed": delayed}


async def _workers(parts: Parts) -> dict[str, Any]:
    async with parts.database.read() as session:
        living = await workers.living(session)
    speed = sum(worker.frames_per_second or 0.0 for worker in living)
    return {
        "living": len(living),
        "frames_per_second": round(speed, 1),
        "failing": not living,
    }


def _scheme(url: str) -> str:
    with suppress(ValueError):
        return urlsplit(url).scheme.partition("+")[0]
    return "unknown"
