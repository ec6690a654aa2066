"""What the service adds to drawing: one render beside `oriel render`, and two workers beside one.

What is compared takes turns, on the same machine, and draws the same: of each the median counts.
"""

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from benchmarks import program
from benchmarks.bench_bands import repeated
from benchmarks.service import people, stack, uploads
from benchmarks.service.people import Person
from benchmarks.service.stack import Stack
from benchmarks.table import Goal, Row


@dataclass(frozen=True)
class Size:
    """How long a song is drawn, how large, and how often each way."""

    seconds: int = 180
    picture: str = "1280x720"
    rounds: int = 2


def alone(size: Size = Size()) -> tuple[list[Row], dict[str, Any]]:
    """One render by the service, in times of `oriel render`: by a worker as it is, and by one slot.

    Two slots, which workers have, draw parts of one video at once, and so keep cores busy that one
    program leaves idle. What the service does besides, such as to hear the song's beat, is seen where
    there is one.
    """
    with tempfile.TemporaryDirectory(prefix="oriel-overhead-") as folder:
        found = asyncio.run(_beside_program(Path(folder), size))
    what = f"what the service adds to a video of {size.seconds} s, {size.picture}"
    return [
        _row(found, "program", "two slots", Goal("≤", 10), what),
        _row(found, "program", "one slot", None, f"{what}, by a worker with one slot"),
    ], found


def together(
    size: Size = Size(seconds=120, picture="640x360", rounds=3),
) -> tuple[list[Row], dict[str, Any]]:
    """Two renders by two workers, in times of one that does two things at once, and of two programs.

    A worker that has nothing to do looks for work each second: of short videos that is a good share.
    """
    with tempfile.TemporaryDirectory(prefix="oriel-together-") as folder:
        found = asyncio.run(_two_workers(Path(folder), size))
    what = f"lost between two workers that draw two videos of {size.seconds} s, {size.picture}"
    added = f"what the service adds to two videos of {size.seconds} s, {size.picture}, made at once"
    return [
        _row(found, "one worker", "two workers", Goal("≤", 5), what),
        _row(found, "two programs", "two workers", None, added),
    ], found


def _row(found: dict[str, Any], base: str, other: str, goal: Goal | None, what: str) -> Row:
    """How much longer the one took than the other, in percent."""
    seconds = {kind: median(found[kind]) for kind in (base, other)}
    note = ", ".join(f"{took:.1f} s by {kind}" for kind, took in seconds.items())
    return Row(what, 100 * (seconds[other] / seconds[base] - 1), " %", goal, note)


async def _beside_program(folder: Path, size: Size) -> dict[str, Any]:
    song = repeated(folder / "song.mp3", "libmp3lame", size.seconds)
    found: dict[str, Any] = {"program": [], "two slots": [], "one slot": []}
    async with stack.opened(folder / "service") as whole:
        [one] = await people.made(whole, 1)
        with whole.served() as server:
            await _first(whole, server.url, one, song)
            for number in range(size.rounds):
                found["program"].append(await _programs(song, folder, size, 1))
                for slots, kind in ((2, "two slots"), (1, "one slot")):
                    orders = [(one, _other(song, 2 * number + slots))]
                    took = await _working(whole, server.url, orders, size, [slots])
                    found[kind].append(took)
    return found


async def _two_workers(folder: Path, size: Size) -> dict[str, Any]:
    song = repeated(folder / "song.mp3", "libmp3lame", size.seconds)
    found: dict[str, Any] = {"one worker": [], "two workers": [], "two programs": []}
    async with stack.opened(folder / "service") as whole:
        who = await people.made(whole, 2)
        with whole.served() as server:
            await _first(whole, server.url, who[0], song)
            for number in range(size.rounds):
                found["two programs"].append(await _programs(song, folder, size, 2))
                for slots, kind in (([2], "one worker"), ([1, 1], "two workers")):
                    turn = 4 * number + 2 * len(slots)
                    orders = [(one, _other(song, turn + k)) for k, one in enumerate(who)]
                    found[kind].append(await _working(whole, server.url, orders, size, slots))
    return found


async def _programs(song: Path, folder: Path, size: Size, count: int) -> float:
    """Seconds until so many runs of `oriel render`, at once, have their videos."""
    options = ("--size", size.picture, "--look", "default")
    began = time.perf_counter()
    async with asyncio.TaskGroup() as running:
        for number in range(count):
            out = folder / f"song-{number}.mp4"
            running.create_task(asyncio.to_thread(program.render, song, out, *options))
    return time.perf_counter() - began


async def _working(
    whole: Stack, url: str, orders: list[tuple[Person, bytes]], size: Size, slots: list[int]
) -> float:
    """Seconds from order to video, by a worker for each number of slots."""
    with ExitStack() as working:
        for count in slots:
            working.enter_context(whole.worker("--slots", str(count)))
        await whole.ready(len(slots))
        began = time.perf_counter()
        await _made(whole, url, orders, size)
        return time.perf_counter() - began


async def _first(whole: Stack, url: str, one: Person, song: Path) -> None:
    """Have what is done once on a machine done: librosa's parts are compiled."""
    with whole.worker():
        await whole.ready()
        await _made(whole, url, [(one, song.read_bytes())], Size(picture="64x36"), end="1")


async def _made(
    whole: Stack, url: str, orders: list[tuple[Person, bytes]], size: Size, **fields: str
) -> None:
    """Order each video, and wait for the last of them."""
    async with aiohttp.ClientSession() as http:
        rendering = [
            await uploads.submitted(http, url, one.token, song, size=size.picture, **fields)
            for one, song in orders
        ]
        await asyncio.gather(*(whole.ended(render) for render in rendering))


def _other(song: Path, number: int) -> bytes:
    """A song that sounds the same and has another hash, so that no finished video is reused."""
    return song.read_bytes() + bytes([number])
