"""Minutes and a seed go in; a table of what the service held, and all that was measured, come out."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.soak import administrator, memory, people, promises
from benchmarks.soak.books import Books, at_rest, reckon
from benchmarks.soak.harm import harm
from benchmarks.soak.memory import Held
from benchmarks.soak.people import Seen
from benchmarks.soak.place import Place, opened
from benchmarks.table import Row
from oriel.service import db
from oriel.service.connections import DatabaseGone

MINUTES = 20.0
PEOPLE = 4
PAUSE_SECONDS = 6.0
PROMISED = ("profile", "renders", "status")  # reads that are to be quick
_HARMED = 0.75  # of the minutes; nobody is killed in the rest
_REST_SECONDS = 300.0  # that the service has to end what it began


def rows(
    minutes: float = MINUTES,
    seed: int = 1,
    crowd: int = PEOPLE,
    pause: float = PAUSE_SECONDS,
    acts: float = administrator.ACTS_SECONDS,
) -> tuple[list[Row], dict[str, Any]]:
    """The table of a soak of so many minutes, of so many people at once.

    Something is harmed every `pause` seconds, more or less, and an administrator acts every `acts`.
    """
    with tempfile.TemporaryDirectory(prefix="oriel-soak-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL does not run as root
        found, books = asyncio.run(_soak(Path(folder), minutes, seed, crowd, pause, acts))
    return promises.rows(found, books), found


async def _soak(
    folder: Path, minutes: float, seed: int, crowd: int, pause: float, acts: float
) -> tuple[dict[str, Any], Books]:
    seen, held = Seen(), Held(list)
    harms: list[str] = []
    async with opened(folder) as place:
        chance, over = random.Random(seed), asyncio.Event()
        async with asyncio.timeout(60 * minutes + _REST_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(crowd):
                group.create_task(people.live(place, seen, _of(chance), over))
            group.create_task(administrator.read(place, seen, _of(chance), over))
            group.create_task(administrator.act(place, seen, _of(chance), over, acts))
            await _harmed(place, _of(chance), pause, 60 * minutes * _HARMED, harms)
            await place.settled()
            watching = group.create_task(memory.watch(place, held))
            await asyncio.sleep(60 * minutes * (1 - _HARMED))
            watching.cancel()
            over.set()
        rested = await _rest(place)
        async with db.open_database(place.database.url()) as database:
            books = await reckon(place, database, seen)
        away = await place.away()
    return {
        "minutes": minutes,
        "seed": seed,
        "redis": "Redis" if place.redis_program else "Valkey",
        "books": asdict(books),
        "harms": dict(Counter(harms)),
        "away": away,
        "met": _met(place, seen),
        "read_ms": _percentiles([one for kind in PROMISED for one in seen.took[kind]]),
        "waited_ms": _percentiles([one for kind in PROMISED for one in seen.waited[kind]]),
        "each_ms": {kind: _percentiles(took) for kind, took in seen.took.items()},
        "memory": memory.grown(held),
        "rest_seconds": rested,
    }, books


def _met(place: Place, seen: Seen) -> dict[str, Any]:
    """What people and the administrator did, and what they saw of it."""
    return {
        "renders": len(seen.renders),
        "people": len(seen.users),
        "left": len(seen.left),
        "paid": len(seen.paid),
        "granted": len(seen.granted),
        "refunded": len(seen.refunded),
        "stopped": len(seen.stopped),
        "retried": seen.retried,
        "downloads": seen.downloads,
        "streams": seen.streams,
        "letters": sum(map(len, place.mailer.taken.values())),
        "waits": seen.waits,
        "strange": seen.strange,
    }


async def _harmed(
    place: Place, chance: random.Random, pause: float, seconds: float, done: list[str]
) -> None:
    """Do harm for so long; all is mended afterwards."""
    try:
        async with asyncio.timeout(seconds) as enough:
            await harm(place, chance, pause, done)
    except TimeoutError:
        if not enough.expired():  # it is something else's
            raise


async def _rest(place: Place) -> float:
    """Let the service end what it began; how long that took."""
    began = time.monotonic()
    async with db.open_database(place.database.url()) as database:
        while time.monotonic() - began < _REST_SECONDS:
            with suppress(DatabaseGone):
                if await at_rest(database):
                    break
            await asyncio.sleep(0.5)
    return time.monotonic() - began


def _of(chance: random.Random) -> random.Random:
    return random.Random(chance.random())


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles([1000 * one for one in seconds], n=100) if len(seconds) > 1 else [0.0] * 99
    return {"count": len(seconds), "p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}
