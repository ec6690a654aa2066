"""A payment in; the letters that tell of it out: it is paid, its money goes back, or that failed."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credits
from oriel.service.mail import post
from oriel.service.models import Credit, Payment, User
from oriel.service.payments import licences
from oriel.service.plans import Plans

LETTERS = ("receipt", "refund", "refund_failed")


async def send(
    session: AsyncSession, plans: Plans, payment: Payment, letter: str, source: str
) -> None:
    """Tell the buyer once, by one of the letters of LETTERS, unless the account is gone."""
    user = await session.get(User, payment.user_id)
    if user is None or user.deleted_at is not None:
        return
    await post.post(
        session,
        to=user.email,
        letter=letter,
        words=await words(session, plans, payment, user, letter),
        source=source,
        user_id=user.id,
    )


async def words(
    session: AsyncSession, plans: Plans, payment: Payment, user: User, letter: str
) -> dict[str, Any]:
    """What such a letter needs."""
    plan = plans.get(payment.tier)
    about = {
        "name": user.name,
        "receipt": payment.receipt,
        "plan": plan.name if plan else payment.tier,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "simulated": payment.provider == "simulated",
    }
    if letter == "receipt":
        return about | _paid(payment)
    if letter == "refund":
        return about | await _refunded(session, payment)
    return about | await _failed(session, payment)


def _paid(payment: Payment) -> dict[str, Any]:
    assert payment.paid_at is not None
    licence = licences.of(payment.licence)
    return {
        "paid_at": payment.paid_at.isoformat(),
        "licence": licence.title,
        "terms": licence.terms,
    }


async def _refunded(session: AsyncSession, payment: Payment) -> dict[str, Any]:
    assert payment.refunded_at is not None
    backward = select(func.sum(Credit.amount)).where(
        credits.of_payment(payment.user_id, payment.id),
        Credit.kind != "purchase",
        ~Credit.source.endswith(credits.LATE),
    )
    total = await session.scalar(backward)
    return {"refunded_at": payment.refunded_at.isoformat(), "taken": int(total or 0) < 0}


async def _failed(session: AsyncSession, payment: Payment) -> dict[str, Any]:
    """Whether the credit came back that the refund had taken."""
    mine = credits.of_payment(payment.user_id, payment.id)
    back = select(Credit.amount).where(mine, Credit.source.contains(":refund-failed:"))
    newest = await session.scalar(back.order_by(Credit.id.desc()).limit(1))
    return {"returned": bool(newest)}
