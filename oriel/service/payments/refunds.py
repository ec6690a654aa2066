"""A payment in; its money goes back through the provider, and our books say so at once."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from oriel.service import audit
from oriel.service.db import Database
from oriel.service.errors import NotFound, Refused
from oriel.service.models import Payment
from oriel.service.payments import About, PaymentsFailed, State
from oriel.service.payments.purchases import Shop, settle


class NotRefundable(Refused):
    """The payment was not made, or its money went back already."""

    code = "not_refundable"


async def refund(
    database: Database,
    shop: Shop,
    payment_id: str,
    *,
    by: str,
    reason: str,
    now: datetime,
    address: str = "",
) -> str:
    """Return a payment in full, and take its unused credit; what our books say then.

    Asked twice, or made by hand at the provider's before, it is one refund; one that failed there later
    may be asked for anew. Raises NotFound, NotRefundable, PaymentsOff or PaymentsFailed.
    """
    about = await _refundable(database, shop, payment_id, by, reason, address)
    # Read before, not after: it may have failed again by then, and that is told as a second thing.
    state = await _state(shop, about)
    try:
        await shop.payments.refund(about, state.failed_refunds)
    except PaymentsFailed:
        if (by_hand := await _refunded(shop, about)) is None:
            raise
        state = by_hand
    async with database.begin() as session:
        return await settle(session, shop, replace(state, refunded=True), now)


async def _refundable(
    database: Database, shop: Shop, payment_id: str, by: str, reason: str, address: str
) -> About:
    """What to say of the payment; that it was asked is written down before it happens."""
    async with database.begin() as session:
        payment = await session.get(Payment, payment_id)
        if payment is None:
            raise NotFound("There is no such payment.")
        if payment.status == "refunded":
            raise NotRefundable("It is refunded already: no money went back a second time.")
        if payment.status != "paid":
            raise NotRefundable(f"Only what is paid can be refunded: it is {payment.status}.")
        if payment.provider != shop.payments.name:
            raise NotRefundable(f"It was paid through {payment.provider}: refund it there.")
        await audit.write(
            session,
            "payment.refund",
            actor=by,
            subject=f"payment:{payment_id}",
            details={"amount_cents": payment.amount_cents, "reason": reason},
            address=address,
        )
        return About(payment.id, payment.session, payment.intent)


async def _refunded(shop: Shop, about: About) -> State | None:
    """How it stands where the provider refused because the money went back already."""
    with suppress(PaymentsFailed):
        found = await shop.payments.read(about)
        return found if found is not None and found.refunded else None
    return None


async def _state(shop: Shop, about: About) -> State:
    """What the provider says; a simulated one knows nothing but what it is told."""
    found = await shop.payments.read(about)
    assert about.payment is not None
    return found or State(about.payment, "paid", about.session, about.intent)
