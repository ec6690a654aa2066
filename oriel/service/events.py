"""What changed of a render goes in, wherever it happened; everybody who follows it hears of it.

Redis carries the news; the database is the truth, and is asked every few seconds for whatever news
was lost. One question serves all who follow, however many they are.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from oriel.service import clock, snapshots
from oriel.service.connections import DatabaseGone
from oriel.service.db import Database
from oriel.service.models import Render

_log = logging.getLogger(__name__)

_CHANNEL = "oriel:render:"
_ASK_SECONDS = 2.0  # how old lost news gets
_AT_ONCE = 500  # renders that are asked for in one question
_AGAIN_SECONDS = 1.0
_TELL_SECONDS = 1.0
_VERSIONS = select(Render.id, Render.version).where(
    Render.id.in_(bindparam("render_ids", expanding=True))
)
_ENDED = ("done", "failed", "cancelled")

Snapshot = dict[str, Any]


class Events:
    """The news of renders; open it with `opened`."""

    def __init__(self, database: Database, redis_url: str | None) -> None:
        self._database = database
        # One that gives up soon to speak, and one that waits for ever to hear.
        self._mouth = self._ear = None
        if redis_url is not None:
            self._mouth = Redis.from_url(
                redis_url, socket_timeout=_TELL_SECONDS, socket_connect_timeout=_TELL_SECONDS
            )
            self._ear = Redis.from_url(redis_url)
        self._followers: dict[str, set[asyncio.Queue[Snapshot]]] = defaultdict(set)
        self._told: dict[str, int] = {}  # the newest version that followers heard of

    async def publish(self, render_id: str, snapshot: Snapshot) -> None:
        """Tell everybody who follows, in this process and in others."""
        self._tell(render_id, snapshot)
        if self._mouth is not None:
            with suppress(RedisError, OSError):
                await self._mouth.publish(_CHANNEL + render_id, json.dumps(snapshot))

    async def changed(self, render_id: str) -> None:
        """Read a render's state and tell everybody who follows."""
        with suppress(DatabaseGone):
            snapshot = await snapshots.asked(self._database, render_id, clock.now())
            if snapshot is not None:
                await self.publish(render_id, snapshot)

    async def subscribe(self, render_id: str, after_version: int = -1) -> AsyncIterator[Snapshot]:
        """A render's states newer than `after_version`, at once if there is one, up to its end.

        Who reads slowly misses what is between, never the last.
        """
        queue: asyncio.Queue[Snapshot] = asyncio.Queue(maxsize=1)
        self._followers[render_id].add(queue)
        try:
            snapshot = await snapshots.asked(self._database, render_id, clock.now())
            version = after_version
            while snapshot is not None:
                if snapshot["version"] > version:
                    version = snapshot["version"]
                    yield snapshot
                if snapshot["status"] in _ENDED:
                    return
                snapshot = await queue.get()
        finally:
            self._followers[render_id].discard(queue)
            if not self._followers[render_id]:
                del self._followers[render_id]
                self._told.pop(render_id, None)

    def _tell(self, render_id: str, snapshot: Snapshot) -> None:
        """Leave it for each follower in place of what that has not read; old news is none."""
        if render_id not in self._followers or not self._is_new(render_id, snapshot["version"]):
            return
        self._told[render_id] = snapshot["version"]
        for queue in self._followers[render_id]:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(snapshot)

    async def listen(self) -> None:
        """Hear what other processes tell, for as long as this runs."""
        while self._ear is not None:
            try:
                async with self._ear.pubsub() as news:
                    await news.psubscribe(f"{_CHANNEL}*")
                    async for message in news.listen():
                        if message["type"] == "pmessage":
                            self._hear(message["channel"], message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)

    def _hear(self, channel: bytes, data: bytes) -> None:
        render_id = channel.decode().removeprefix(_CHANNEL)
        if render_id in self._followers:
            with suppress(ValueError):
                self._tell(render_id, json.loads(data))

    async def close(self) -> None:
        """Give the connections back."""
        for redis in (self._mouth, self._ear):
            if redis is not None:
                await redis.aclose()

    async def ask(self) -> None:
        """Ask the database for news that was lost, for as long as this runs."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            try:
                await self._ask_once()
            except DatabaseGone:
                continue
            except DBAPIError as error:  # such as of a statement that an upgrade made invalid
                _log.warning("News that was lost is asked for again: %s", error)

    async def _ask_once(self) -> None:
        followed = list(self._followers)
        for begin in range(0, len(followed), _AT_ONCE):
            some = followed[begin : begin + _AT_ONCE]
            now = await self._database.rows(_VERSIONS, render_ids=some)
            new = [render_id for render_id, version in now if self._is_new(render_id, version)]
            if not new:
                continue
            for snapshot in await snapshots.several(self._database, new, clock.now()):
                self._tell(snapshot["id"], snapshot)

    def _is_new(self, render_id: str, version: int) -> bool:
        return version > self._told.get(render_id, -1)


@asynccontextmanager
async def opened(database: Database, redis_url: str | None) -> AsyncIterator[Events]:
    """The news, heard for as long as the block runs; without Redis, from the database alone."""
    events = Events(database, redis_url)
    tasks = [asyncio.create_task(events.listen()), asyncio.create_task(events.ask())]
    try:
        yield events
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                _log.error("The news of renders ended early.", exc_info=ended)
        await events.close()
