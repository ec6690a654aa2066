"""A tier somebody wants goes in; a page to pay on, and once it is paid a credit, come out.

`settle` makes our books say what the provider says. It may be called with the same state any
number of times, and with states in any order: each entry of the ledger has its own source, and
what is known already is never unknown again. A refund may fail after it was known; as the provider
counts those that failed, a state with fewer of them than we know of is an old one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits, ids
from oriel.service.db import Database, insert_once
from oriel.service.errors import BadFields, KeyUsed, NotFound
from oriel.service.models import Credit, Payment, User
from oriel.service.payments import (
    About,
    Back,
    Order,
    Payments,
    PaymentsFailed,
    PaymentsOff,
    State,
    receipts,
)
from oriel.service.plans import Plan, Plans

_IN_VAIN = ("expired", "failed")  # nothing was charged, as far as anybody knows


@dataclass(frozen=True)
class Shop:
    """Who takes the money, what is sold, and where people come back to."""

    payments: Payments
    plans: Plans
    site: str  # such as "https://oriel.example"


async def begin(
    database: Database,
    shop: Shop,
    user: User,
    tier: str,
    now: datetime,
    back: Back = "payment",
    idempotency_key: str | None = None,
) -> Payment:
    """A payment, and in its `url` the page to pay on; the price is the plan's alone.

    `back` says which page of ours people come to afterwards. A key that was used before gives the
    payment that it began then, unless nobody can pay that any more.

    Raises BadFields for a tier that is not sold, KeyUsed, PaymentsOff, or PaymentsFailed.
    """
    if problems := unsold(shop.plans, tier):
        raise BadFields(problems)
    plan = shop.plans[tier]
    async with database.begin() as session:
        payment = await _begun(session, shop, user, plan, now, idempotency_key)
    if payment.tier != tier:
        raise KeyUsed("This Idempotency-Key was used for another purchase: choose a new one.")
    if payment.url is not None or payment.status != "created":
        return payment
    return await _opened(database, shop, user, plan, payment, back)


def unsold(plans: Plans, tier: str) -> dict[str, str]:
    """What is wrong with a tier that is not sold, as BadFields says it."""
    if tier in plans and plans[tier].paid:
        return {}
    return {"tier": f"must be one of {', '.join(one.tier for one in plans.values() if one.paid)}"}


async def _begun(
    session: AsyncSession, shop: Shop, user: User, plan: Plan, now: datetime, key: str | None
) -> Payment:
    """The row of a new payment, or the one that this key of the user began."""
    made = ids.new()
    same = and_(Payment.user_id == user.id, Payment.idempotency_key == key)
    if key is not None:
        ended = update(Payment).where(same, Payment.status.in_(_IN_VAIN))
        await session.execute(ended.values(idempotency_key=None))
    await insert_once(
        session,
        Payment,
        id=made,
        user_id=user.id,
        idempotency_key=key,
        tier=plan.tier,
        amount_cents=plan.price_cents,
        currency=plan.currency,
        provider=shop.payments.name,
        licence=plan.licence,
        created_at=now,
    )
    found = select(Payment).where(Payment.id == made if key is None else same)
    return (await session.scalars(found)).one()


def ways_back(payment_id: str, back: Back) -> tuple[str, str]:
    """The paths where people come to who have paid, and who have left without paying."""
    if back == "studio":
        return f"/?payment={payment_id}", f"/?payment={payment_id}&left=1"
    return f"/payments/{payment_id}", f"/payments/{payment_id}?left=1"


async def _opened(
    database: Database, shop: Shop, user: User, plan: Plan, payment: Payment, back: Back
) -> Payment:
    paid, left = ways_back(payment.id, back)
    site = shop.site.rstrip("/")
    order = Order(
        payment.id,
        plan.tier,
        f"Oriel {plan.name}: one video",
        plan.price_cents,
        plan.currency,
        user.email,
        paid_url=site + paid,
        left_url=site + left,
        back=back,
    )
    try:
        page = await shop.payments.create_session(order)
    except (PaymentsFailed, PaymentsOff):
        await _write(database, payment.id, status="failed")
        raise
    await _write(database, payment.id, session=page.id, url=page.url)
    payment.session, payment.url = page.id, page.url
    return payment


async def look(database: Database, shop: Shop, payment_id: str, now: datetime) -> Payment:
    """A payment as it stands now, asked of the provider: what the page after paying shows.

    Whoever has paid has the credit then, even when the webhook is late.
    """
    async with database.read() as session:
        payment = await session.get(Payment, payment_id)
    if payment is None:
        raise NotFound("There is no such payment.")
    if payment.status in ("created", *_IN_VAIN) and payment.session:
        state = await shop.payments.read(About(payment.id, payment.session, payment.intent))
        if state is not None:
            async with database.begin() as session:
                await settle(session, shop, state, now)
                payment = await session.get(Payment, payment_id)
    assert payment is not None  # payments are never deleted
    return payment


async def settle(session: AsyncSession, shop: Shop, state: State, now: datetime) -> str:
    """Make our books say what the provider says; what came of it, in a few words."""
    payment = await _held(session, state.payment)
    if payment is None:
        return "not ours"
    if state.amount_cents not in (None, payment.amount_cents):
        return f"paid {state.amount_cents}, but {payment.amount_cents} was asked"
    if state.currency not in (None, payment.currency):
        return f"paid in {state.currency}, but {payment.currency} was asked"
    payment.session = payment.session or state.session
    payment.intent = payment.intent or state.intent
    if state.status != "paid":
        return _unpaid(payment, state.status)
    if payment.paid_at is None:
        await _grant(session, shop, payment, now)
    failed = await _failed(session, shop, payment, state)
    disputed = await _dispute(session, payment, state)
    new = state.refunded and state.failed_refunds == failed and payment.refunded_at is None
    if new:
        payment.refunded_at = now
    source = f"payment:{payment.id}:{_refund(failed)}"
    refunded = await _took_back(session, payment, source, disputed)
    if new:
        await receipts.send(session, shop.plans, payment, "refund", source)
    payment.status = "refunded" if refunded else "disputed" if disputed else "paid"
    return payment.status


async def _held(session: AsyncSession, payment_id: str) -> Payment | None:
    """The payment, which no other transaction changes until this one ends."""
    found: Payment | None = await session.scalar(
        select(Payment).where(Payment.id == payment_id).with_for_update()
    )
    return found


def _unpaid(payment: Payment, status: str) -> str:
    if payment.paid_at is None and status in _IN_VAIN:
        payment.status = status
    return payment.status


async def _grant(session: AsyncSession, shop: Shop, payment: Payment, now: datetime) -> None:
    """The credit, the receipt and the licence."""
    payment.paid_at = now
    payment.receipt = f"OR-{payment.created_at:%Y%m%d}-{payment.id[-10:]}"
    await credits.grant(
        session,
        payment.user_id,
        payment.tier,
        kind="purchase",
        source=f"payment:{payment.id}:purchase",
        reason=payment.receipt,
    )
    source = f"payment:{payment.id}:receipt"
    await receipts.send(session, shop.plans, payment, "receipt", source)


async def _failed(session: AsyncSession, shop: Shop, payment: Payment, state: State) -> int:
    """Return the credit that a refund took which failed since; how many are known to have failed.

    Whoever was told of that refund is told of this too.
    """
    mark = f"payment:{payment.id}:refund-failed:"
    mine = select(Credit.source).where(credits.of_payment(payment.user_id, payment.id))
    sources = await session.scalars(mine)
    known = max((int(one.removeprefix(mark)) for one in sources if one.startswith(mark)), default=0)
    if state.failed_refunds <= known:
        return known
    source = f"{mark}{state.failed_refunds}"
    await credits.reinstate(
        session,
        payment.user_id,
        payment.tier,
        taken=f"payment:{payment.id}:{_refund(known)}",
        source=source,
        reason=f"{payment.receipt}, refund failed",
    )
    if payment.refunded_at is not None:
        await receipts.send(session, shop.plans, payment, "refund_failed", source)
    payment.refunded_at = None
    return state.failed_refunds


def _refund(failed: int) -> str:
    """What a refund is called in sources, after so many of its payment that failed."""
    return f"refund:{failed}" if failed else "refund"


async def _dispute(session: AsyncSession, payment: Payment, state: State) -> bool:
    """Take the unused credit of a dispute, return it once that is won; whether it is still lost.

    What a refund took before, no dispute takes a second time.
    """
    taken, won = f"payment:{payment.id}:dispute", f"payment:{payment.id}:dispute-won"
    owner, tier, receipt = payment.user_id, payment.tier, payment.receipt
    if state.dispute == "won":
        about = f"{receipt}, dispute won"
        await credits.reinstate(session, owner, tier, taken=taken, source=won, reason=about)
    elif state.dispute is not None and payment.refunded_at is None:
        about = f"{receipt}, disputed"
        await credits.take_back(session, owner, tier, source=taken, reason=about)
    found = set(await session.scalars(select(Credit.source).where(Credit.source.in_((taken, won)))))
    return taken in found and won not in found


async def _took_back(session: AsyncSession, payment: Payment, source: str, disputed: bool) -> bool:
    """Take the unused credit of a refund, unless a dispute has it; whether it was refunded."""
    if payment.refunded_at is not None and not disputed:
        await credits.take_back(
            session, payment.user_id, payment.tier, source=source, reason=payment.receipt or ""
        )
    return payment.refunded_at is not None


async def _write(database: Database, payment_id: str, **values: Any) -> None:
    async with database.begin() as session:
        await session.execute(
            update(Payment)
            .where(Payment.id == payment_id, Payment.status == "created")
            .values(**values)
        )
