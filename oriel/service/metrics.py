"""The database in; numbers about the whole service, for those who run it, out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import workers
from oriel.service.models import Credit, Mail, Payment, PaymentEvent, Render, Song, User

_DAYS = 30
_RECENT = timedelta(days=1)


async def read(session: AsyncSession, now: datetime) -> dict[str, Any]:
    """Users, renders, money, letters and workers, as they are now: JSON."""
    return {
        "at": now.isoformat(),
        "users": await _users(session, now),
        "renders": await _renders(session, now),
        "payments": await _payments(session, now),
        "credits": await _credits(session),
        "mail": await _mail(session),
        "storage": await _stored(session),
        "workers": await _workers(session, now),
        "days": await _days(session, now),
    }


async def _users(session: AsyncSession, now: datetime) -> dict[str, int]:
    there = User.deleted_at.is_(None)
    counted = select(
        _count(there),
        _count(there & User.active),
        _count(there & User.verified_at.is_not(None)),
        _count(User.created_at > now - _RECENT),
        _count(User.seen_at > now - _RECENT),
    ).select_from(User)
    names = ("all", "active", "verified", "new_today", "seen_today")
    return _named(names, (await session.execute(counted)).one())


async def _renders(session: AsyncSession, now: datetime) -> dict[str, Any]:
    by_status = select(Render.status, func.count()).group_by(Render.status)
    done = select(
        func.count(),
        func.sum(Render.seconds),
        func.sum(Render.bytes),
        func.sum(Render.frames),
    ).where(Render.status == "done", Render.finished_at > now - _RECENT)
    count, seconds, size, frames = (await session.execute(done)).one()
    waiting = select(func.min(Render.created_at)).where(Render.status == "queued")
    oldest = await session.scalar(waiting)
    return {
        "by_status": {status: int(count) for status, count in await session.execute(by_status)},
        "done_today": count,
        "seconds_today": float(seconds or 0),
        "bytes_today": int(size or 0),
        "frames_today": int(frames or 0),
        "oldest_waits_seconds": round((now - oldest).total_seconds(), 1) if oldest else None,
    }


async def _payments(session: AsyncSession, now: datetime) -> dict[str, Any]:
    paid = select(Payment.tier, Payment.currency, func.count(), func.sum(Payment.amount_cents))
    paid = paid.where(Payment.status == "paid", Payment.paid_at > now - timedelta(days=_DAYS))
    rows = await session.execute(paid.group_by(Payment.tier, Payment.currency))
    by_status = select(Payment.status, func.count()).group_by(Payment.status)
    unhandled = select(func.count()).where(PaymentEvent.handled_at.is_(None))
    return {
        "by_status": {status: int(count) for status, count in await session.execute(by_status)},
        "sold": [
            {"tier": tier, "currency": currency, "count": int(count), "amount_cents": int(cents)}
            for tier, currency, count, cents in rows
        ],
        "events_waiting": await session.scalar(unhandled) or 0,
    }


async def _credits(session: AsyncSession) -> dict[str, int]:
    """What is granted and not yet spent, by tier."""
    summed = select(Credit.tier, func.sum(Credit.amount)).group_by(Credit.tier)
    return {tier: int(total) for tier, total in await session.execute(summed)}


async def _mail(session: AsyncSession) -> dict[str, int]:
    waiting = Mail.sent_at.is_(None) & Mail.gave_up_at.is_(None)
    counted = select(
        _count(Mail.sent_at.is_not(None)), _count(waiting), _count(Mail.gave_up_at.is_not(None))
    ).select_from(Mail)
    return _named(("sent", "waiting", "given_up"), (await session.execute(counted)).one())


async def _stored(session: AsyncSession) -> dict[str, int]:
    songs = select(func.sum(Song.bytes)).where(Song.deleted_at.is_(None))
    videos = select(func.sum(Render.bytes)).where(
        Render.status == "done", Render.deleted_at.is_(None)
    )
    return {
        "song_bytes": int(await session.scalar(songs) or 0),
        "video_bytes": int(await session.scalar(videos) or 0),
    }


async def _workers(session: AsyncSession, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": worker.name,
            "host": worker.host,
            "device": worker.device,
            "version": worker.version,
            "doing": worker.doing,
            "frames_per_second": worker.frames_per_second,
            "seen_at": worker.seen_at.isoformat(),
            "stopping": worker.stopping,
        }
        for worker in await workers.living(session, now)
    ]


async def _days(session: AsyncSession, now: datetime) -> list[dict[str, Any]]:
    """New users, renders and money of each of the last days, the oldest first; days are UTC's."""
    since = (now - timedelta(days=_DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    users = await _by_day(session, User.created_at, since)
    renders = await _by_day(session, Render.created_at, since)
    done = await _by_day(session, Render.finished_at, since, Render.status == "done")
    cents = await _by_day(session, Payment.paid_at, since, value=Payment.amount_cents)
    days = [(since + timedelta(days=day)).date().isoformat() for day in range(_DAYS)]
    return [
        {
            "day": day,
            "users": users.get(day, 0),
            "renders": renders.get(day, 0),
            "done": done.get(day, 0),
            "amount_cents": cents.get(day, 0),
        }
        for day in days
    ]


async def _by_day(
    session: AsyncSession, moment: Any, since: datetime, *conditions: Any, value: Any = None
) -> Mapping[str, int]:
    if session.get_bind().dialect.name == "sqlite":
        day = func.substr(moment, 1, 10)
    else:
        day = func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD")
    total = func.count() if value is None else func.sum(value)
    wanted = select(day.label("day"), total).where(moment >= since, *conditions).group_by("day")
    return {str(day): int(count) for day, count in await session.execute(wanted)}


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _named(names: tuple[str, ...], counts: Any) -> dict[str, int]:
    return {name: int(count or 0) for name, count in zip(names, counts, strict=True)}
