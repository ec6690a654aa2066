"""Status and profile, asked for beside open event streams: how many a second, how late the last.

How many is what connections get whose next request follows on the answer: the server is never idle
then, and each of fifty waits for the forty-nine before it. How late is what people see while as many
requests are offered as are promised, each counted from the moment when it was due.
"""

import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from serving import Served
from sqlalchemy import update

from benchmarks.service import load, people, stack, streams
from benchmarks.service.load import Load
from benchmarks.service.people import Person
from benchmarks.service.stack import Stack
from benchmarks.table import Goal, Row
from oriel.service.models import Render

_STATES = ("queued", *["drawing"] * 5, *["done"] * 4)  # of each person's renders
_PAUSE_SECONDS = 0.1  # between changes that the streams hear of
_LATEST_SECONDS = 10.0  # that the last of them may take

PROMISED = 800.0  # requests a second

Told = dict[tuple[str, int], float]
"""When each version of each render was written."""


@dataclass(frozen=True)
class Size:
    """How many people ask, over how many connections, for how long, beside how many streams."""

    people: int = 100
    connections: int = 50
    streams: int = 500
    seconds: float = 10.0
    pace: float = PROMISED


QUICK = Size(people=16, connections=4, streams=8, seconds=0.5, pace=40.0)


def rows(size: Size = Size()) -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and all that was measured."""
    with tempfile.TemporaryDirectory(prefix="oriel-reads-") as folder:
        found = asyncio.run(_measured(Path(folder), size))
    beside = f"{size.connections} connections, {size.streams} event streams open beside"
    failed = sum(count for status, count in found["statuses"].items() if status != 200)
    news = found["news_ms"]
    return [
        *_of("status", found["status"], size, beside),
        *_of("profile", found["profile"], size, beside),
        Row("reads that failed", failed, "", Goal("≤", 0)),
        Row(
            "event streams that stayed open and heard all",
            found["streams_open"] - found["news_lost"],
            "",
            Goal("≥", size.streams),
            f"news came after {load.percentile(news, 0.5):.0f} ms, 99% within"
            f" {load.percentile(news, 0.99):.0f} ms",
        ),
        Row("memory of an open event stream", found["stream_kb"], " kB"),
    ], found


def _of(kind: str, found: dict[str, Any], size: Size, beside: str) -> Iterator[Row]:
    most, paced = found["most"], found["paced"]
    cost = (
        f"99% within {most['p99']:.0f} ms; {most['core_ms']:.2f} ms of the web process's core each;"
        f" {beside}"
    )
    yield Row(f"{kind} reads a second", most["a_second"], "", Goal("≥", PROMISED), cost)
    late = f"half within {paced['p50']:.1f} ms, the last after {paced['longest']:.0f} ms"
    what = f"{kind} reads, {size.pace:.0f} a second, 99% within"
    yield Row(what, paced["p99"], " ms", Goal("≤", 60), late)


async def _measured(folder: Path, size: Size) -> dict[str, Any]:
    most = str(size.streams)  # which come from one address
    async with stack.opened(folder, ORIEL_MAX_STREAMS_PER_ADDRESS=most) as whole:
        who = await people.made(whole, size.people, _STATES)
        followed = _followed(who, size.streams)
        with whole.served() as server:
            before = stack.resident_mb(server.child.pid)
            async with streams.opened(server.url, followed) as heard:
                after = stack.resident_mb(server.child.pid)
                reads, told = await _read_while_drawing(whole, server, who, followed, size)
                late = await _late(heard, told)
                still = len(followed) - heard.cut
    statuses: Counter[int] = Counter()
    for ways in reads.values():
        for one in ways.values():
            statuses.update(one.pop("statuses"))
    return {
        **reads,
        "statuses": statuses,
        "news_ms": late,
        "news_lost": len(told) - len(late),
        "streams_open": still,
        "stream_kb": (after - before) * 1024 / size.streams,
        "web_mb": [before, after],
    }


async def _read_while_drawing(
    whole: Stack, server: Served, who: list[Person], followed: list[tuple[str, str]], size: Size
) -> tuple[dict[str, Any], Told]:
    told: Told = {}
    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(_draw(whole, [render for render, _ in followed], told))
        reads = {
            kind: {
                "most": await _read(server, kind, requests, size, None),
                "paced": await _read(server, kind, requests, size, size.pace),
            }
            for kind, requests in _requests(who).items()
        }
        drawing.cancel()
    return reads, told


async def _read(
    server: Served, kind: str, requests: list[tuple[str, str, str]], size: Size, pace: float | None
) -> dict[str, Any]:
    """What the load measured, and the milliseconds of a core that each request took."""
    before = stack.core_seconds(server.child.pid)
    found = await load.measured(_load(server.url, requests, size, pace))
    took = stack.core_seconds(server.child.pid) - before
    statuses = found["statuses"]
    core_ms = round(1000 * took / sum(statuses.values()), 3)
    return {**vars(found["kinds"][kind]), "core_ms": core_ms, "statuses": statuses}


def _followed(who: list[Person], most: int) -> list[tuple[str, str]]:
    """Renders that are under way, each with the token of its owner."""
    every = [
        (render, one.token)
        for one in who
        for render, state in one.renders.items()
        if state == "drawing"
    ]
    return every[:most]


def _requests(who: list[Person]) -> dict[str, list[tuple[str, str, str]]]:
    every = list(zip(*(one.renders for one in who), strict=True))
    return {
        "status": [
            ("status", f"/api/jobs/{render}/status", one.token)
            for column in every
            for one, render in zip(who, column, strict=True)
        ],
        "profile": [("profile", "/api/user/profile", one.token) for one in who],
    }


def _load(url: str, requests: list[tuple[str, str, str]], size: Size, pace: float | None) -> Load:
    at = urlsplit(url)
    assert at.hostname is not None
    assert at.port is not None
    return Load(at.hostname, at.port, size.connections, size.seconds, requests, pace=pace)


async def _draw(whole: Stack, renders: Iterable[str], told: Told) -> None:
    """Draw some frames of one render after the other, as workers do; note down when."""
    for render_id in itertools.cycle(renders):
        began = time.perf_counter()
        drawn = (
            update(Render)
            .where(Render.id == render_id)
            .values(version=Render.version + 1, frames_done=Render.frames_done + 10)
            .returning(Render.version)
        )
        async with whole.database.begin() as session:
            version = (await session.execute(drawn)).scalar_one()
        told[render_id, version] = began
        await whole.events.changed(render_id)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _late(heard: streams.Streams, told: Told) -> list[float]:
    """How many milliseconds after each change its stream knew; none where it never did."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LATEST_SECONDS):
            while any(version not in heard.heard[render] for render, version in told):
                await asyncio.sleep(0.05)
    return [
        round((heard.heard[render][version] - began) * 1000, 2)
        for (render, version), began in told.items()
        if version in heard.heard[render]
    ]
