"""Who did what to whom goes in, and stays: the acts of those with power, and signs of theft."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import security
from oriel.service.models import Audit


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
