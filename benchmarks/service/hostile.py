"""Hostile songs, by number, are sent to a server beside two workers: each ends, and nobody dies.

What `benchmarks.fuzz` has heard by the thousand in the workers' walls goes here the whole way, some
hundred of them: refused when they are sent, drawn, or failed with a sentence and the credit back. As
many as are heard there are sent to a server that has no worker, and what it takes is cancelled.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Select, select

from benchmarks import mutations
from benchmarks.service import people, stack, uploads
from benchmarks.service.people import TIER
from benchmarks.service.stack import Stack
from benchmarks.table import NONE, Goal, Row
from oriel.service import credits
from oriel.service.models import Render

SHORT, LONG = 100, 400  # songs
SENT = 10_000  # songs that are sent to a server alone
_AT_ONCE = 4
_REFUSED = ("not_a_song",)
_CLEAR = ("bad_song", "too_long")  # why a render of one may fail
_ENDED = ("done", "failed", "cancelled")
_LONGEST_SECONDS = 120.0  # until one more has ended
_MOST_MB = 400.0
_UNLIMITED = {"ORIEL_RATE_FACTOR": "0", "ORIEL_MAX_QUEUED_PER_USER": "10000"}
# A second of each is drawn.
_ORDER = {"size": "640x360", "fps": "24", "end": "1"}


@dataclass
class Found:
    """What became of the songs, and of what dealt with them."""

    became: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)  # neither a video nor a sentence
    died: list[str] = field(default_factory=list)  # servers and workers
    credits_lost: int = 0
    most_mb: float = 0.0  # of a server alone


def rows(count: int = SHORT, sent: int = SENT) -> tuple[list[Row], dict[str, Any]]:
    """What became of so many songs, and of so many that were sent to a server alone."""
    with tempfile.TemporaryDirectory(prefix="oriel-hostile-") as folder:
        began = time.monotonic()
        found = asyncio.run(measure(Path(folder) / "whole", range(3_000_000, 3_000_000 + count)))
        between = time.monotonic()
        alone = asyncio.run(taken(Path(folder) / "alone", range(5_000_000, 5_000_000 + sent)))
        seconds = between - began, time.monotonic() - between
    died, lost = found.died + alone.died, found.credits_lost + alone.credits_lost
    memory = Goal("≤", _MOST_MB)
    return [
        Row("hostile songs, without a clear end", *_unclear(found, seconds[0])),
        Row("hostile songs sent to a server alone, the same", *_unclear(alone, seconds[1])),
        Row("servers and workers that died of one", len(died), "", NONE, "; ".join(died[:3])),
        Row("credits that such songs cost and brought no video", lost, "", NONE),
        Row("memory of the server alone", round(alone.most_mb), " MB", memory, promise=True),
    ], {"whole": vars(found), "alone": vars(alone)}


def _unclear(found: Found, seconds: float) -> tuple[int, str, Goal, str]:
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(found.became.items()))
    return len(found.unclear), "", NONE, f"of {found.became.total():,}: {told}; {seconds:.0f} s"


async def taken(folder: Path, numbers: Iterable[int]) -> Found:
    """Send these songs to a server, some at once, and cancel what it takes."""
    found, left = Found(), iter(numbers)
    async with stack.opened(folder, **_UNLIMITED) as whole:
        [one] = await people.made(whole, 1)
        before = await _left(whole, one.id)
        with whole.served() as server:
            async with aiohttp.ClientSession(server.url) as http:

                async def send() -> None:
                    for number in left:
                        if order := await _send(http, "", one.token, number, found):
                            found.became["taken"] += 1
                            await _cancel(http, one.token, order, found)

                await asyncio.gather(*(send() for _ in range(_AT_ONCE)))
                found.most_mb = stack.resident_mb(server.child.pid)
                async with http.get("/health") as response:
                    if response.status != 200:
                        found.died.append(f"the server answers {response.status}")
            if (code := server.child.poll()) is not None:
                found.died.append(f"the server ended: {code}")
        found.credits_lost = before - await _left(whole, one.id)
    return found


async def _cancel(http: aiohttp.ClientSession, token: str, order: str, found: Found) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post(f"/api/jobs/{order}/cancel", headers=headers) as answer:
        if answer.status != 200:
            found.unclear.append(f"{order}: {answer.status} {await answer.text()}")


async def measure(folder: Path, numbers: Iterable[int]) -> Found:
    """Send these songs, and wait until each has ended."""
    found = Found()
    async with stack.opened(folder, **_UNLIMITED) as whole:
        [one] = await people.made(whole, 1)
        before = await _left(whole, one.id)
        with ExitStack() as running:
            server = running.enter_context(whole.served())
            workers = [running.enter_context(whole.worker("--slots", "1")) for _ in range(2)]
            await whole.ready(len(workers))
            async with aiohttp.ClientSession() as http:
                for number in numbers:
                    await _send(http, server.url, one.token, number, found)
                await _ended(whole)
                async with http.get(f"{server.url}/status") as response:
                    if response.status != 200:
                        found.died.append(f"the server answers {response.status}")
            for name, code in {
                "the server": server.child.poll(),
                **{f"worker {one.pid}": one.poll() for one in workers},
            }.items():
                if code is not None:
                    found.died.append(f"{name} ended: {code}")
        await _count(whole, found)
        found.credits_lost = before - await _left(whole, one.id) - found.became["done"]
    return found


async def _send(
    http: aiohttp.ClientSession, url: str, token: str, number: int, found: Found
) -> str | None:
    """The order, or None where the song was refused."""
    did, song = mutations.song(number)
    status, told = await uploads.asked(http, url, token, song, **_ORDER)
    if status == 202:
        return str(told["id"])
    found.became["refused"] += 1
    if told["error"]["code"] not in _REFUSED:
        found.unclear.append(f"{number} {did}: {status} {told}")
    return None


async def _ended(whole: Stack) -> None:
    """Wait until every render has ended; raises TimeoutError where long none did."""
    asked = select(Render.id).where(Render.status.not_in(_ENDED))
    left = await _found(whole, asked)
    while before := left:
        async with asyncio.timeout(_LONGEST_SECONDS):
            while (left := await _found(whole, asked)) == before:
                await asyncio.sleep(0.2)


async def _found(whole: Stack, asked: Select[str]) -> set[str]:
    async with whole.database.read() as session:
        return set(await session.scalars(asked))


async def _count(whole: Stack, found: Found) -> None:
    """How the renders ended."""
    async with whole.database.read() as session:
        for one in await session.scalars(select(Render)):
            found.became[one.status if one.status == "done" else str(one.error_code)] += 1
            sentence = one.error_message or ""
            if one.status != "done" and (one.error_code not in _CLEAR or len(sentence) < 10):
                found.unclear.append(f"{one.id}: {one.status} {one.error_code} {sentence}")


async def _left(whole: Stack, user_id: str) -> int:
    async with whole.database.read() as session:
        return await credits.balance(session, user_id, TIER)
