"""A secret that an app on somebody's phone keeps too: its codes are asked for beside the password.

They are those of RFC 6238 that every app makes: six digits for each half minute, by SHA-1. Each works
once, whatever it is for, and half a minute early or late, as clocks differ (5.2).
"""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import audit, keys, recovery, sealing, sessions, users
from oriel.service.db import Database
from oriel.service.errors import BadFields
from oriel.service.mail import post
from oriel.service.models import User
from oriel.service.renders import NotPossible

WRONG = "is wrong, too old or was used before: give another"

_SECONDS = 30
_DRIFT = 1  # steps, either way
_ISSUER = "Oriel"
_AT_ONCE = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """A secret that counts once a code of it was typed.

    `secret` is for people who type it, `uri` for those who photograph it, and `sealed` brings it back
    to us: nothing of it is kept.
    """

    secret: str
    uri: str
    sealed: str


def offer(secret_keys: Sequence[str], user: User, sealed: str = "") -> Offer:
    """A new secret for somebody, or the one that they were offered before."""
    import pyotp

    before = sealing.opened(secret_keys, sealed, _offered(user.id))
    secret = before or pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email_as_typed, issuer_name=_ISSUER)
    again = sealed if before else sealing.seal(secret_keys, secret, _offered(user.id))
    return Offer(secret, uri, again)


async def turn_on(
    database: Database,
    secret_keys: Sequence[str],
    user_id: str,
    *,
    sealed: str,
    code: str,
    now: datetime,
) -> list[str]:
    """Ask for codes of an offered secret from now on, and end all sign-ins; the recovery codes.

    Raises BadFields for a wrong code or offer, and NotPossible where one is on, or the address was
    never confirmed: whoever registers somebody else's would keep its owner out for good.
    """
    secret = sealing.opened(secret_keys, sealed, _offered(user_id))
    if secret is None:
        raise BadFields({"offer": "was not made here for this account: ask for a new one"})
    step = _step(secret, code, now)
    if step is None:
        raise BadFields({"code": WRONG})
    async with database.begin() as session:
        user = await users.find(session, user_id, hold=True)
        if user.second_factor_since is not None:
            raise NotPossible("A second factor is on already: turn it off first.")
        if user.verified_at is None:
            raise NotPossible("Confirm your e-mail address first: open the link in our letter.")
        user.second_factor_since, user.second_factor_step = now, step
        user.second_factor_sealed = sealing.seal(secret_keys, secret, about(user_id))
        await _changed(session, user, "second_factor_on", {}, now)
        return await recovery.make(session, user_id, now)


async def fits(
    database: Database, secret_keys: Sequence[str], user_id: str, code: str, now: datetime
) -> bool:
    """Whether a code of the app, or a recovery code, is good; it is used then.

    Whoever uses a recovery code is written to. Limit how often it may be asked.
    """
    async with database.begin() as session:
        user = await users.find(session, user_id, hold=True)
        secret = _secret(secret_keys, user)
        step = None if secret is None else _step(secret, code, now)
        if step is not None:
            fresh = step > user.second_factor_step
            user.second_factor_step = max(step, user.second_factor_step)
            return fresh
        if not await recovery.use(session, user_id, code, now):
            return False
        left = {"left": await recovery.left(session, user_id)}
        await _tell(session, user, "recovery_code_used", left, now.isoformat())
        return True


async def renew_codes(database: Database, user_id: str, now: datetime) -> list[str]:
    """New recovery codes in place of those before; raises NotPossible without a second factor."""
    async with database.begin() as session:
        await _on(session, user_id)
        return await recovery.make(session, user_id, now)


async def turn_off(database: Database, user_id: str, now: datetime) -> None:
    """Ask for the password alone, and end all sign-ins; raises NotPossible where nothing is on."""
    async with database.begin() as session:
        await _end(session, await _on(session, user_id), now, by_us=False)


async def take_away(
    session: AsyncSession,
    user_id: str,
    *,
    by: str | None,
    reason: str,
    now: datetime,
    address: str = "",
) -> None:
    """The same by those who run the service, for who lost phone and recovery codes."""
    await _end(session, await _on(session, user_id), now, by_us=True)
    await audit.write(
        session,
        "user.remove_second_factor",
        actor=by,
        subject=f"user:{user_id}",
        details={"reason": reason},
        address=address,
    )


async def warn(database: Database, user_id: str, now: datetime) -> None:
    """Tell somebody, once a day, that whoever guesses at their codes knows their password."""
    async with database.begin() as session:
        user = await users.find(session, user_id)
        await _tell(session, user, "codes_guessed", {}, f"{now:%Y-%m-%d}")


async def seal_anew(database: Database, secret_keys: Sequence[str]) -> int:
    """Seal by the newest of our secrets what an older one sealed; how many none of them opens.

    The older one can be dropped then.
    """
    lost, last = 0, ""
    while True:
        async with database.begin() as session:
            stale = await _stale(session, secret_keys, last)
            lost += sum(not _sealed_anew(secret_keys, user) for user in stale)
        if not stale:
            return lost
        last = stale[-1].id


def about(user_id: str) -> str:
    """What the secret of somebody's second factor is sealed for."""
    return f"second factor of {user_id}"


def _sealed_anew(secret_keys: Sequence[str], user: User) -> bool:
    secret = _secret(secret_keys, user)
    if secret is not None:
        user.second_factor_sealed = sealing.seal(secret_keys, secret, about(user.id))
    return secret is not None


async def _stale(session: AsyncSession, secret_keys: Sequence[str], after: str) -> list[User]:
    sealed = User.second_factor_sealed
    older = select(User).where(sealed.is_not(None), ~sealed.startswith(sealing.mark(secret_keys)))
    some = older.where(User.id > after).order_by(User.id).limit(_AT_ONCE)
    return list(await session.scalars(some.with_for_update(key_share=True)))


async def _on(session: AsyncSession, user_id: str) -> User:
    user = await users.find(session, user_id, hold=True)
    if user.second_factor_since is None:
        raise NotPossible("No second factor is on.")
    return user


async def _end(session: AsyncSession, user: User, now: datetime, *, by_us: bool) -> None:
    user.second_factor_since = user.second_factor_sealed = None
    await recovery.end(session, user.id)
    await _changed(session, user, "second_factor_off", {"by_us": by_us}, now)


async def _changed(
    session: AsyncSession, user: User, letter: str, words: dict[str, Any], now: datetime
) -> None:
    """Whoever was signed in by less, or by more, proves anew who they are; its owner is told."""
    await session.flush()
    await sessions.sign_out_everywhere(session, user.id, now)
    await session.refresh(user)
    await _tell(session, user, letter, words, now.isoformat())


async def _tell(
    session: AsyncSession, user: User, letter: str, words: dict[str, Any], once: str
) -> None:
    await post.post(
        session,
        to=user.email_as_typed,
        letter=letter,
        words={"name": user.name, **words},
        source=f"user:{user.id}:{letter}:{once}",
        user_id=user.id,
    )


def _secret(secret_keys: Sequence[str], user: User) -> str | None:
    if user.second_factor_sealed is None:
        return None
    secret = sealing.opened(secret_keys, user.second_factor_sealed, about(user.id))
    if secret is None:
        _log.error("%s has a second factor that none of ORIEL_SECRET_KEYS opens", user.id)
    return secret


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is: this one, the one before or the next."""
    import pyotp

    typed, made = keys.told("".join(code.split())), pyotp.HOTP(secret)
    current = int(now.timestamp()) // _SECONDS
    near = range(current - _DRIFT, current + _DRIFT + 1)
    fitting = [step for step in near if hmac.compare_digest(made.at(step).encode(), typed)]
    return max(fitting, default=None)


def _offered(user_id: str) -> str:
    return f"offer to {user_id}"
