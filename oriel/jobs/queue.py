"""A render's identifier goes in, and some worker looks at it; no more is ever said through Redis.

The database is the truth. A message that is lost costs time, one that comes twice costs nothing.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, cast

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError

_log = logging.getLogger(__name__)

QUEUES = ("oriel:free", "oriel:paid")
"""By priority: 0, and 1 or more."""

_LOOK = "look"
_LOOK_SECONDS = 5  # a look only wakes a worker
_POLL_SECONDS = 0.5
_AGAIN_SECONDS = 1.0
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 0.5

Look = Callable[[str], Awaitable[None]]


class Queue:
    """The way to ask for a worker's attention; open it with `opened`."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def look_at(self, render_id: str, priority: int) -> bool:
        """Ask for a look at a render; False where the queue is not to be had just now.

        Who asked is served all the same: workers look by themselves every few seconds.
        """
        try:
            await self._pool.enqueue_job(
                _LOOK, render_id, _job_id=f"look:{render_id}", _queue_name=QUEUES[min(priority, 1)]
            )
        except (RedisError, OSError) as error:
            _log.warning("The queue is not to be had: %s", error)
            return False
        return True

    async def ask_again(self, render_id: str, priority: int) -> bool:
        """The same for a render whose worker died: what it left in the queue is removed first."""
        with suppress(RedisError, OSError):
            await self._pool.delete(f"{in_progress_key_prefix}look:{render_id}")
        return await self.look_at(render_id, priority)

    async def lengths(self) -> dict[str, int]:
        """How many looks wait in each queue; raises RedisError or OSError."""
        return {name: await self._pool.zcard(name) for name in QUEUES}


@asynccontextmanager
async def opened(redis_url: str, patient: bool = True) -> AsyncIterator[Queue]:
    """The queue at a URL, which nothing is connected to yet.

    Who is not patient, as a web process, gives up after a second.
    """
    async with _connected(redis_url, patient) as pool:
        yield Queue(pool)


async def listen(redis_url: str, look: Look) -> None:
    """Call `look` with each render that is asked for, in both queues, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for name in QUEUES:
            group.create_task(_listen(redis_url, name, look))


async def _listen(redis_url: str, name: str, look: Look) -> None:
    while True:
        try:
            async with _connected(redis_url, patient=True) as pool:
                await _heard(_worker(pool, name, look))
        except (RedisError, OSError) as error:
            _log.warning("The queue %s is not to be had: %s", name, error)
        except Exception:  # whatever arq trips over, the workers go on by polling
            _log.exception("The queue %s cannot be heard", name)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _heard(worker: "_Worker") -> None:
    """Its own `close` calls what redis-py means to drop, and forgets what it says last."""
    try:
        await worker.async_run()
    finally:
        looks = list(worker.tasks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        if worker.last_words:
            _, unheard = await asyncio.wait(worker.last_words, timeout=_ANSWER_SECONDS)
            for words in unheard:
                words.cancel()
            await asyncio.gather(*unheard, return_exceptions=True)


class _Worker(Worker):
    """arq's, and which of its tasks tell the queue that a look is done: arq shields them.

    One that is left running connects anew, when all that was connected has been closed.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.last_words: set[asyncio.Task[Any]] = set()

    async def finish_job(self, *given: Any, **named: Any) -> None:
        with self._told():
            await super().finish_job(*given, **named)

    async def finish_failed_job(self, *given: Any, **named: Any) -> None:
        with self._told():
            await super().finish_failed_job(*given, **named)

    @contextmanager
    def _told(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self.last_words.add(task)
        try:
            yield
        finally:
            self.last_words.discard(task)


def _worker(pool: ArqRedis, name: str, look: Look) -> _Worker:
    async def heard(context: dict[Any, Any], render_id: str) -> None:
        await look(render_id)

    return _Worker(
        [func(cast(WorkerCoroutine, heard), name=_LOOK)],
        queue_name=name,
        redis_pool=pool,
        handle_signals=False,
        job_timeout=_LOOK_SECONDS,
        keep_result=0,
        poll_delay=_POLL_SECONDS,
        job_serializer=_bytes,
        job_deserializer=json.loads,
        log_results=False,
    )


@asynccontextmanager
async def _connected(redis_url: str, patient: bool) -> AsyncIterator[ArqRedis]:
    """A way to Redis; without OSError among what is retried, arq ends with Redis's first pause."""
    pool = ConnectionPool.from_url(
        redis_url,
        retry=Retry(ExponentialBackoff(cap=2, base=0.1), 60 if patient else 1),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError, OSError],
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=None if patient else _ANSWER_SECONDS,
    )
    try:
        yield ArqRedis(pool, job_serializer=_bytes, job_deserializer=json.loads)
    finally:
        await pool.aclose()


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
