"""What we know of somebody goes out: in short for their page, and whole for them to take away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from oriel.service import credits, sessions, users
from oriel.service.db import Database
from oriel.service.models import (
    Audit,
    Base,
    Credit,
    Mail,
    Notification,
    OneTimeToken,
    Payment,
    Preset,
    RefreshToken,
    Render,
    Share,
    Song,
    Submission,
    User,
)

_BY_USER: tuple[type[Base], ...] = (
    *(Song, Submission, Render, Share, Preset, Credit, Payment, RefreshToken, OneTimeToken, Mail),
)
_SECRET = {
    "password_hash",
    "hash",
    "second_factor_sealed",
    "second_factor_step",
}  # of use to a thief alone
_OURS = {"key", "video_key", "poster_key", "thumbnail_key", "log", "worker", "fence", "lease_until"}

_ENDS = ("done", "failed", "cancelled")
_DONE = Render.status == "done"
# One question for all, and built once, as it is asked often: a row for each tier and sign-in.
_NUMBERS = (
    select(
        func.count().label("total"),
        *(func.sum(case((Render.status == end, 1), else_=0)).label(end) for end in _ENDS),
        func.sum(case((_DONE, Render.seconds), else_=0.0)).label("seconds"),
        func.sum(case((_DONE, Render.bytes), else_=0)).label("size"),
        func.max(Render.created_at).label("last"),
    )
    .where(Render.user_id == bindparam("user_id"))
    .subquery()
)
_LEFT = credits.SUMS.subquery()
_SIGN_INS = sessions.LIVING.subquery()
_PROFILE = (
    select(_NUMBERS, _LEFT, _SIGN_INS)
    .select_from(_NUMBERS.outerjoin(_LEFT, true()).outerjoin(_SIGN_INS, true()))
    .order_by(_SIGN_INS.c.token.desc())
)


def described(user: User) -> dict[str, Any]:
    """A user as their own programs are told: JSON."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "active": user.active,
        "verified": user.verified_at is not None,
        "second_factor": user.second_factor_since is not None,
        "created_at": user.created_at.isoformat(),
    }


async def profile(database: Database, user: User, now: datetime) -> dict[str, Any]:
    """The same with what is left to spend, by tier, with numbers of what was made: JSON.

    How many renders in all and of each end, and the seconds and bytes of finished videos; and where
    the account is signed in, the newest first.
    """
    rows = await database.rows(_PROFILE, user_id=user.id, now=now)
    numbers = rows[0]
    by_end = {end: int(getattr(numbers, end) or 0) for end in _ENDS}
    return {
        **described(user),
        "credits": {row.tier: int(row.left) for row in rows if row.tier is not None},
        "statistics": {
            "renders": numbers.total,
            **by_end,
            "under_way": numbers.total - sum(by_end.values()),
            "seconds": float(numbers.seconds or 0),
            "bytes": int(numbers.size or 0),
            "last_render_at": numbers.last.isoformat() if numbers.last else None,
        },
        "sign_ins": list(_sign_ins(rows).values()),
    }


def _sign_ins(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, dict[str, str]]:
    """By family, as its newest token, which comes first, tells."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.family is not None and row.family not in found:
            found[row.family] = {
                "family": row.family,
                "address": row.address,
                "agent": row.agent,
                "since": row.since.isoformat(),
            }
    return found


async def export(session: AsyncSession, user_id: str, now: datetime) -> dict[str, Any]:
    """Every row that is about somebody, by table: JSON; no secrets, and no files."""
    user = await users.find(session, user_id)
    rows = {table: await _rows(session, table, user_id) for table in _BY_USER}
    deeds = await session.scalars(
        select(Audit)
        .where((Audit.actor_id == user_id) | (Audit.subject == f"user:{user_id}"))
        .order_by(Audit.id)
    )
    mine = select(Render.id).where(Render.user_id == user_id)
    notices = await session.scalars(
        select(Notification).where(Notification.render_id.in_(mine)).order_by(Notification.id)
    )
    return {
        "exported_at": now.isoformat(),
        "user": _row(user),
        **{table.__tablename__: found for table, found in rows.items()},
        "notifications": [_row(notice) for notice in notices],
        "audit": [_row(deed) for deed in deeds],
    }


async def _rows(session: AsyncSession, table: type[Base], user_id: str) -> list[dict[str, Any]]:
    columns = table.__table__.c
    # With what other questions leave out, such as what was heard in a song.
    whole = select(table).options(undefer("*"))
    mine = whole.where(columns.user_id == user_id).order_by(columns.id)
    return [_row(row) for row in await session.scalars(mine)]


def _row(row: Base) -> dict[str, Any]:
    told = {c.key: getattr(row, c.key) for c in row.__table__.c if c.key not in _SECRET | _OURS}
    if isinstance(row, Mail):
        told["words"] = {word: said for word, said in row.words.items() if word != "token"}
        del told["source"]  # a link's is the hash of its token
    return {key: _plain(value) for key, value in told.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
