"""Sign-ins for which something stays open go in; whose ends, is told so within seconds.

Each request asks the database who speaks. What stays open for an hour has to ask again: one question
every two seconds serves all that is open in a process, however much it is.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from sqlalchemy import bindparam, select

from oriel.service.db import Database, DatabaseGone
from oriel.service.models import RefreshToken, User

_log = logging.getLogger(__name__)

_ASK_SECONDS = 2.0
_AT_ONCE = 500  # sign-ins that are asked for in one question
_LIVING = (
    select(RefreshToken.family)
    .distinct()
    .join(User, User.id == RefreshToken.user_id)
    .where(
        RefreshToken.family.in_(bindparam("families", expanding=True)),
        RefreshToken.ended_at.is_(None),
        User.active,
    )
)

Ended = asyncio.Future[None]


class Presence:
    """Who is there; open it with `opened`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: dict[str, set[Ended]] = defaultdict(set)

    @contextmanager
    def of(self, family: str) -> Iterator[Ended]:
        """A future that is done once this sign-in has ended, or its user was deactivated."""
        ended = asyncio.get_running_loop().create_future()
        self._there[family].add(ended)
        try:
            yield ended
        finally:
            self._there[family].discard(ended)
            if not self._there[family]:
                del self._there[family]

    async def ask(self) -> None:
        """Find out whose sign-in has ended, for as long as this runs."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            with suppress(DatabaseGone):  # then nobody reads anything
                await self._ask_once()

    async def _ask_once(self) -> None:
        there = list(self._there)
        for begin in range(0, len(there), _AT_ONCE):
            some = there[begin : begin + _AT_ONCE]
            living = {family for (family,) in await self._database.rows(_LIVING, families=some)}
            for family in set(some) - living:
                self._end(family)

    def _end(self, family: str) -> None:
        for ended in self._there.get(family, ()):
            if not ended.done():
                ended.set_result(None)


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Presence]:
    """Who is there, asked about for as long as the block runs."""
    presence = Presence(database)
    asking = asyncio.create_task(presence.ask())
    try:
        yield presence
    finally:
        asking.cancel()
        for ended in await asyncio.gather(asking, return_exceptions=True):
            if isinstance(ended, Exception):
                _log.error("Nobody asked any more whose sign-in has ended.", exc_info=ended)
