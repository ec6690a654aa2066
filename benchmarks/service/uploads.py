"""Songs of five megabytes, sent by ten people at once: how long until each order is accepted."""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.service import load, people, stack
from benchmarks.service.people import TIER, Person
from benchmarks.table import Goal, Row

MB = 1_000_000
AT_ONCE = 10
_BOUNDARY = "oriel"


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
                await _send(http, server.url, who[0], body)  # what is done once is done
                senders = [_sent(http, server.url, waiting, body) for _ in range(AT_ONCE)]
                return [took for each in await asyncio.gather(*senders) for took in each]


async def _sent(
    http: aiohttp.ClientSession, url: str, waiting: asyncio.Queue[Person], body: bytes
) -> list[float]:
    took = []
    while not waiting.empty():
        began = time.perf_counter()
        await _send(http, url, waiting.get_nowait(), body)
        took.append(round((time.perf_counter() - began) * 1000, 2))
    return took


async def _send(http: aiohttp.ClientSession, url: str, one: Person, body: bytes) -> str:
    """Each song ends otherwise, so that none was sent before."""
    return await submitted(http, url, one.token, body + os.urandom(16), size="640x360")


async def submitted(
    http: aiohttp.ClientSession, url: str, token: str, song: bytes | None, **fields: str
) -> str:
    """Order a song's video, or with `song_hash` one that was sent; the render's identifier."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
    }
    form = _form(song, fields | {"tier": TIER})
    async with http.post(f"{url}/api/jobs/submit", data=form, headers=headers) as response:
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


def _form(song: bytes | None, fields: dict[str, str]) -> bytes:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    form, end = "".join(parts).encode(), f"--{_BOUNDARY}--\r\n".encode()
    if song is None:
        return form + end
    about = 'Content-Disposition: form-data; name="song"; filename="song.wav"'
    return form + f"--{_BOUNDARY}\r\n{about}\r\n\r\n".encode() + song + b"\r\n" + end
