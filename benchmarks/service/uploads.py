"""Songs of five megabytes, sent by ten people at once: how long until each order is accepted."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.service import load, people, stack
from benchmarks.service.people import TIER, Person
from benchmarks.table import Goal, Row

MB = 1_000_000
AT_ONCE = 10
SIZE = "640x360"
_BOUNDARY = "oriel"
_PIECE = 1 << 17  # bytes


def rows(songs: int = 100, size: int = 5 * MB) -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, and how long each took, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="oriel-uploads-") as folder:
        first, took = asyncio.run(_measured(Path(folder), songs, size))
    note = (
        f"{songs} songs, half within {load.percentile(took, 0.5):.0f} ms; of a new process, whose"
        f" connections have asked nothing yet, the first {len(first)} within {max(first):.0f} ms"
    )
    what = f"a song of {size / MB:g} MB submitted, {AT_ONCE} at once, 95% within"
    found = {"ms": took, "first_ms": first}
    return [Row(what, load.percentile(took, 0.95), " ms", Goal("≤", 300), note)], found


async def _measured(folder: Path, songs: int, size: int) -> tuple[list[float], list[float]]:
    """How long the first took, as many as are sent at once, and how long those after them."""
    async with stack.opened(folder) as whole:
        who = await people.made(whole, min(songs, 2 * AT_ONCE))
        with whole.served() as server:
            async with aiohttp.ClientSession() as http:
                body = song(size)
                first, then = [
                    await _all_sent(
                        http, server.url, [who[turn % len(who)] for turn in range(count)], body
                    )
                    for count in (min(songs, AT_ONCE), songs)
                ]
    return first, then


async def _all_sent(
    http: aiohttp.ClientSession, url: str, turns: list[Person], body: bytes
) -> list[float]:
    """Send a song of each, so many at once; the milliseconds that each took."""
    waiting = iter(turns)
    took = []

    async def send() -> None:
        for one in waiting:
            song = _other(body)
            began = time.perf_counter()
            await submitted(http, url, one.token, song, size=SIZE)
            took.append(round((time.perf_counter() - began) * 1000, 2))

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return took


def _other(body: bytes) -> bytes:
    """The song with another end, so that it was never sent before."""
    return body + os.urandom(16)


async def submitted(
    http: aiohttp.ClientSession, url: str, token: str, song: bytes | None, **fields: str
) -> str:
    """Order a song's video, or with `song_hash` one that was sent; the render's identifier."""
    status, told = await asked(http, url, token, song, **fields)
    if status != 202:
        raise RuntimeError(f"The order was refused: {told}")
    return str(told["id"])


async def asked(
    http: aiohttp.ClientSession, url: str, token: str, song: bytes | None, **fields: str
) -> tuple[int, dict[str, Any]]:
    """The same order; the answer's status, and its JSON."""
    form = _form(song, fields | {"tier": TIER})
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "Content-Length": str(sum(map(len, form))),
    }
    sent = http.post(f"{url}/api/jobs/submit", data=_pieces(form), headers=headers)
    async with sent as response:
        return response.status, await response.json()


def song(size: int) -> bytes:
    """A WAV file of chance."""
    sound = os.urandom(size - 44)
    head = b"RIFF" + (size - 8).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += bytes([1, 0, 1, 0]) + (44_100).to_bytes(4, "little") + (88_200).to_bytes(4, "little")
    return head + bytes([2, 0, 16, 0]) + b"data" + len(sound).to_bytes(4, "little") + sound


def _form(song: bytes | None, fields: dict[str, str]) -> list[bytes]:
    """Its parts, for none of which the song is copied: that would cost the service its core."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    form, end = "".join(parts).encode(), f"--{_BOUNDARY}--\r\n".encode()
    if song is None:
        return [form, end]
    about = 'Content-Disposition: form-data; name="song"; filename="song.wav"'
    return [form, f"--{_BOUNDARY}\r\n{about}\r\n\r\n".encode(), song, b"\r\n", end]


async def _pieces(form: list[bytes]) -> AsyncIterator[memoryview]:
    """As much at a time as a socket takes: what is left over of more is moved each time."""
    for part in form:
        for first in range(0, len(part), _PIECE):
            yield memoryview(part)[first : first + _PIECE]
