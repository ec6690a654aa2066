"""A payment in; the letters that tell of it, as it is paid and as its money goes back, out."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.mail import post
from oriel.service.models import Credit, Payment, User
from oriel.service.payments import licences
from oriel.service.plans import Plans


async def send(session: AsyncSession, plans: Plans, payment: Payment, letter: str) -> None:
    """Tell the buyer once, by the letter "receipt" or "refund", unless the account is gone."""
    user = await session.get(User, payment.user_id)
    if user is None or user.deleted_at is not None:
        return
    await post.post(
        session,
        to=user.email,
        letter=letter,
        words=await words(session, plans, payment, user, letter),
        source=f"payment:{payment.id}:{letter}",
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
    more = _paid(payment) if letter == "receipt" else await _refunded(session, payment)
    return about | more


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
    backward = [f"payment:{payment.id}:{what}" for what in ("refund", "dispute", "dispute-won")]
    total = await session.scalar(select(func.sum(Credit.amount)).where(Credit.source.in_(backward)))
    return {"refunded_at": payment.refunded_at.isoformat(), "taken": int(total or 0) < 0}
