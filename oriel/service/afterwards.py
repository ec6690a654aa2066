"""Work that an answer does not wait for goes in; it is done all the same, before the service ends.

So nobody sees by the clock what there was to do. A process that is killed loses what is under way:
this is for what may be asked for again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_log = logging.getLogger(__name__)

_LAST_SECONDS = 10.0  # for what is under way when the service ends


class Afterwards:
    """What goes on by itself."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> None:
        """Begin work and return after exactly so long, whether it has ended or not.

        What it raises until then is raised here; what it raises later is logged.
        """
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await asyncio.sleep(seconds)
        finally:
            if not task.done():
                task.add_done_callback(_told)
        if task.done():
            task.result()

    async def ended(self) -> None:
        """Wait for all of it, ten seconds at most."""
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=_LAST_SECONDS)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def _told(task: asyncio.Task[None]) -> None:
    if task.cancelled():
        _log.error("Work that was to be done after its answer was cut off.")
    elif error := task.exception():
        _log.error("Work failed after its answer.", exc_info=error)


@asynccontextmanager
async def opened() -> AsyncIterator[Afterwards]:
    """For as long as the block runs; what is under way at its end is waited for."""
    afterwards = Afterwards()
    try:
        yield afterwards
    finally:
        await afterwards.ended()
