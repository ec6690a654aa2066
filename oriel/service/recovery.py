"""Codes for who lost the phone: ten, each good for one sign-in, and seen once by who keeps them.

Only their hashes are kept. Being 125 bits of chance they need no slow one (OWASP ASVS 5.0, 6.5.2).
"""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import keys
from oriel.service.models import RecoveryCode

COUNT = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is taken for another
_GROUPS, _LETTERS = 5, 5
_MISREAD = str.maketrans("OIL", "011", " -")


async def make(session: AsyncSession, user_id: str, now: datetime) -> list[str]:
    """New codes, to be shown once; those before work no more."""
    await end(session, user_id)
    codes = [_new() for _ in range(COUNT)]
    session.add_all(
        RecoveryCode(user_id=user_id, hash=_hashed(code), created_at=now) for code in codes
    )
    await session.flush()
    return codes


async def use(session: AsyncSession, user_id: str, code: str, now: datetime) -> bool:
    """Whether a code is one of somebody's that was never used; it is used then."""
    mine = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.hash == _hashed(code),
        RecoveryCode.used_at.is_(None),
    )
    return bool(getattr(await session.execute(mine.values(used_at=now)), "rowcount", 0))


async def left(session: AsyncSession, user_id: str) -> int:
    """How many of somebody's were never used."""
    unused = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(unused) or 0


async def end(session: AsyncSession, user_id: str) -> None:
    """Let none of somebody's work any more."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _new() -> str:
    """Such as "7K3QD-0ZXM2-…"."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hashed(code: str) -> str:
    """What is kept of a code, however it was copied from paper."""
    return keys.hashed(code.upper().translate(_MISREAD))
