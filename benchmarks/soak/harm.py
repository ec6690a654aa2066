"""A seed goes in; parts of the service are killed, stopped and started again, one after the other."""

import asyncio
import random
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from benchmarks.soak.place import Place, paused
from oriel.jobs.valkey import NoValkey


@dataclass(frozen=True)
class Harm:
    """Something that happens to a part, and how often as against the others."""

    name: str
    do: Callable[[Place, random.Random], Coroutine[None, None, None]]
    weight: int = 2


async def harm(place: Place, chance: random.Random, pause: float, done: list[str]) -> None:
    """Harm the place until cancelled, every `pause` seconds or so; it ends mended.

    What happened is in `done`.
    """
    for one in _one_after_the_other(chance):
        await asyncio.sleep(pause * chance.uniform(0.5, 1.5))
        done.append(one.name)
        doing = asyncio.create_task(one.do(place, chance))
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            await doing
            raise


def _one_after_the_other(chance: random.Random) -> Iterator[Harm]:
    """First each part is killed once, however short the soak; then it is chance."""
    yield from (one for name in FIRST for one in HARMS if one.name == name)
    while True:
        yield from chance.choices(HARMS, [each.weight for each in HARMS])


async def _worker_killed(place: Place, chance: random.Random) -> None:
    await _again(place, chance.choice(("worker-1", "worker-2")), signal.SIGKILL)


async def _worker_asked_to_stop(place: Place, chance: random.Random) -> None:
    await _again(place, chance.choice(("worker-1", "worker-2")), signal.SIGTERM)


async def _worker_stopped(place: Place, chance: random.Random) -> None:
    """For longer than its lease: somebody else has its work when it wakes up."""
    pid = place.processes[chance.choice(("worker-1", "worker-2"))].pid
    paused(pid, True)
    await asyncio.sleep(chance.uniform(6, 9))
    paused(pid, False)


async def _web_killed(place: Place, chance: random.Random) -> None:
    await _again(place, "web", signal.SIGKILL)
    await place.ready()


async def _redis_killed(place: Place, chance: random.Random) -> None:
    assert place.queue is not None
    place.queue.kill()
    await place.queue.wait()
    await asyncio.sleep(chance.choice((0.5, 8.0)))
    try:
        await place.start_queue()
    except NoValkey:  # the machine was too busy
        await place.start_queue()


async def _redis_stopped(place: Place, chance: random.Random) -> None:
    assert place.queue is not None
    paused(place.queue.pid, True)
    await asyncio.sleep(chance.uniform(2, 12))
    paused(place.queue.pid, False)


async def _redis_emptied(place: Place, chance: random.Random) -> None:
    client = Redis.from_url(place.redis.url)
    try:
        await client.flushall()
    except RedisError:
        return
    finally:
        await client.aclose()


async def _postgresql_killed(place: Place, chance: random.Random) -> None:
    await asyncio.to_thread(place.database.kill)
    await asyncio.sleep(chance.uniform(0.2, 3))
    await asyncio.to_thread(place.database.start)


async def _stripe_away(place: Place, chance: random.Random) -> None:
    place.stripe.down += 8


async def _mail_away(place: Place, chance: random.Random) -> None:
    place.mailer.down = True
    await asyncio.sleep(chance.uniform(2, 8))
    place.mailer.down = False


async def _bucket_stopped(place: Place, chance: random.Random) -> None:
    paused(place.bucket, True)
    await asyncio.sleep(chance.uniform(2, 8))
    paused(place.bucket, False)


async def _again(place: Place, name: str, how: signal.Signals) -> None:
    process = place.processes[name]
    process.send_signal(how)
    if how == signal.SIGKILL and name != "web":
        place.killed.append(time.monotonic())
    await asyncio.to_thread(process.wait)
    place.start(name)


FIRST = ("PostgreSQL killed", "worker killed", "Redis killed", "web killed")
HARMS = [
    Harm("worker killed", _worker_killed, 4),
    Harm("worker asked to stop", _worker_asked_to_stop),
    Harm("worker stopped", _worker_stopped),
    Harm("web killed", _web_killed),
    Harm("Redis killed", _redis_killed),
    Harm("Redis stopped", _redis_stopped, 1),
    Harm("Redis emptied", _redis_emptied, 1),
    Harm("PostgreSQL killed", _postgresql_killed),
    Harm("Stripe away", _stripe_away),
    Harm("mail away", _mail_away),
    Harm("bucket stopped", _bucket_stopped, 1),
]
