"""Our books and the provider's in, what differs out: run each night, it also mends what it can.

First come the webhooks that never arrived; then each payment of the last days is compared.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from oriel.service import days
from oriel.service.connections import DatabaseGone
from oriel.service.db import Database, insert_once
from oriel.service.models import Figure, Payment
from oriel.service.payments import State, events
from oriel.service.payments.purchases import Shop, settle

_log = logging.getLogger(__name__)

_LATELY = timedelta(days=7)  # longer than Stripe tries to deliver a webhook
CHECKED = "checked"  # the mark of a day on which it was done
_UNDER_WAY = timedelta(hours=1)  # what is younger may differ for a moment


@dataclass(frozen=True)
class Difference:
    """A payment of which our books said `ours` and the provider says `theirs`.

    `mended` is what ours say now.
    """

    payment: str
    ours: str
    theirs: str
    mended: str


@dataclass(frozen=True)
class Report:
    """What a check found."""

    missed: int  # webhooks that had never come
    compared: int
    differences: tuple[Difference, ...]


async def nightly(database: Database, shop: Shop, now: datetime) -> Report | None:
    """This day's check, in UTC; None where somebody did it already.

    Raises PaymentsFailed, and is still to be done then.
    """
    done = {"day": str(days.of(now)), "name": CHECKED, "label": ""}
    async with database.read() as session:
        if await session.get(Figure, done) is not None:
            return None
    report = await check(database, shop, now)
    async with database.begin() as session:
        await insert_once(session, Figure, **done)
    return report


async def check(database: Database, shop: Shop, now: datetime) -> Report:
    """Compare the last days with the provider; raises PaymentsFailed where it cannot be asked."""
    since = now - _LATELY
    await _abandoned(database, now)
    missed = await _catch_up(database, shop, since, now)
    seen: set[str] = set()
    differences = []
    async for state in shop.payments.states(since):
        seen.add(state.payment)
        if (found := await _compared(database, shop, state, now)) is not None:
            differences.append(found)
    if not shop.payments.simulated:
        differences += await _unknown(database, shop, since, now, seen)
    for one in differences:
        _log.warning(
            "payment %s: %s here, %s there; now %s", one.payment, one.ours, one.theirs, one.mended
        )
    return Report(missed, len(seen), tuple(differences))


async def _catch_up(database: Database, shop: Shop, since: datetime, now: datetime) -> int:
    missed = 0
    async for event in shop.payments.events(since):
        missed += await events.store(database, event, now)
    while set(await events.handle_waiting(database, shop, now)) - {"waiting"}:
        continue
    return missed


async def _abandoned(database: Database, now: datetime) -> None:
    """Payments that were never given a page to pay on: whoever began them died in between."""
    begun = update(Payment).where(
        Payment.status == "created",
        Payment.session.is_(None),
        Payment.created_at < now - _UNDER_WAY,
    )
    async with database.begin() as session:
        await session.execute(begun.values(status="failed"))


async def _compare(
    database: Database, shop: Shop, state: State, now: datetime
) -> Difference | None:
    """What differs in a payment that the provider knows."""
    theirs = _status(state)
    async with database.begin() as session:
        payment = await session.get(Payment, state.payment)
        ours = payment.status if payment else "unknown"
        if ours == theirs or (payment and _fresh(payment, now)):
            return None
        mended = await settle(session, shop, state, now)
    return Difference(state.payment, ours, theirs, mended)


async def _compared(
    database: Database, shop: Shop, state: State, now: datetime
) -> Difference | None:
    """The same; what cannot be settled is logged, and keeps no other from being compared."""
    try:
        return await _compare(database, shop, state, now)
    except DatabaseGone:
        raise
    except Exception:  # nobody foresaw it; the others may do better
        _log.exception("payment %s cannot be compared", state.payment)
        return None


async def _unknown(
    database: Database, shop: Shop, since: datetime, now: datetime, seen: set[str]
) -> list[Difference]:
    """Payments that we take for begun or paid, and that the provider has never heard of."""
    ours = select(Payment).where(
        Payment.created_at >= since,
        Payment.created_at < now - _UNDER_WAY,
        Payment.provider == shop.payments.name,
        Payment.session.is_not(None),
    )
    async with database.read() as session:
        begun = list(await session.scalars(ours))
    return [
        Difference(payment.id, payment.status, "unknown", payment.status)
        for payment in begun
        if payment.id not in seen
    ]


def _fresh(payment: Payment, now: datetime) -> bool:
    return payment.status == "created" and payment.created_at > now - _UNDER_WAY


def _status(state: State) -> str:
    """What our books should say."""
    if state.status != "paid":
        return "created" if state.status == "open" else state.status
    if state.refunded:
        return "refunded"
    return "disputed" if state.dispute in ("open", "lost") else "paid"
