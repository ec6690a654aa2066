"""Who does what goes in; those who do it too often are told when to come back.

Counted in Redis where several processes serve, else in memory. While Redis is away each process
counts for itself: nobody is locked out, and nobody guesses passwords for free.

Where many are allowed, a process counts a share of them at once, and Redis is asked again when
that is used up: never more than the limit get in, and what a process does not use in some seconds
is lost to nobody but who asked. Whom it refused it refuses for a second without asking: those who
come too often come again at once, and refusing must cost less than answering.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self
from weakref import WeakValueDictionary

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from oriel.service.errors import TooMany

_TRY_AGAIN_SECONDS = 5  # after Redis failed
_PATIENCE_SECONDS = 0.5  # with Redis; an answer takes a thousandth of it
_CONNECTIONS = 20
_SHARE = 100  # of a minute's that are counted at once
_SHARE_SECONDS = 10.0  # that it is good for
_REFUSED_SECONDS = 1.0  # that a refusal is remembered; nobody is told to come back sooner
_MOST_SHARES = 10_000  # that are remembered, of as many who ask


@dataclass(frozen=True)
class Rate:
    """So many in a minute, and so many in an hour."""

    minute: int
    hour: int


# What is limited, each for an address or a user. The strictest are what one becomes somebody by, and
# songs that are sent: whatever else there is, more of it may be done, in a minute and in an hour.
RATES: Mapping[str, Rate] = {
    "register": Rate(30, 200),  # of an address
    "login": Rate(60, 600),  # of an address
    "account": Rate(10, 60),  # of an account's failed sign-ins, from wherever they come
    "code": Rate(5, 20),  # of an account's wrong codes, by whoever knows its password
    "letter": Rate(5, 20),  # of an e-mail address that letters are asked for
    "link": Rate(30, 200),  # of an address: tokens of letters that are tried
    "refresh": Rate(60, 1200),  # of an address
    "upload": Rate(30, 300),  # of a user: songs, whatever their size
    "submit": Rate(90, 1800),  # of a user
    "pay": Rate(90, 1800),  # of a user; a page without scripts looks twelve times a minute
    "export": Rate(90, 1800),  # of a user, and one after the other
    "read": Rate(1200, 36000),  # of a user, or of an address where nobody is signed in
    "write": Rate(240, 3600),  # the same
    # Of an address, which a school's people may share: the studio alone has a hundred at first sight.
    "file": Rate(12_000, 240_000),
}

# How many times as much people who are signed in may do from one address together as each of them: a
# whole office has one, and so has whoever made a hundred accounts.
CROWD = 10


@dataclass
class _Share:
    """What is counted already and not used yet; who asks for more asks for all who wait."""

    left: int = 0
    until: float = 0.0  # that `left`, or the refusal, is good for
    refusal: TooMany | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def used(self) -> bool:
        """Whether there was one to use; raises TooMany where there was none a moment ago."""
        if time.monotonic() >= self.until:
            return False
        if self.refusal is not None:
            raise TooMany(str(self.refusal), self.refusal.retry_after)
        if not self.left:
            return False
        self.left -= 1
        return True

    def fill(self, left: int) -> None:
        """So many were counted."""
        self.left, self.refusal, self.until = left, None, time.monotonic() + _SHARE_SECONDS

    def refuse(self, refusal: TooMany) -> None:
        """Not one was left."""
        # Not the error itself: it holds on to all that it passes through, the request too.
        again = TooMany(str(refusal), refusal.retry_after)
        self.left, self.refusal, self.until = 0, again, time.monotonic() + _REFUSED_SECONDS


@dataclass
class Limits:
    """Counts; `async with` closes it."""

    shared: Storage | None
    factor: float = 1.0
    _pool: BlockingConnectionPool | None = None
    _own: Storage = field(default_factory=MemoryStorage)
    _away_until: float = 0.0
    _shares: dict[tuple[str, str], _Share] = field(default_factory=dict)
    # A lock lives for as long as somebody holds or awaits it.
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave Redis."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def count(self, rate: str, who: str, times: int = 1) -> None:
        """Count once for `who`, such as "user:01J…" or an address; raises TooMany.

        They may do so `times` as often as the rate says.
        """
        size = int(RATES[rate].minute * self.factor * times) // _SHARE
        if size < 2:
            await self._count(rate, who, 1, times)
            return
        share = self._share(rate, who)
        async with share.asking:
            if share.used():
                return
            try:
                await self._count(rate, who, size, times)
                share.fill(size - 1)
            except TooMany:
                await self._count_last(share, rate, who, times)

    async def _count_last(self, share: _Share, rate: str, who: str, times: int) -> None:
        try:
            await self._count(rate, who, 1, times)
        except TooMany as refusal:
            share.refuse(refusal)
            raise

    async def check(self, rate: str, who: str) -> None:
        """Raise TooMany as `count` would, but count nothing: for what counts only when it fails."""
        for item in self._items(rate):
            if not await self._within(item, rate, who, 0):
                raise TooMany(*await self._when(item, rate, who))

    async def _count(self, rate: str, who: str, cost: int, times: int) -> None:
        for item in self._items(rate, times):
            if not await self._within(item, rate, who, cost):
                raise TooMany(*await self._when(item, rate, who))

    def _share(self, rate: str, who: str) -> _Share:
        if len(self._shares) >= _MOST_SHARES:
            self._shares.clear()  # a share that is forgotten was counted, and is lost
        return self._shares.setdefault((rate, who), _Share())

    def turn(self, who: str) -> asyncio.Lock:
        """To be held while `who` is dealt with, so that this process deals with one at a time."""
        return self._turns.setdefault(who, asyncio.Lock())

    def _items(self, name: str, times: int = 1) -> tuple[RateLimitItem, ...]:
        if not self.factor:
            return ()
        rate, factor = RATES[name], self.factor * times
        minute, hour = (max(1, ceil(each * factor)) for each in (rate.minute, rate.hour))
        return RateLimitItemPerMinute(minute), RateLimitItemPerHour(hour)

    async def _within(self, item: RateLimitItem, rate: str, who: str, cost: int) -> bool:
        """Count so many; whether they fit, and with a cost of 0 whether one more would."""
        storage = self._storage()
        if storage is not self._own:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return await _ask(storage, item, rate, who, cost)
            self._away_until = time.monotonic() + _TRY_AGAIN_SECONDS
        return await _ask(self._own, item, rate, who, cost)

    async def _when(self, item: RateLimitItem, rate: str, who: str) -> tuple[str, int]:
        """What to say, and the seconds until one more fits, one at least."""
        reset = time.time() + item.get_expiry()
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                strategy = SlidingWindowCounterRateLimiter(self._storage())
                reset = (await strategy.get_window_stats(item, rate, who)).reset_time
        seconds = min(item.get_expiry(), max(1, ceil(reset - time.time())))
        return f"Too many requests; come back in {seconds} seconds.", seconds

    def _storage(self) -> Storage:
        away = self.shared is None or time.monotonic() < self._away_until
        return self._own if away or self.shared is None else self.shared


def open_limits(redis_url: str | None, factor: float = 1.0) -> Limits:
    """Limits counted in this Redis, or in memory; `factor` times as generous, 0: none at all.

    Nothing is connected yet.
    """
    if redis_url is None:
        return Limits(None, factor)
    # The plain pool checks each connection behind one lock, which lets 200 through in a second.
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=_CONNECTIONS,
        timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
    )
    theirs: dict[str, Any] = {"connection_pool": pool, "key_prefix": "oriel:limits"}
    shared = RedisStorage("async+redis://", implementation="redispy", **theirs)
    return Limits(shared, factor, pool)


async def _ask(storage: Storage, item: RateLimitItem, rate: str, who: str, cost: int) -> bool:
    strategy = SlidingWindowCounterRateLimiter(storage)
    if cost:
        return await strategy.hit(item, rate, who, cost=cost)
    return await strategy.test(item, rate, who)
