"""The ends of renders in, told to the addresses that their orders named: signed, and tried again.

A receiver may hear of one end twice, when its answer was lost; "Oriel-Delivery" is the same then.
"""

import asyncio
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import backoff, keys
from oriel.service.clock import Clock
from oriel.service.clock import now as _now
from oriel.service.db import Database
from oriel.service.errors import NotFound
from oriel.service.models import Notification, Render
from oriel.service.outside import NotTaken, Outside

_LEASE = timedelta(minutes=2)  # how long others leave alone what one is telling
_KEEP_TRYING = timedelta(days=2)
_GONE = 410  # the receiver wants to hear no more


@dataclass(frozen=True)
class Teller:
    """Who tells: `secrets` are the service's own, the first is the one in force."""

    secrets: Sequence[str] = field(repr=False)
    outside: Outside = field(default_factory=Outside)


def secret_of(secret: str, user_id: str) -> str:
    """What a user checks our signatures with; each has their own."""
    return f"whsec_{keys.derived(secret, f'notice to {user_id}').hex()}"


def signature(secrets: Sequence[str], body: bytes, at: datetime) -> str:
    """The header "Oriel-Signature": "t=SECONDS,v1=HEX", with one v1 for each secret in use.

    HEX is the HMAC-SHA256 of "SECONDS.BODY"; receivers refuse what is older than five minutes.
    """
    moment = int(at.timestamp())
    signed = f"{moment}.".encode() + body
    each = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets)
    return ",".join([f"t={moment}", *(f"v1={one}" for one in each)])


async def deliver_due(
    database: Database, teller: Teller, clock: Clock = _now, limit: int = 50
) -> dict[str, int]:
    """Tell what is due, some at once; how many were delivered, delayed and given up."""
    async with database.read() as session:
        waiting = list(await session.execute(_due(clock()).limit(limit)))
    turns = asyncio.Semaphore(8)

    async def turn(notice: Notification, user_id: str) -> str:
        async with turns:
            return await _deliver(database, teller, notice, user_id, clock)

    became = await asyncio.gather(*(turn(notice, user_id) for notice, user_id in waiting))
    return {one: became.count(one) for one in ("delivered", "delayed", "given up")}


async def again(session: AsyncSession, notice_id: str, now: datetime) -> Notification:
    """Have a notice that was given up be told once more; raises NotFound.

    One that was delivered meanwhile stays as it is.
    """
    notice = await session.get(Notification, notice_id, with_for_update=True)
    if notice is None:
        raise NotFound("There is no such notice.")
    if notice.delivered_at is None:
        notice.gave_up_at, notice.due_at = None, now
    return notice


def _due(now: datetime) -> Select[Any, Any]:
    wanted = select(Notification, Render.user_id).join(Render, Render.id == Notification.render_id)
    return wanted.where(
        Notification.delivered_at.is_(None),
        Notification.gave_up_at.is_(None),
        or_(Notification.due_at <= now, Notification.attempts == 0),  # new, by whichever clock
    ).order_by(Notification.due_at)


async def _deliver(
    database: Database, teller: Teller, notice: Notification, user_id: str, clock: Clock
) -> str:
    attempt = notice.attempts + 1
    leased = {"attempts": attempt, "due_at": clock() + _LEASE}
    if not await _note(database, notice, notice.attempts, leased):
        return "another's"
    values = await _told(teller, notice, user_id, clock)
    await _note(database, notice, attempt, values)
    if "delivered_at" in values:
        return "delivered"
    return "given up" if "gave_up_at" in values else "delayed"


async def _told(teller: Teller, notice: Notification, user_id: str, clock: Clock) -> dict[str, Any]:
    """What became of it, to be noted."""
    body = json.dumps(notice.body, separators=(",", ":")).encode()
    secrets = [secret_of(secret, user_id) for secret in teller.secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Oriel",
        "Oriel-Delivery": notice.id,
        "Oriel-Signature": signature(secrets, body, clock()),
    }
    try:
        status = await teller.outside.post(notice.url, body, headers)
    except NotTaken as error:
        return _later(notice, clock(), str(error))
    if 200 <= status < 300:
        return {"delivered_at": clock(), "error": None}
    if status == _GONE:
        return {"gave_up_at": clock(), "error": "answered 410"}
    followed = " (redirects are not followed)" if 300 <= status < 400 else ""
    return _later(notice, clock(), f"answered {status}{followed}")


def _later(notice: Notification, now: datetime, error: str) -> dict[str, Any]:
    due = now + backoff.wait(notice.attempts + 1)
    if due > notice.created_at + _KEEP_TRYING:
        return {"gave_up_at": now, "error": error[:500]}
    return {"due_at": due, "error": error[:500]}


async def _note(
    database: Database, notice: Notification, attempts: int, values: dict[str, Any]
) -> bool:
    """Write down what became of it; False where another has it by now."""
    ours = update(Notification).where(
        Notification.id == notice.id,
        Notification.attempts == attempts,
        Notification.delivered_at.is_(None),
        Notification.gave_up_at.is_(None),
    )
    async with database.begin() as session:
        done = await session.execute(ours.values(**values))
    return bool(getattr(done, "rowcount", 0))
