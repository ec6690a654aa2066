"""Webhooks in; each is stored first and handled once, however often and in whatever order they come.

Whoever receives one stores it and answers; where the provider cannot be asked about it then, the
event waits, and `handle_waiting` tries again.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Update, select, update

from oriel.service.connections import DatabaseGone
from oriel.service.db import Database, insert_once
from oriel.service.models import Payment, PaymentEvent
from oriel.service.payments import About, Event, PaymentsFailed
from oriel.service.payments.purchases import Shop, settle

_log = logging.getLogger(__name__)

_LONGEST = 200  # letters of what came of it


async def receive(
    database: Database, shop: Shop, body: bytes, headers: Mapping[str, str], now: datetime
) -> str:
    """A webhook as it came, byte for byte; what came of it. Raises BadSignature."""
    event = shop.payments.verify(body, headers)
    known = await _stored(database, event.id)
    if known is not None and known.handled_at is not None:
        return known.outcome
    if known is None:
        await store(database, event, now)
    try:
        return await handle(database, shop, event.id, now)
    except PaymentsFailed as error:
        _log.warning("event %s waits: %s", event.id, error)
        return "waiting"


async def store(database: Database, event: Event, now: datetime) -> bool:
    """Keep an event; False where it was there."""
    async with database.begin() as session:
        return await insert_once(
            session,
            PaymentEvent,
            id=event.id,
            type=event.type[:80],
            body=event.body,
            received_at=now,
        )


async def handle(database: Database, shop: Shop, event_id: str, now: datetime) -> str:
    """Do what a stored event asks for, unless it was done; what came of it.

    Raises PaymentsFailed where the provider could not be asked: the event waits then.
    """
    event = await _stored(database, event_id)
    if event is None or event.handled_at is not None:
        return event.outcome if event else "unknown"
    about = shop.payments.about(event.body)
    if about is None:
        return await _handled(database, event_id, "nothing of ours", now)
    try:
        state = await shop.payments.read(await _completed(database, about))
    except PaymentsFailed as error:
        await _failed(database, event_id, str(error))
        raise
    if state is None:
        return await _handled(database, event_id, "not ours", now)
    async with database.begin() as session:
        outcome = await settle(session, shop, state, now)
        await session.execute(_done(event_id, outcome, now))
    return outcome


async def replay(database: Database, shop: Shop, event_id: str, now: datetime) -> str:
    """Do once more what a stored event asks for; what came of it, or "waiting".

    The provider is asked how the payment stands now, so nothing is granted or taken twice.
    """
    again = update(PaymentEvent).where(PaymentEvent.id == event_id).values(handled_at=None)
    async with database.begin() as session:
        await session.execute(again)
    try:
        return await handle(database, shop, event_id, now)
    except PaymentsFailed as error:
        _log.warning("event %s waits: %s", event_id, error)
        return "waiting"


async def handle_waiting(
    database: Database, shop: Shop, now: datetime, limit: int = 100
) -> dict[str, int]:
    """Handle the events that wait, those that failed least first; how many came to what."""
    unhandled = select(PaymentEvent.id).where(PaymentEvent.handled_at.is_(None))
    oldest = unhandled.order_by(PaymentEvent.attempts, PaymentEvent.received_at).limit(limit)
    async with database.read() as session:
        waiting = list(await session.scalars(oldest))
    became: dict[str, int] = {}
    for event_id in waiting:
        outcome = await _tried(database, shop, event_id, now)
        became[outcome] = became.get(outcome, 0) + 1
    return became


async def _tried(database: Database, shop: Shop, event_id: str, now: datetime) -> str:
    """What came of an event that waits; whatever is wrong with it, it keeps no other waiting."""
    try:
        return await handle(database, shop, event_id, now)
    except PaymentsFailed as error:
        _log.warning("event %s still waits: %s", event_id, error)
    except DatabaseGone:
        raise
    except Exception as error:  # nobody foresaw it; those behind it may do better
        _log.exception("event %s still waits", event_id)
        await _failed(database, event_id, f"{type(error).__name__}: {error}")
    return "waiting"


async def _stored(database: Database, event_id: str) -> PaymentEvent | None:
    async with database.read() as session:
        return await session.get(PaymentEvent, event_id)


async def _completed(database: Database, about: About) -> About:
    """What an event is about, with what we know of that payment ourselves."""
    if about.said is not None or about.session is not None:
        return about
    if about.payment is None and about.intent is None:
        return about
    known = Payment.id == about.payment if about.payment else Payment.intent == about.intent
    async with database.read() as session:
        payment = await session.scalar(select(Payment).where(known).limit(1))
    if payment is None:
        return about
    return About(payment.id, payment.session, about.intent)


async def _handled(database: Database, event_id: str, outcome: str, now: datetime) -> str:
    async with database.begin() as session:
        await session.execute(_done(event_id, outcome, now))
    return outcome


def _done(event_id: str, outcome: str, now: datetime) -> Update:
    open_ = update(PaymentEvent).where(
        PaymentEvent.id == event_id, PaymentEvent.handled_at.is_(None)
    )
    return open_.values(
        handled_at=now, outcome=outcome[:_LONGEST], attempts=PaymentEvent.attempts + 1
    )


async def _failed(database: Database, event_id: str, said: str) -> None:
    tried = update(PaymentEvent).where(
        PaymentEvent.id == event_id, PaymentEvent.handled_at.is_(None)
    )
    async with database.begin() as session:
        await session.execute(
            tried.values(attempts=PaymentEvent.attempts + 1, outcome=said[:_LONGEST])
        )
