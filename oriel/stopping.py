"""SIGINT and SIGTERM come in; that this process is to stop, and then that it is to wait no more, go out."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

_log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Stop:
    """`asked` is set when somebody asks to stop, `at_once` when they ask the same way again.

    By another signal it is somebody else: systemd asks all of a service, whoever started it too.
    """

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    _ways: set[signal.Signals] = field(default_factory=set)

    def hear(self) -> None:
        """Have the signals set them, in the loop that runs."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._heard, number)

    async def patiently(
        self, work: Coroutine[Any, Any, object], seconds: float | None = None
    ) -> bool:
        """Wait for work, so many seconds at most and no more once it is to be at once; whether it ended."""
        working = asyncio.create_task(work)
        hurried = asyncio.create_task(self.at_once.wait())
        try:
            await asyncio.wait(
                (working, hurried), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if working.done():
                working.result()
            return working.done()
        finally:
            working.cancel()
            hurried.cancel()

    def _heard(self, number: signal.Signals) -> None:
        if number in self._ways and not self.at_once.is_set():
            _log.warning("Asked again to stop: what is under way is cut off")
            self.at_once.set()
        self._ways.add(number)
        self.asked.set()
