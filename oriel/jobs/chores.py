"""Something that is to be done again and again goes in; it is, and soon once more where it failed."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.exceptions import RedisError

from oriel.service import backoff
from oriel.service.connections import DatabaseGone
from oriel.service.payments import PaymentsFailed
from oriel.service.storage import StorageFailed

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True)
class Chore:
    """Something to be done every so many seconds."""

    do: Callable[[], Awaitable[object]]
    every: float


async def repeated(chore: Chore, sleep: Sleep = asyncio.sleep) -> None:
    """Do it until cancelled; what fails is logged, and tried again before its turn.

    That is after 15 s, 30 s, 1 min … (`backoff`): what is done once in hours must not wait for hours.
    """
    failures = 0
    while True:
        failures = 0 if await _done(chore) else failures + 1
        await sleep(_pause(chore, failures))


async def _done(chore: Chore) -> bool:
    try:
        await chore.do()
    except (DatabaseGone, StorageFailed, PaymentsFailed, RedisError, OSError) as error:
        _log.warning("Sweeping waits: %s", error)
    except Exception:  # what fails now may do better later
        _log.exception("Sweeping failed")
    else:
        return True
    return False


def _pause(chore: Chore, failures: int) -> float:
    turn = chore.every * random.uniform(0.75, 1.25)  # not all workers at once
    return min(turn, backoff.wait(failures).total_seconds()) if failures else turn
