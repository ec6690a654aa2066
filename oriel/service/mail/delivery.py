"""Letters that are due in, sent letters out; as often as it takes, and by one deliverer at a time.

Who sends a letter leases it first, by one conditional write. What became of it is noted even if the
database is away for a while, or the deliverer is asked to stop meanwhile. Only where the
mailer's answer is lost, or a deliverer is killed between it and its own note, is a letter sent twice.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import backoff
from oriel.service.clock import Clock
from oriel.service.clock import now as _now
from oriel.service.connections import DatabaseGone
from oriel.service.db import Database
from oriel.service.mail import Letter, MailDelayed, Mailer, MailRefused, Picture, letters
from oriel.service.models import Mail, Render
from oriel.service.storage import NotStored, Storage, StorageFailed

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
_PATIENCE = 60.0  # seconds for one letter, well within the lease
_NOTE_AGAIN = 0.5  # seconds until the database is tried again
_LARGEST_PICTURE = 400_000  # bytes; a letter that is cut off for its size is worse than none


@dataclass(frozen=True)
class Post:
    """Who takes letters, what their links begin with, and where their pictures lie."""

    mailer: Mailer
    site: str
    storage: Storage | None = None


@dataclass(frozen=True)
class Delivered:
    """What became of the letters that were due."""

    sent: int = 0
    delayed: int = 0
    given_up: int = 0


async def deliver_due(
    database: Database, post: Post, clock: Clock = _now, limit: int = 50, at_once: int = 8
) -> Delivered:
    """Send the letters that are due, the oldest first, some at once."""
    async with database.read() as session:
        waiting = list(await session.scalars(_due(clock()).limit(limit)))
    turns = asyncio.Semaphore(at_once)

    async def turn(mail: Mail) -> str:
        async with turns:
            return await _deliver(database, post, mail, clock)

    became = await asyncio.gather(*(turn(mail) for mail in waiting))
    return Delivered(became.count("sent"), became.count("delayed"), became.count("given up"))


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(
        Mail.sent_at.is_(None),
        Mail.gave_up_at.is_(None),
        or_(Mail.due_at <= now, Mail.attempts == 0),  # new ones, by whichever clock
        or_(Mail.lease_until.is_(None), Mail.lease_until <= now),
    )


def _due(now: datetime) -> Select[Any]:
    return select(Mail).where(_open(now)).order_by(Mail.due_at, Mail.id)


async def _deliver(database: Database, post: Post, mail: Mail, clock: Clock) -> str:
    async with database.begin() as session:
        if not await _lease(session, mail, clock()):
            return "another's"
    sending = asyncio.create_task(_send(database, post, mail, clock))
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:  # the mailer may have it already
        await sending
        raise


async def _send(database: Database, post: Post, mail: Mail, clock: Clock) -> str:
    attempt = mail.attempts + 1
    try:
        letter = await _written(database, post, mail)
        async with asyncio.timeout(_PATIENCE):
            await post.mailer.send(letter)
    except (MailDelayed, StorageFailed, TimeoutError, letters.UnknownLetter) as error:
        return await _delay(database, mail, attempt, clock(), error)
    except (MailRefused, letters.BadLetter) as error:
        return await _give_up(database, mail, attempt, clock(), str(error))
    await _note(database, mail, attempt, sent_at=clock(), error=None, words={})
    return "sent"


async def _lease(session: AsyncSession, mail: Mail, now: datetime) -> bool:
    """Whether it is ours to send now; the number of tries is the fence of what is written then."""
    ours = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts, _open(now))
    done = await session.execute(ours.values(attempts=mail.attempts + 1, lease_until=now + LEASE))
    return bool(getattr(done, "rowcount", 0))


async def _note(database: Database, mail: Mail, attempt: int, **values: object) -> None:
    """Write what became of it, unless another has it by now. Words go: some open doors.

    A database that is away is waited for as long as the lease lasts.
    """
    ours = update(Mail).where(Mail.id == mail.id, Mail.attempts == attempt)
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            async with database.begin() as session:
                await session.execute(ours.values(lease_until=None, **values))
                return
        except (DatabaseGone, DBAPIError) as error:
            if time.monotonic() > until:
                raise
            _log.warning("What became of a letter is noted later: %s", error)
        await asyncio.sleep(_NOTE_AGAIN)


async def _delay(
    database: Database, mail: Mail, attempt: int, now: datetime, error: Exception
) -> str:
    due = now + backoff.wait(attempt, getattr(error, "retry_after", None))
    if due > mail.created_at + letters.good_for(mail.letter):
        return await _give_up(database, mail, attempt, now, str(error))
    await _note(database, mail, attempt, due_at=due, error=str(error) or type(error).__name__)
    return "delayed"


async def _give_up(database: Database, mail: Mail, attempt: int, now: datetime, said: str) -> str:
    await _note(database, mail, attempt, gave_up_at=now, error=said, words={})
    return "given up"


async def _written(database: Database, post: Post, mail: Mail) -> Letter:
    picture = await _picture(database, post, mail)
    name = picture.name if picture else None
    written = letters.write(mail.letter, mail.words, post.site, name)
    return Letter(
        mail.id,
        mail.letter,
        mail.to,
        written.subject,
        written.text,
        written.html,
        (picture,) if picture else (),
    )


async def _picture(database: Database, post: Post, mail: Mail) -> Picture | None:
    """The poster of the video that the letter is about, where there is one and it is small."""
    if post.storage is None or mail.letter != "video_ready":
        return None
    async with database.read() as session:
        found = select(Render.poster_key).where(Render.id == mail.words["render_id"])
        key = await session.scalar(found)
    try:
        if key is None or await post.storage.size(key) > _LARGEST_PICTURE:
            return None
        data = b"".join([piece async for piece in await post.storage.open(key)])
    except NotStored:
        return None
    return Picture("poster.jpg", "image/jpeg", data)
