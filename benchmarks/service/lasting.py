"""Thousands of requests and dozens of renders: how much more memory their processes have then."""

import asyncio
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from benchmarks.service import load, people, stack, uploads
from benchmarks.service.load import Load
from benchmarks.service.people import Person
from benchmarks.service.stack import Stack
from benchmarks.table import Goal, Row

_CONNECTIONS = 20
_LOAD_SECONDS = 2.0
_FLAT = Goal("≤", 1.05)


@dataclass(frozen=True)
class Size:
    """What is done before the first look at a process's memory, and until the second."""

    requests: tuple[int, int] = (2_000, 10_000)
    visits: tuple[int, int] = (20, 100)
    renders: tuple[int, int] = (10, 50)


def rows(size: Size = Size()) -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and the megabytes."""
    with tempfile.TemporaryDirectory(prefix="oriel-lasting-") as folder:
        found = asyncio.run(_measured(Path(folder), size))
    visits = f"{size.visits[1]} sign-ups, orders and event streams among them"
    return [
        _row("web process", "requests", found["web_mb"], size.requests, f", {visits}"),
        _row("worker", "renders", found["worker_mb"], size.renders),
    ], found


def _row(
    who: str, what: str, megabytes: tuple[float, float], counts: tuple[int, int], more: str = ""
) -> Row:
    first, last = megabytes
    name = f"memory of the {who} over {counts[1]:,} {what}"
    note = f"{first:.1f} MB after {counts[0]:,}, {last:.1f} MB in the end{more}"
    return Row(name, last / first, "×", _FLAT, note)


async def _measured(folder: Path, size: Size) -> dict[str, Any]:
    most = str(1 + sum(size.renders))
    async with stack.opened(folder, ORIEL_MAX_QUEUED_PER_USER=most) as whole:
        who = await people.made(whole, _CONNECTIONS, ["done"] * 4)
        with whole.served() as server:
            web = []
            for count, visits in zip(size.requests, size.visits, strict=True):
                await _visited(server.url, who, visits)
                web.append(await _asked(server.url, server.child.pid, who, count))
            with whole.worker() as worker:
                await whole.ready()
                first, last = size.renders
                parts = (range(first), range(first, first + last))
                work = [
                    await _drawn(whole, server.url, one, worker.pid, part)
                    for one, part in zip(who, parts, strict=False)
                ]
    return {"web_mb": web, "worker_mb": work}


async def _visited(url: str, who: list[Person], count: int) -> None:
    """So many times somebody signs up, and somebody orders, hears how it stands, and thinks better."""
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        for number in range(count):
            one = who[number % len(who)]
            http.headers["X-Forwarded-For"] = f"10.1.0.{number % 250}"  # one alone may not so often
            known = {"email": f"{os.urandom(8).hex()}@example.org", "password": os.urandom(8).hex()}
            async with http.post("/api/auth/register", json=known) as answer:
                assert answer.status == 201, await answer.text()
            order = await uploads.submitted(
                http, "", one.token, uploads.song(500_000), size="64x36"
            )
            headers = {"Authorization": f"Bearer {one.token}"}
            async with http.get(f"/api/jobs/{order}/events", headers=headers) as answer:
                assert await answer.content.readline()
            async with http.post(f"/api/jobs/{order}/cancel", headers=headers) as answer:
                assert answer.status == 200, await answer.text()


async def _asked(url: str, pid: int, who: list[Person], count: int) -> float:
    """The server's memory once so many more requests were answered."""
    at = urlsplit(url)
    assert at.hostname is not None
    assert at.port is not None
    paths = [
        (one, path)
        for one in who
        for path in ("/api/user/profile", *(f"/api/jobs/{name}/status" for name in one.renders))
    ]
    requests = [("read", path, one.token) for one, path in paths]
    while count > 0:
        asked = Load(at.hostname, at.port, _CONNECTIONS, _LOAD_SECONDS, requests, warm=0.0)
        count -= sum((await load.measured(asked))["statuses"].values())
    return stack.resident_mb(pid)


async def _drawn(whole: Stack, url: str, one: Person, pid: int, numbers: range) -> float:
    """The worker's own memory once it has made these videos, each of another part of one song."""
    song = uploads.song(500_000)
    digest = hashlib.sha256(song).hexdigest()
    async with aiohttp.ClientSession() as http:
        await uploads.submitted(http, url, one.token, song, size="64x36", end="0.4")
        parts = ((str(number / 50), str(number / 50 + 0.5)) for number in numbers)
        ordered = [
            await uploads.submitted(
                *(http, url, one.token, None),
                song_hash=digest,
                size="64x36",
                start=start,
                end=end,
            )
            for start, end in parts
        ]
        await asyncio.gather(*(whole.ended(render) for render in ordered))
    return stack.resident_mb(pid)
