"""Who did what to whom goes in, and stays: the acts of those with power, and signs of theft.

Where it was done from stays for a year: longer than anybody looks into a theft, and no longer than that.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import ids, security
from oriel.service.models import Audit

ADDRESS_KEPT = timedelta(days=365)  # the privacy page says it too


async def write(
    session: AsyncSession,
    action: str,
    *,
    actor: str | None = None,
    subject: str = "",
    details: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Note an action, such as "user.deactivate", in the transaction of what it did.

    `actor` is a user's identifier, None a stranger or Oriel itself; `subject` what it was done to,
    such as "user:01J…"; never put a password or a token into `details`. The log has a line of it too.
    """
    session.add(
        Audit(
            actor_id=actor,
            action=action,
            subject=subject,
            details=details or {},
            address=address[:64],
        )
    )
    await session.flush()
    security.note(action, user=actor, subject=subject, address=address)


async def forget_addresses(session: AsyncSession, now: datetime) -> int:
    """Strike out where what is older than ADDRESS_KEPT was done from; of how many."""
    old = update(Audit).where(Audit.id < ids.first(now - ADDRESS_KEPT), Audit.address != "")
    return int(getattr(await session.execute(old.values(address="")), "rowcount", 0))
