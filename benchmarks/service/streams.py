"""Renders and access tokens in; when each of their event streams heard which version, out."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_HEARD = b"id: "
_PATIENCE_SECONDS = 60.0


@dataclass
class Streams:
    """Open streams: by render, when each version was heard; `cut` counts those that ended."""

    heard: dict[str, dict[int, float]] = field(default_factory=dict)
    cut: int = 0

    async def all_heard(self, version: int = -1) -> None:
        """Wait until every stream has heard at least this version."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not all(max(known, default=-2) >= version for known in self.heard.values()):
                await asyncio.sleep(0.05)

    async def follow(self, reader: asyncio.StreamReader, render: str) -> None:
        """Note down what a stream tells, until it ends."""
        async for line in reader:
            if line.startswith(_HEARD):
                self.heard[render][int(line[len(_HEARD) :])] = time.perf_counter()
        self.cut += 1


@asynccontextmanager
async def opened(url: str, followed: Sequence[tuple[str, str]]) -> AsyncIterator[Streams]:
    """A stream for each render with an access token, open until the block ends."""
    at, streams, tasks, writers = urlsplit(url), Streams(), [], []
    for render, token in followed:
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        writer.write(_request(at.hostname or "", render, token))
        streams.heard[render] = {}
        tasks.append(asyncio.create_task(streams.follow(reader, render)))
        writers.append(writer)
    await streams.all_heard()
    try:
        yield streams
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()


def _request(host: str, render: str, token: str) -> bytes:
    lines = (f"GET /api/jobs/{render}/events HTTP/1.1", f"Host: {host}")
    return "\r\n".join([*lines, f"Authorization: Bearer {token}", "", ""]).encode()
