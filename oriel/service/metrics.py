"""The database in; numbers about the whole service, for those who run it, out.

What only grows is summed by days (`figures`), the rest is counted by indexes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import days, figures, renders, workers
from oriel.service.figures import Figures
from oriel.service.models import Mail, Notification, Payment, PaymentEvent, Render, User

_DAYS = 30
_RECENT = timedelta(days=1)


async def read(session: AsyncSession, now: datetime) -> dict[str, Any]:
    """Users, renders, money, letters and workers, as they are now: JSON."""
    return {
        "at": now.isoformat(),
        "users": await _users(session, now),
        "renders": await _renders(session, now),
        "payments": await _payments(session, now),
        "credits": await _credits(session, now),
        "mail": await _mail(session, now),
        "notices": {"given_up": await _untold(session)},
        "storage": await _stored(session),
        "workers": await _workers(session),
        "days": await _days(session, now),
    }


async def _users(session: AsyncSession, now: datetime) -> dict[str, int]:
    counted = select(
        func.count(), _count(User.active.is_(True)), _count(User.verified_at.is_not(None))
    ).where(User.deleted_at.is_(None))
    there = (await session.execute(counted)).one()
    new = await session.scalar(select(func.count()).where(User.created_at > now - _RECENT))
    seen = await session.scalar(select(func.count()).where(User.seen_at > now - _RECENT))
    names = ("all", "active", "verified", "new_today", "seen_today")
    return _named(names, (*there, new, seen))


async def _renders(session: AsyncSession, now: datetime) -> dict[str, Any]:
    active = select(Render.status, func.count()).where(Render.status.in_(renders.ACTIVE))
    under_way = await session.execute(active.group_by(Render.status))
    ended = await figures.totals(session, "ended", now)
    done = select(
        func.count(),
        func.sum(Render.seconds),
        func.sum(Render.bytes),
        func.sum(Render.frames),
    ).where(figures.DONE, Render.finished_at > now - _RECENT)
    count, seconds, size, frames = (await session.execute(done)).one()
    waiting = select(func.min(Render.created_at)).where(Render.status == "queued")
    oldest = await session.scalar(waiting)
    return {
        "by_status": {status: int(count) for status, count in under_way}
        | {status: count for status, (count, _) in ended.items()},
        "done_today": count,
        "seconds_today": float(seconds or 0),
        "bytes_today": int(size or 0),
        "frames_today": int(frames or 0),
        "oldest_waits_seconds": round((now - oldest).total_seconds(), 1) if oldest else None,
    }


async def _payments(session: AsyncSession, now: datetime) -> dict[str, Any]:
    by_status = select(Payment.status, func.count()).group_by(Payment.status)
    unhandled = select(func.count()).where(PaymentEvent.handled_at.is_(None))
    return {
        "by_status": {status: int(count) for status, count in await session.execute(by_status)},
        **await _sold(session, now),
        "events_waiting": await session.scalar(unhandled) or 0,
    }


async def _sold(session: AsyncSession, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """What was paid, and what went back, in the last days; by tier and currency."""
    today = days.of(now)
    first = today - timedelta(days=_DAYS - 1)
    found = await figures.read(session, first, today, ("paid", "refunded"))
    return {"sold": _by_tier(found["paid"]), "refunded": _by_tier(found["refunded"])}


def _by_tier(found: Mapping[tuple[str, str], figures.Value]) -> list[dict[str, Any]]:
    sums: dict[str, tuple[int, float]] = {}
    for (_, label), (count, cents) in found.items():
        before = sums.get(label, (0, 0.0))
        sums[label] = (before[0] + count, before[1] + cents)
    return [
        {
            "tier": label.rpartition(" ")[0],
            "currency": label.rpartition(" ")[2],
            "count": count,
            "amount_cents": int(cents),
        }
        for label, (count, cents) in sorted(sums.items())
    ]


async def _credits(session: AsyncSession, now: datetime) -> dict[str, int]:
    """What is granted and not yet spent, by tier."""
    summed = await figures.totals(session, "credits", now)
    return {tier: int(amount) for tier, (_, amount) in summed.items()}


async def _mail(session: AsyncSession, now: datetime) -> dict[str, int]:
    sent = sum(count for count, _ in (await figures.totals(session, "sent", now)).values())
    waiting = select(func.count()).where(Mail.sent_at.is_(None), Mail.gave_up_at.is_(None))
    given_up = select(func.count()).where(Mail.gave_up_at.is_not(None))
    return {
        "sent": sent,
        "waiting": await session.scalar(waiting) or 0,
        "given_up": await session.scalar(given_up) or 0,
    }


async def _untold(session: AsyncSession) -> int:
    given_up = select(func.count()).where(Notification.gave_up_at.is_not(None))
    return await session.scalar(given_up) or 0


async def _stored(session: AsyncSession) -> dict[str, int]:
    return {
        f"{what.removesuffix('s')}_bytes": size
        for what, size in (await figures.stored(session)).items()
    }


async def _workers(session: AsyncSession) -> list[dict[str, Any]]:
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
        for worker in await workers.living(session)
    ]


async def _days(session: AsyncSession, now: datetime) -> list[dict[str, Any]]:
    """New users, renders and money of each of the last days, the oldest first; days are UTC's."""
    today = days.of(now)
    first = today - timedelta(days=_DAYS - 1)
    found = await figures.read(session, first, today, ("joined", "ordered", "ended", "paid"))
    return [_day(found, str(day)) for day in days.among(first, today)]


def _day(found: Figures, day: str) -> dict[str, Any]:
    def values(name: str) -> list[tuple[str, int, float]]:
        return [(label, *value) for (on, label), value in found[name].items() if on == day]

    return {
        "day": day,
        "users": sum(count for _, count, _ in values("joined")),
        "renders": sum(count for _, count, _ in values("ordered")),
        "done": sum(count for status, count, _ in values("ended") if status == "done"),
        "amount_cents": int(sum(amount for *_, amount in values("paid"))),
    }


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _named(names: tuple[str, ...], counts: Any) -> dict[str, int]:
    return {name: int(count or 0) for name, count in zip(names, counts, strict=True)}
