"""A way to a server that can be cut: a TCP proxy which drops connections when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Way:
    """`after`: bytes that a connection may send before it is cut; `cuts`: how many more are."""

    port: int = 0
    after: int = 0
    cuts: int = 0
    made: int = 0  # cuts so far
    then: int | None = None  # what `after` is from the first cut on

    def _cutting(self, sent: int) -> bool:
        if self.cuts > 0 and sent >= self.after:
            self.cuts -= 1
            self.made += 1
            self.after = self.after if self.then is None else self.then
            return True
        return False


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[Way]:
    """A way to a port of this machine, until the block ends."""
    way = Way()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        answers = asyncio.create_task(_copy(there, writer))
        sent = 0
        try:
            while data := await reader.read(1 << 16):
                sent += len(data)
                if way._cutting(sent):
                    writer.transport.abort()
                    break
                back.write(data)
                await back.drain()
        except ConnectionError:
            pass
        back.close()
        await asyncio.wait([answers])

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as server:
        way.port = server.sockets[0].getsockname()[1]
        yield way


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()
