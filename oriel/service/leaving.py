"""An account goes in; what must be kept of it, without a name, stays.

Money's books stay (the ledger, payments, licences), and the renders that they speak of. The rest
goes: sign-ins, links, presets, letters, notices, names and looks now, songs and videos with the next sweep.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import audit, expiry, users
from oriel.service.models import (
    Mail,
    Notification,
    OneTimeToken,
    Preset,
    RecoveryCode,
    RefreshToken,
    Render,
    Share,
    Song,
    User,
)

_GONE = (Preset, Share, OneTimeToken, RecoveryCode, RefreshToken, Mail)


async def delete_account(
    session: AsyncSession, user_id: str, *, by: str | None, now: datetime, address: str = ""
) -> None:
    """Delete an account; raises NotFound, and Forbidden for the last admin.

    Whoever asks has shown before that they mean it. The address is free again at once.
    """
    await users.deactivate(session, user_id, by=by, now=now, address=address)
    await expiry.forget(session, user_id, now)
    for table in _GONE:
        await session.execute(delete(table).where(table.user_id == user_id))
    made = select(Render.id).where(Render.user_id == user_id)
    await session.execute(delete(Notification).where(Notification.render_id.in_(made)))
    await _forget_names(session, user_id, now)
    await audit.write(session, "user.delete", actor=by, subject=f"user:{user_id}", address=address)


async def _forget_names(session: AsyncSession, user_id: str, now: datetime) -> None:
    nobody = f"{user_id.lower()}@deleted.invalid"
    anonymous = {
        "email": nobody,
        "email_as_typed": nobody,
        "name": "",
        "password_hash": "deleted",
        "second_factor_since": None,
        "second_factor_sealed": None,
        "active": False,
        "deleted_at": now,
    }
    await session.execute(update(User).where(User.id == user_id).values(anonymous))
    nameless = {"name": "", "title": None, "artist": None}
    await session.execute(update(Song).where(Song.user_id == user_id).values(nameless))
    looks = update(Render).where(Render.user_id == user_id)
    await session.execute(looks.values(look={}, notify_url=None, log=""))
