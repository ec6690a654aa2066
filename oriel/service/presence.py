"""Sign-ins for which something stays open go in; whose ends, is told so within seconds.

Each request asks the database who speaks. What stays open for an hour has to ask again: one question
every two seconds serves all that is open in a process, however much it is.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from oriel.service.connections import DatabaseGone
from oriel.service.db import Database
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
StillThere = Callable[[], bool]


class Presence:
    """Who is there; open it with `opened`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: dict[str, dict[Ended, StillThere]] = defaultdict(dict)
        self._leaving = False

    @contextmanager
    def of(self, family: str, still_there: StillThere = lambda: True) -> Iterator[Ended]:
        """A future that is done once this sign-in has ended, or its user was deactivated.

        It is done too where `still_there` says, being asked now and then, that they have gone, and
        once we `leave`.
        """
        ended = asyncio.get_running_loop().create_future()
        if self._leaving:
            ended.set_result(None)
        self._there[family][ended] = still_there
        try:
            yield ended
        finally:
            del self._there[family][ended]
            if not self._there[family]:
                del self._there[family]

    def leave(self) -> None:
        """End all that is open: this process stops, and another is asked from then on."""
        self._leaving = True
        for family in list(self._there):
            self._end(family)

    async def ask(self) -> None:
        """Find out whose sign-in has ended, for as long as this runs."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            self._end_those_who_left()
            try:
                await self._ask_once()
            except DatabaseGone:  # then nobody reads anything
                continue
            except DBAPIError as error:  # such as of a statement that an upgrade made invalid
                _log.warning("Whose sign-in has ended is asked again: %s", error)

    async def _ask_once(self) -> None:
        there = list(self._there)
        for begin in range(0, len(there), _AT_ONCE):
            some = there[begin : begin + _AT_ONCE]
            living = {family for (family,) in await self._database.rows(_LIVING, families=some)}
            for family in set(some) - living:
                self._end(family)

    def _end_those_who_left(self) -> None:
        for there in self._there.values():
            _end(ended for ended, still_there in there.items() if not still_there())

    def _end(self, family: str) -> None:
        _end(self._there.get(family, ()))


def _end(those: Iterable[Ended]) -> None:
    for ended in those:
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
