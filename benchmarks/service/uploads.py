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
        took = asyncio.run(_measured(Path(folder), songs, size))
    note = f"{songs} songs, half within {load.percentile(took, 0.5):.0f} ms"
    what = f"a song of {size / MB:g} MB submitted, {AT_ONCE} at once, 95% within"
    return [Row(what, load.percentile(took, 0.95), " ms", Goal("≤", 300), note)], {"ms": took}


async def _measured(folder: Path, songs: int, size: int) -> list[float]:
    async with stack.opened(folder) as whole:
        who = await people.made(whole, min(songs, 2 * AT_ONCE))
        with whole.served() as server:
            async with aiohttp.ClientSession() as http:
                turns = [who[number % len(who)] for number in range(songs)]
                waiting = asyncio.Queue[Person]()
                for one in turns:
                    waiting.put_nowait(one)
                body = song(size)
                # What is done once is done.
                await submitted(http, server.url, who[0].token, body, size=SIZE)
                senders = [_sent(http, server.url, waiting, body) for _ in range(AT_ONCE)]
                return [took for each in await asyncio.gather(*senders) for took in each]


async def _sent(
    http: aiohttp.ClientSession, url: str, waiting: asyncio.Queue[Person], body: bytes
) -> list[float]:
    took = []
    while not waiting.empty():
        one, song = waiting.get_nowait(), _other(body)
        began = time.perf_counter()
        await submitted(http, url, one.token, song, size=SIZE)
        took.append(round((time.perf_counter() - began) * 1000, 2))
    return took


def _other(body: bytes) -> bytes:
    """The song with another end, so that it was never sent before."""
    return body + os.urandom(16)


async def submitted(
    http: aiohttp.ClientSession, url: str, token: str, song: bytes | None, **fields: str
) -> str:
    """Order a song's video, or with `song_hash` one that was sent; the render's identifier."""
    form = _form(song, fields | {"tier": TIER})
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
        "Content-Length": str(sum(map(len, form))),
    }
    asked = http.post(f"{url}/api/jobs/submit", data=_pieces(form), headers=headers)
    async with asked as response:
        told = await response.json()
        if response.status != 202:
            raise RuntimeError(f"The order was refused: {told}")
        return str(told["id"])


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
