"""Transactions of a real PostgreSQL that stop between two of their steps, until the test goes on.

A trigger waits for a lock that the test holds: so who comes first is no matter of luck. They may be of
other processes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text

from oriel.service.db import Database

_LOCK = 1
_STEPS = (
    "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS"
    f" 'BEGIN PERFORM pg_advisory_xact_lock_shared({_LOCK}); RETURN NEW; END'",
    "CREATE TRIGGER pause BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION pause()",
)
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Pause:
    """Where transactions stop."""

    database: Database

    async def holds(self, many: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Until so many transactions wait: at the pause, or for another that does."""
        async with asyncio.timeout(seconds):
            while True:
                async with self.database.read() as session:
                    if await session.scalar(_WAITING) == many:
                        return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def paused(database: Database, what: str, table: str) -> AsyncIterator[Pause]:
    """Whoever does `what`, such as "INSERT", to a row of the table waits until the block ends."""
    async with database.begin() as session:
        for step in _STEPS:
            await session.execute(text(step.format(what=what, table=table)))
    async with database.begin() as session:
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        yield Pause(database)
