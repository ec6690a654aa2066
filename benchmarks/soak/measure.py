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

from benchmarks.soak import people
from benchmarks.soak.books import Books, at_rest, reckon
from benchmarks.soak.harm import harm
from benchmarks.soak.people import Seen
from benchmarks.soak.place import Place, opened
from benchmarks.table import Goal, Row
from oriel.service import db
from oriel.service.connections import DatabaseGone

MINUTES = 20.0
PEOPLE = 4
PAUSE_SECONDS = 6.0
_REST_SECONDS = 300.0  # that the service has to end what it began
_LOOK_SECONDS = 2.0
_READ_MS = 60.0  # as promised of a machine that does not draw meanwhile
_NONE = Goal("≤", 0)


def rows(
    minutes: float = MINUTES, seed: int = 1, crowd: int = PEOPLE, pause: float = PAUSE_SECONDS
) -> tuple[list[Row], dict[str, Any]]:
    """The table of a soak of so many minutes, of so many people at once.

    Something is harmed every `pause` seconds, more or less.
    """
    with tempfile.TemporaryDirectory(prefix="oriel-soak-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL does not run as root
        found = asyncio.run(_soak(Path(folder), minutes, seed, crowd, pause))
    return _rows(found), found


def _rows(found: dict[str, Any]) -> list[Row]:
    books, met = Books(**found["books"]), found["met"]
    harms = ", ".join(f"{often} × {name}" for name, often in sorted(found["harms"].items()))
    note = f"{found['minutes']:g} minutes, seed {found['seed']}; {harms}"
    reads = found["read_ms"]
    return [
        Row("renders that were accepted", met["renders"], "", None, note),
        Row("of them lost", books.lost, "", _NONE, f"as they ended: {books.statuses}"),
        Row(
            "of them failed, though their songs were fine",
            books.failed,
            "",
            _NONE,
            "; ".join(books.failures[:3]),
        ),
        Row(
            "entries too many or too few in the ledger",
            books.wrong_credits + books.overdrawn,
            "",
            _NONE,
            f"{met['paid']} purchases",
        ),
        Row("letters that were not sent", books.unsent + books.untold, "", _NONE),
        Row(
            "letters sent twice",
            books.doubled,
            "",
            _NONE,
            f"of {met['letters']}; {books.unnoted} more as their worker was killed in between",
        ),
        Row("files that are missing", books.missing, "", _NONE),
        Row("files that nobody speaks of", books.left_over, "", _NONE, f"{books.swept} were swept"),
        Row(
            "parts that did not come back", len(found["away"]), "", _NONE, ", ".join(found["away"])
        ),
        Row("answers that should not be", len(met["strange"]), "", _NONE, str(met["strange"][:3])),
        Row(
            "reads while both cores draw, 99 of 100",
            round(reads["p99"], 1),
            " ms",
            Goal("≤", _READ_MS),
            f"median {reads['p50']:.1f} ms of {reads['count']}; asked again {met['waits']} times",
        ),
        *(
            Row(
                f"memory of the {name}, last third against the second",
                part["growth"],
                "×",
                Goal("≤", 1.15),
                f"at most {part['most_mb']:.0f} MB",
            )
            for name, part in found["memory"].items()
        ),
        Row("seconds until all had ended", round(found["rest_seconds"], 1), " s"),
    ]


async def _soak(
    folder: Path, minutes: float, seed: int, crowd: int, pause: float
) -> dict[str, Any]:
    chance, seen = random.Random(seed), Seen()
    harms: list[str] = []
    memory: list[tuple[str, float]] = []
    async with opened(folder) as place:
        until = time.monotonic() + 60 * minutes
        lives = [
            people.live(place, seen, random.Random(chance.random()), until) for _ in range(crowd)
        ]
        beside = [
            asyncio.create_task(harm(place, random.Random(chance.random()), pause, harms)),
            asyncio.create_task(_watch(place, memory)),
        ]
        reading = people.read(place, seen, chance, until)
        await asyncio.wait_for(asyncio.gather(reading, *lives), 60 * minutes + _REST_SECONDS)
        for task in beside:
            task.cancel()
        for ended in await asyncio.gather(*beside, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        rested = await _rest(place)
        async with db.open_database(place.database.url()) as database:
            books = await reckon(place, database, seen)
        away = await place.away()
        letters = sum(map(len, place.mailer.taken.values()))
    return {
        "minutes": minutes,
        "seed": seed,
        "books": asdict(books),
        "harms": dict(Counter(harms)),
        "away": away,
        "met": {
            "renders": len(seen.renders),
            "people": len(seen.users),
            "left": len(seen.left),
            "paid": len(seen.paid),
            "downloads": seen.downloads,
            "streams": seen.streams,
            "letters": letters,
            "waits": seen.waits,
            "strange": seen.strange,
        },
        "read_ms": _percentiles(seen.reads),
        "memory": {
            name: _growth([mb for who, mb in memory if who == name]) for name in ("web", "workers")
        },
        "rest_seconds": rested,
    }


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


async def _watch(place: Place, memory: list[tuple[str, float]]) -> None:
    """Write down what the processes hold, every few seconds."""
    while True:
        for name, process in list(place.processes.items()):
            with suppress(OSError, IndexError):
                held = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
                memory.append(("web" if name == "web" else "workers", held * 4096 / 1e6))
        await asyncio.sleep(_LOOK_SECONDS)


def _growth(held: list[float]) -> dict[str, float]:
    """The most that was held in the last third, as against the second."""
    third = len(held) // 3
    middle, last = held[third : 2 * third], held[2 * third :]
    growth = max(last) / max(middle) if third else 1.0
    return {"growth": round(growth, 3), "most_mb": max(held, default=0.0)}


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles([1000 * one for one in seconds], n=100) if len(seconds) > 1 else [0.0] * 99
    return {"count": len(seconds), "p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}
