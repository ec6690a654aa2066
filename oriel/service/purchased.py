"""An account's ledger goes in; which payment each of its videos was made with comes out.

A credit is spent in the order in which it came. The ledger itself pairs none: it counts.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service.models import Credit, Payment, Render


async def receipt_of(session: AsyncSession, render: Render) -> Payment | None:
    """The payment whose credit a render was ordered with; None where it was given, or is back."""
    found = paired(await _ledger(session, render.user_id, render.tier)).get(render.id)
    return await session.get(Payment, found) if found else None


async def video_of(session: AsyncSession, payment: Payment) -> str | None:
    """The identifier of the render that was ordered with a payment's credit, as long as it is kept."""
    ledger = await _ledger(session, payment.user_id, payment.tier)
    found = next((one for one, paid in paired(ledger).items() if paid == payment.id), None)
    render = await session.get(Render, found) if found else None
    return render.id if render else None


def paired(ledger: Iterable[Credit]) -> dict[str, str | None]:
    """Renders that hold a credit of one tier, by identifier: the payment it came of, if any."""
    unused: list[str | None] = []  # a payment's identifier for each credit, the oldest first
    used: dict[str, str | None] = {}
    for entry in ledger:
        subject, _, rest = entry.source.partition(":")
        name = rest.partition(":")[0]
        payment = name if subject == "payment" else None
        if entry.kind == "spend":
            used[name] = unused.pop(0) if unused else None
        elif subject == "render":
            unused.insert(0, used.pop(name, None))
        elif entry.amount > 0:
            unused += [payment] * entry.amount
        elif entry.amount < 0 and unused:
            unused.pop(unused.index(payment) if payment in unused else -1)
    return used


async def _ledger(session: AsyncSession, user_id: str, tier: str) -> list[Credit]:
    entries = select(Credit).where(Credit.user_id == user_id, Credit.tier == tier)
    return list(await session.scalars(entries.order_by(Credit.id)))
