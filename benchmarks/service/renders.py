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
    rounds: int = 1


def alone(size: Size = Size()) -> tuple[list[Row], dict[str, Any]]:
    """One render by the service, in times of `oriel render`."""
    with tempfile.TemporaryDirectory(prefix="oriel-overhead-") as folder:
        found = asyncio.run(_beside_program(Path(folder), size))
    program_seconds, service_seconds = median(found["program"]), median(found["service"])
    note = f"{program_seconds:.1f} s by oriel render, {service_seconds:.1f} s from order to video"
    what = f"what the service adds to a video of {size.seconds} s, {size.picture}"
    lost = 100 * (service_seconds / program_seconds - 1)
    return [Row(what, lost, " %", Goal("≤", 10), note)], found


def together(size: Size = Size(seconds=60, picture="640x360")) -> tuple[list[Row], dict[str, Any]]:
    """Two renders by two workers, in times of the same by one that does two things at once."""
    with tempfile.TemporaryDirectory(prefix="oriel-together-") as folder:
        found = asyncio.run(_two_workers(Path(folder), size))
    one, two = median(found["one"]), median(found["two"])
    note = f"{one:.1f} s by one worker with two slots, {two:.1f} s by two with one each"
    what = f"lost between two workers that draw two videos of {size.seconds} s, {size.picture}"
    return [Row(what, 100 * (two / one - 1), " %", Goal("≤", 5), note)], found


async def _beside_program(folder: Path, size: Size) -> dict[str, Any]:
    song = repeated(folder / "song.mp3", "libmp3lame", size.seconds)
    found: dict[str, Any] = {"program": [], "service": []}
    async with stack.opened(folder / "service") as whole:
        [one] = await people.made(whole, 1)
        with whole.served() as server, whole.worker():
            await whole.ready()
            await _once(whole, server.url, one, song)
            for number in range(size.rounds):
                out = folder / "song.mp4"
                run = await asyncio.to_thread(
                    program.render, song, out, "--size", size.picture, "--look", "default"
                )
                found["program"].append(run.seconds)
                began = time.perf_counter()
                orders = [(one, _other(song, number))]
                await _made(whole, server.url, orders, size)
                found["service"].append(time.perf_counter() - began)
    return found


async def _two_workers(folder: Path, size: Size) -> dict[str, Any]:
    song = repeated(folder / "song.mp3", "libmp3lame", size.seconds)
    found: dict[str, Any] = {"one": [], "two": []}
    async with stack.opened(folder / "service") as whole:
        who = await people.made(whole, 2)
        with whole.served() as server:
            with whole.worker():
                await whole.ready()
                await _once(whole, server.url, who[0], song)
            for number in range(2 * size.rounds):
                kind, slots, workers = (("one", "2", 1), ("two", "1", 2))[number % 2]
                with ExitStack() as working:
                    for _ in range(workers):
                        working.enter_context(whole.worker("--slots", slots))
                    await whole.ready(workers)
                    began = time.perf_counter()
                    orders = [(one, _other(song, 2 * number + k)) for k, one in enumerate(who)]
                    await _made(whole, server.url, orders, size)
                    found[kind].append(time.perf_counter() - began)
    return found


async def _once(whole: Stack, url: str, one: Person, song: Path) -> None:
    """Have what is done once on a machine done: librosa's parts are compiled."""
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
