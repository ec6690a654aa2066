"""Tests that are coroutines: `async def test_…` runs in an event loop of its own.

It runs in a thread of its own too: Playwright's browser, once open, occupies the main one. A
conftest.py takes both in with `from loops import loop, pytest_pyfunc_call`.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

PATIENCE_SECONDS = 600  # for a test that would never end


class Loop:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        # Whoever fails before he closes it shall not keep pytest from ending.
        self._thread = threading.Thread(target=self._live, name="test loop", daemon=True)
        self._thread.start()
        self._loop = self._ready.result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns, or what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def close(self) -> None:
        """Cancel what is left and end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _live(self) -> None:
        with self._runner as runner:
            runner.run(self._wait())

    async def _wait(self) -> None:
        self._stop = asyncio.Event()
        self._ready.set_result(asyncio.get_running_loop())
        await self._stop.wait()


def once(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, run in a loop that is gone afterwards."""
    loop = Loop()
    try:
        return loop.run(work)
    finally:
        loop.close()


def apart(work: Callable[..., T], *given: Any, **named: Any) -> T:
    """What a function returns that runs a loop of its own: in a thread, for the same reason."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given, **named).result()


@pytest.fixture(autouse=True)
def loop() -> Iterator[Loop]:
    """The loop that this test, if it is a coroutine, and its fixtures run in."""
    loop = Loop()
    yield loop
    loop.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine; pytest itself calls all others."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    given = {name: pyfuncitem.funcargs[name] for name in wanted}
    pyfuncitem.funcargs["loop"].run(pyfuncitem.obj(**given))
    return True
