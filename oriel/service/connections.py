"""Connections to the database: waiting for one, and that there is none to be had."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oriel.errors import Fault

FULL_SECONDS = 10  # how long somebody waits for a connection
NO_CONNECTION = (OSError, DBAPIError, PoolTimeout)


class DatabaseGone(Fault):
    """The database cannot be reached, or was lost in mid-transaction; asking again may help."""


def away(error: Exception) -> DatabaseGone:
    """What is raised when one of NO_CONNECTION was, in connecting."""
    return DatabaseGone(
        f"The database cannot be reached ({error}): see that it runs, and that ORIEL_DATABASE_URL"
        " names it"
    )


def lost(error: object) -> DatabaseGone:
    """What is raised when a connection broke off."""
    return DatabaseGone(f"The database was lost ({error}): see that it runs")


class Places:
    """So many connections, waited for in line: the pool lets those who come later push in."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """One may be used in the block; raises DatabaseGone when none gets free."""
        try:
            async with asyncio.timeout(FULL_SECONDS if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError as error:
            raise DatabaseGone(
                "All connections to the database are busy: try again in a while."
            ) from error
        try:
            yield
        finally:
            self._free.release()
