"""A user and a purpose go in, a token for a link in a letter comes out; it works once, for an hour.

Only its hash is kept: who reads the database can follow no link.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import keys
from oriel.service.errors import BadLink
from oriel.service.models import OneTimeToken, User

LIFETIME = timedelta(hours=1)

Purpose = Literal["verify", "reset", "change_email"]

_UNUSABLE = "This link was used before or is too old; ask for a new one."


async def issue(
    session: AsyncSession, user: User, purpose: Purpose, email: str, now: datetime
) -> str:
    """A token to send to an address; earlier ones for the same purpose end."""
    token = secrets.token_urlsafe(32)
    await end(session, user.id, purpose, now)
    session.add(
        OneTimeToken(
            user_id=user.id,
            purpose=purpose,
            hash=keys.hashed(token),
            email=email,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()
    return token


async def use(
    session: AsyncSession, token: str, purposes: tuple[Purpose, ...], now: datetime
) -> OneTimeToken:
    """What a token was issued for, used up; raises BadLink where it is none of these purposes.

    Its user is held first, as by whoever ends links: no two wait for each other.
    """
    this = and_(OneTimeToken.hash == keys.hashed(token), OneTimeToken.purpose.in_(purposes))
    whose = select(User.id).where(User.id.in_(select(OneTimeToken.user_id).where(this)))
    await session.execute(whose.with_for_update(key_share=True))
    found = await session.scalar(select(OneTimeToken).where(this))
    if found is None or found.used_at is not None or now >= found.expires_at:
        raise BadLink(_UNUSABLE)
    found.used_at = now
    await session.flush()
    return found


async def whose(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> User:
    """Whom a good token was sent to, which stays as it is; raises BadLink as `use` does."""
    this = (OneTimeToken.hash == keys.hashed(token), OneTimeToken.purpose == purpose)
    good = (OneTimeToken.used_at.is_(None), OneTimeToken.expires_at > now)
    found: User | None = await session.scalar(
        select(User).join(OneTimeToken, OneTimeToken.user_id == User.id).where(*this, *good)
    )
    if found is None:
        raise BadLink(_UNUSABLE)
    return found


async def end(session: AsyncSession, user_id: str, purpose: Purpose, now: datetime) -> None:
    """Let no link for this purpose work any more."""
    await session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=now)
    )


async def end_all(session: AsyncSession, user_id: str, now: datetime) -> None:
    """Let no link work any more with which the account could be had: to a password, to an address."""
    for purpose in ("reset", "change_email"):
        await end(session, user_id, purpose, now)


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Delete what has been too old for a day; how many."""
    old = delete(OneTimeToken).where(OneTimeToken.expires_at < now - timedelta(days=1))
    return int(getattr(await session.execute(old), "rowcount", 0))
