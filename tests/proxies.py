"""What any proxy before Oriel must let through, asked of a real one before a real server."""

import asyncio
import io
import ssl
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from email.message import Message
from pathlib import Path

import aiohttp
import apis
import buckets
from aiohttp import web
from apis import Client
from loops import once

from oriel.service.settings import Settings
from oriel.web import headers

# A proxy before the server at an address, with its files in a folder: its own address.
STRICT = "Strict-Transport-Security"
PATIENCE_SECONDS = 60  # for a proxy to be there
Before = Callable[[str, Path], AbstractContextManager[str]]


def ask(
    url: str, body: bytes | None = None, context: ssl.SSLContext | None = None
) -> tuple[int, bytes]:
    """The answer's status and body; the first time the proxy may not be there yet."""
    status, _, said = answered(url, body, context)
    return status, said


def answered(
    url: str, body: bytes | None = None, context: ssl.SSLContext | None = None
) -> tuple[int, Message, bytes]:
    """The same, with its headers."""
    context = context or ssl._create_unverified_context()
    last = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < last:
        try:
            with urllib.request.urlopen(url, body, context=context, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


def nobody() -> str:
    """A place where no server is."""
    return f"127.0.0.1:{buckets.free_port()}"


def try_by_https(address: str) -> None:
    """What the proxy answers by itself says what all of Oriel's answers say behind https."""
    oriel_s = web.Response()
    headers.dress(oriel_s, https=True)

    said = {
        path: answered(f"{address}{path}", body)
        for path, body in {"/metrics": None, "/api/user/presets": bytes(2_000_000)}.items()
    }

    assert [status for status, _, _ in said.values()] == [404, 413]
    for path, (_, told, _) in said.items():
        assert told.get_all(STRICT) == [oriel_s.headers[STRICT]], path


def try_what_may_be_large(address: str) -> None:
    """A song may; the proxy itself refuses whatever else is, before the studio alone, which takes none."""
    large = bytes(2_000_000)

    assert ask(f"{address}/api/user/presets", large)[0] == 413
    assert ask(f"{address}/api/jobs/submit", large)[0] in (404, 405)


def the_largest_song() -> bytes:
    """A quarter of an hour of silence, to the last bytes that a song may have."""
    most = Settings().upload_limit_mb * 1_000_000
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, 48_000, 0, "NONE", ""))
        made.writeframes(bytes(most - 1_000))
    return file.getvalue()


def try_a_song_and_its_events(before: Before, database_url: str, folder: Path) -> None:
    """Order the largest song through a proxy; what is told of it must come at once."""
    once(_a_song_and_its_events(before, database_url, folder))


async def _a_song_and_its_events(before: Before, database_url: str, folder: Path) -> None:
    chosen = apis.settings(
        database_url,
        folder / "data",
        trusted_proxies="127.0.0.1",
        public_url="https://oriel.example",
    )
    async with apis.served(chosen) as direct:
        with before(direct.url, folder) as address:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
                through = replace(direct, url=address, http=http)
                await _ready(through)
                assert await _strict(through) == await _strict(direct), "said once"
                somebody = await through.registered()
                order = await somebody.order(the_largest_song(), end="10")
                assert order.status == 202, order.body
                await _follow(somebody, order.json["id"])


async def _strict(client: Client) -> list[str]:
    """Each time that an answer says it."""
    told = (await client.get("/api/payments/tiers")).headers
    return [value for name, value in told.items() if name == STRICT]


async def _follow(somebody: Client, render: str) -> None:
    """The stream is open, and what it told so far is here already."""
    bearer = {"Authorization": f"Bearer {somebody.token}"}
    asked = somebody.http.get(f"{somebody.url}/api/jobs/{render}/events", headers=bearer)
    async with asyncio.timeout(PATIENCE_SECONDS), asked as stream:
        queued = await stream.content.readuntil(b'"status":"queued"')
        await somebody.post(f"/api/jobs/{render}/cancel")
        cancelled = await stream.content.read()

    assert b"event: status" in queued
    assert b'"status":"cancelled"' in cancelled


async def _ready(through: Client) -> None:
    """The server behind it answers; at first the proxy may not be there yet."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                assert (await through.get("/api/payments/tiers")).status == 200
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
            else:
                return
