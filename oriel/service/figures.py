"""Days in; how much of everything happened on each, as counts and amounts by label, out.

A day that is over is counted once and kept as rows of `figures`, as what happened on it changes no
more: each entry goes by a moment that is written once. Days that were not counted yet, such as
today, are counted when they are asked for. So a year costs some hundred rows, and nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import days
from oriel.service.db import Database, insert_once
from oriel.service.models import (
    Credit,
    Figure,
    Mail,
    Payment,
    RefreshToken,
    Render,
    Song,
    User,
)

_SETTLED = timedelta(minutes=15)  # after midnight: transactions that began before it are over
_COUNTED = "counted"  # the mark of a day that is

# Without statistics SQLite prefers an index of states to one of times, and reads a million rows for
# a day's: so what is compared is no column.
DONE = Render.status + "" == "done"
_DRAWN = (DONE, Render.started_at.is_not(None))
_MONEY = Payment.tier + " " + Payment.currency


@dataclass(frozen=True)
class Entry:
    """What is counted: rows by the day of `moment`, and by `label`; the sum of `amount`."""

    moment: Any
    label: Any = None
    count: Any = None
    amount: Any = None
    where: tuple[Any, ...] = ()

    def between(self, since: datetime, until: datetime) -> Select[Any]:
        """Day, label, count and amount of what happened from `since` to just before `until`."""
        amount = literal(0.0) if self.amount is None else func.sum(self.amount)
        wanted = select(
            days.day_of(self.moment).label("day"),
            (literal("") if self.label is None else func.coalesce(self.label, "")).label("label"),
            (func.count() if self.count is None else self.count).label("count"),
            func.coalesce(amount, 0.0).label("amount"),
        )
        within = (self.moment >= since, self.moment < until)
        return wanted.where(*within, *self.where).group_by("day", "label")


ENTRIES: Mapping[str, Entry] = {
    "ordered": Entry(Render.created_at, Render.tier),
    "ended": Entry(Render.finished_at, Render.status),
    "failed": Entry(Render.finished_at, Render.error_code, where=(Render.error_code.is_not(None),)),
    "frames": Entry(Render.finished_at, amount=Render.frames, where=_DRAWN),
    "drawing": Entry(
        Render.finished_at,
        amount=days.seconds_between(Render.started_at, Render.finished_at),
        where=_DRAWN,
    ),
    "waiting": Entry(
        Render.finished_at,
        amount=days.seconds_between(Render.created_at, Render.started_at),
        where=(Render.started_at.is_not(None),),
    ),
    "made_seconds": Entry(Render.finished_at, amount=Render.seconds, where=(DONE,)),
    "made_bytes": Entry(Render.finished_at, amount=Render.bytes, where=(DONE,)),
    "paid": Entry(Payment.paid_at, _MONEY, amount=Payment.amount_cents),
    "refunded": Entry(Payment.refunded_at, _MONEY, amount=Payment.amount_cents),
    "joined": Entry(User.created_at),
    # Whoever signs in, or renews a sign-in, which every quarter of an hour of use does.
    "active": Entry(RefreshToken.created_at, count=func.count(RefreshToken.user_id.distinct())),
    "credits": Entry(Credit.created_at, Credit.tier, amount=Credit.amount),
    "sent": Entry(Mail.sent_at, Mail.letter),
}

Value = tuple[int, float]
Figures = Mapping[str, Mapping[tuple[str, str], Value]]
"""By name; then by day, such as "2026-11-26", and label: the count and the amount."""


async def read(
    session: AsyncSession,
    first: date,
    last: date,
    names: Iterable[str] | None = None,
) -> Figures:
    """The figures of the days from `first` to `last`, both included, in UTC.

    Beside ENTRIES there is what `sample` looks at: "queue", the most renders that waited at once,
    and "stored", the bytes of songs and videos when it was looked last.
    """
    found: dict[str, dict[tuple[str, str], Value]] = defaultdict(dict)
    columns = (Figure.name, Figure.day, Figure.label, Figure.count, Figure.amount)
    wanted = select(*columns).where(Figure.day >= str(first), Figure.day <= str(last))
    if names is not None:
        wanted = wanted.where(Figure.name.in_([*names, _COUNTED]))
    for name, day, label, count, amount in await session.execute(wanted):
        found[name][day, label] = (count, amount)
    live = max(first, await _uncounted(session))
    for name, entry in ENTRIES.items():
        if live <= last and (names is None or name in names):
            found[name] |= await _counted(session, entry, live, last)
    return found


async def totals(session: AsyncSession, name: str, now: datetime) -> dict[str, Value]:
    """Counts and amounts of all days up to now, by label."""
    kept = select(Figure.label, func.sum(Figure.count), func.sum(Figure.amount))
    kept = kept.where(Figure.name == name).group_by(Figure.label)
    sums = {label: (int(n), float(amount)) for label, n, amount in await session.execute(kept)}
    live = await _counted(session, ENTRIES[name], await _uncounted(session), days.of(now))
    for (_, label), (count, amount) in live.items():
        before = sums.get(label, (0, 0.0))
        sums[label] = (before[0] + count, before[1] + amount)
    return sums


async def count_days(database: Database, now: datetime) -> int:
    """Count each day that is over and was not counted; how many there were."""
    count = 0
    while await _count_next(database, now):
        count += 1
    return count


async def sample(database: Database, now: datetime) -> None:
    """Note how many renders wait, the most of each day, and how much is stored, the last of each."""
    async with database.begin() as session:
        day = str(days.of(now))
        queued = select(func.count()).where(Render.status == "queued")
        waiting = await session.scalar(queued) or 0
        await _note(session, day=day, name="queue", label="", count=waiting, amount=0.0)
        for label, size in (await stored(session)).items():
            await _note(session, day=day, name="stored", label=label, count=0, amount=float(size))


async def stored(session: AsyncSession) -> dict[str, int]:
    """The bytes of the songs and videos that are kept; a video that two share is counted twice."""
    songs = select(func.sum(Song.bytes)).where(Song.deleted_at.is_(None))
    videos = select(func.sum(Render.bytes)).where(Render.deleted_at.is_(None))
    return {
        "songs": int(await session.scalar(songs) or 0),
        "videos": int(await session.scalar(videos) or 0),
    }


async def _uncounted(session: AsyncSession) -> date:
    """The first day that was not counted yet: days are counted one after the other."""
    last = await session.scalar(select(func.max(Figure.day)).where(Figure.name == _COUNTED))
    return date.min if last is None else date.fromisoformat(last) + timedelta(days=1)


async def _counted(
    session: AsyncSession, entry: Entry, first: date, last: date
) -> dict[tuple[str, str], Value]:
    since, until = days.begin(first), days.begin(last + timedelta(days=1))
    rows = await session.execute(entry.between(since, until))
    return {(day, label): (int(count), float(amount)) for day, label, count, amount in rows}


async def _count_next(database: Database, now: datetime) -> bool:
    """Count the first day that is over and was not counted; False where there is none."""
    async with database.read() as session:
        day = await _next(session)
    if day is None or now < days.begin(day + timedelta(days=1)) + _SETTLED:
        return False
    async with database.begin() as session:
        if await insert_once(session, Figure, day=str(day), name=_COUNTED):
            for name, entry in ENTRIES.items():
                for (_, label), (count, amount) in (
                    await _counted(session, entry, day, day)
                ).items():
                    about = {"day": str(day), "name": name, "label": label[:60]}
                    session.add(Figure(**about, count=count, amount=amount))
    return True


async def _next(session: AsyncSession) -> date | None:
    """The day after the last one that was counted, or the one on which the first account was made."""
    day = await _uncounted(session)
    if day != date.min:
        return day
    first: datetime | None = await session.scalar(select(func.min(User.created_at)))
    return None if first is None else days.of(first)


async def _note(session: AsyncSession, **row: Any) -> None:
    """Write what was seen today: the most renders that waited, the last of what is stored."""
    on = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = on.insert(Figure).values(**row)
    most = case((new.excluded.count > Figure.count, new.excluded.count), else_=Figure.count)
    values = {"count": most, "amount": new.excluded.amount}
    await session.execute(
        new.on_conflict_do_update(index_elements=["day", "name", "label"], set_=values)
    )
