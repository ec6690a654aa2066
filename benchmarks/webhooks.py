"""Payment events that Stripe signed, by number, wounded: what becomes of them where they are received.

Nobody but Stripe can sign one, so this is for the day on which Stripe sends what nobody expects.
"""

import copy
import hashlib
import hmac
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy import func, select

from oriel.service import clock, db, payments, plans, schema
from oriel.service.models import Credit, PaymentEvent
from oriel.service.payments import BadSignature, events
from oriel.service.payments.purchases import Shop
from oriel.service.payments.stripe import EVENTS
from oriel.service.settings import Settings

SECRET = "whsec_of_these_bodies"  # nosec B105 # of no account
_OBJECTS = ("checkout.session", "charge", "refund", "dispute")
_STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**70, 1e308, "", " ", "\0", "\ud800", "../..", "x" * 300),
    *([], {}, [[]], {"id": None}, {"object": "checkout.session"}, float("nan")),
)
_WAITING = select(PaymentEvent.id).where(PaymentEvent.handled_at.is_(None))


@dataclass
class Told:
    """What became of the events; `faults` are those that brought an error of ours, or wait."""

    became: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    credits: int = 0


def body(number: int) -> bytes:
    """The body of a payment event, the same for the same number."""
    chance = random.Random(number)
    made = _event(chance)
    for _ in range(chance.randint(0, 3)):
        _wound(made, chance)
    told = json.dumps(made).encode()
    deed = chance.randrange(12)
    if deed == 0:
        return told[: chance.randrange(len(told))]
    if deed == 1:
        return told.replace(b":", chance.choice((b"::", b":[", b": \xff", b":1e999,")), 1)
    if deed == 2:
        return json.dumps(chance.choice(_STRANGE)).encode()
    if deed == 3:
        return b'{"id":' + b"[" * chance.choice((50, 20_000)) + told
    return told


def signed(told: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header with which Stripe sends it; https://docs.stripe.com/webhooks#verify-manually"""
    moment = int(time.time())
    signature = hmac.digest(secret.encode(), f"{moment}.".encode() + told, hashlib.sha256).hex()
    return {"Stripe-Signature": f"t={moment},v1={signature}"}


async def measure(numbers: range) -> Told:
    """Have these events received, one after the other."""
    found = Told()
    with tempfile.TemporaryDirectory(prefix="oriel-webhooks-") as folder:
        url = f"sqlite:///{folder}/oriel.db"
        await schema.upgrade(url)
        async with _stripe() as base, db.open_database(url) as database:
            chosen = Settings(
                payments=f"stripe:{base}", stripe_key="sk_test", stripe_webhook_secret=SECRET
            )
            shop = Shop(payments.of(chosen), plans.of(chosen), chosen.public_url)
            for number in numbers:
                await _received(database, shop, number, found)
            async with database.read() as session:
                found.credits = await session.scalar(select(func.count()).select_from(Credit)) or 0
                waiting = await session.scalars(_WAITING)
                found.faults += [f"{event} waits for ever" for event in waiting]
    return found


async def _received(database: db.Database, shop: Shop, number: int, found: Told) -> None:
    told = body(number)
    try:
        await events.receive(database, shop, told, signed(told), clock.now())
        found.became["kept"] += 1
    except BadSignature:
        found.became["refused"] += 1
    except Exception as error:  # what is looked for
        found.faults.append(f"{number}: {error!r}"[:300])


def _event(chance: random.Random) -> dict[str, Any]:
    thing = {
        "object": chance.choice(_OBJECTS),
        "id": f"cs_{chance.randrange(10**9)}",
        "payment_intent": f"pi_{chance.randrange(10**9)}",
        "metadata": {"payment": f"{chance.randrange(10**9):026}"},
        "amount_total": 299,
    }
    return {
        "object": "event",
        "id": f"evt_{chance.randrange(10**9)}",
        "type": chance.choice(EVENTS),
        "data": {"object": thing},
    }


def _wound(made: dict[str, Any], chance: random.Random) -> None:
    """Change, or take away, something at some depth."""
    place = made
    while True:
        name = chance.choice(sorted(place) or ["new"])
        below = place.get(name)
        if isinstance(below, dict) and chance.random() < 0.7:
            place = below
            continue
        break
    if chance.random() < 0.3:
        place.pop(name, None)
    else:
        place[name] = copy.deepcopy(chance.choice(_STRANGE))


@asynccontextmanager
async def _stripe() -> AsyncIterator[str]:
    """The address of a Stripe that knows nothing."""

    async def nothing(request: web.Request) -> web.Response:
        found = {"object": "list", "data": [], "has_more": False, "url": "/"}
        error = {"error": {"type": "invalid_request_error", "message": "no"}}
        one = request.path.count("/") > 3
        return web.json_response(error if one else found, status=404 if one else 200)

    application = web.Application()
    application.router.add_get("/{path:.*}", nothing)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
