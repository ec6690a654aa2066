"""A user who proved who they are goes in; an access and a refresh token come out, and again.

Refresh tokens are chance, and only their hash is kept. Each works once and is followed by another
of the same family, which began with one sign-in. One that was used before ends its family: either
its owner or a thief has it, and we cannot tell which (RFC 9700, 4.14.2).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import audit, ids, keys, tokens
from oriel.service.db import Database
from oriel.service.errors import BadCredentials, NotFound, NotSignedIn
from oriel.service.models import RefreshToken, User

IDLE = timedelta(days=30)  # a family ends when nobody renews it for so long
LONGEST = timedelta(days=180)  # or at this age, however often it is renewed
GRACE = timedelta(seconds=10)  # for the answer that was lost, and for two windows at once

# Built once, as every request asks it; building it takes as long as the database takes to answer.
_LIVING = select(RefreshToken.id).where(
    RefreshToken.family == bindparam("family"), RefreshToken.ended_at.is_(None)
)
_SPEAKER = select(User.__table__).where(User.id == bindparam("user_id"), _LIVING.exists())
LIVING = select(
    RefreshToken.id.label("token"),
    RefreshToken.family,
    RefreshToken.address,
    RefreshToken.agent,
    RefreshToken.created_at.label("since"),
).where(
    RefreshToken.user_id == bindparam("user_id"),
    RefreshToken.ended_at.is_(None),
    RefreshToken.used_at.is_(None),
    RefreshToken.expires_at > bindparam("now"),
)
"""The tokens by which the sign-ins of "user_id" go on "now": since when, where, with what.

The newest of a family counts.
"""

_ENDED = "This sign-in has ended; sign in again."


@dataclass(frozen=True)
class Where:
    """From where somebody speaks: an address, and what their program calls itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Tokens:
    """What a client keeps: `access` for `seconds`, then `refresh` brings new ones, once."""

    access: str
    refresh: str
    user: User
    seconds: int = int(tokens.LIFETIME.total_seconds())


@dataclass(frozen=True)
class SignedIn:
    """Who is speaking, and in which sign-in; the user is of no session."""

    user: User
    family: str


async def sign_in(
    session: AsyncSession,
    secret_keys: Sequence[str],
    user: User,
    now: datetime,
    where: Where = Where(),
) -> Tokens:
    """A new family for a user who has just proved who they are; `user` is who they were then.

    Raises BadCredentials where all their sign-ins ended since, as with the password that was proved.
    """
    same = (User.id == user.id, User.active, User.sessions_since == user.sessions_since)
    seen = await session.execute(update(User).where(*same).values(seen_at=now))
    if not getattr(seen, "rowcount", 0):
        raise BadCredentials("This account was changed just now: sign in again.")
    return await _follow(session, secret_keys, user, now, where, ids.new(), now + LONGEST)


async def read(
    database: Database, secret_keys: Sequence[str], access: str, now: datetime
) -> SignedIn:
    """Who speaks with this access token; raises NotSignedIn.

    One look at the database, so that whoever is deactivated or signed out is so at once.
    """
    said = tokens.read(secret_keys, access, now)
    for row in await database.rows(_SPEAKER, user_id=said.user_id, family=said.family):
        if row.active and said.issued_at >= row.sessions_since.timestamp():
            return SignedIn(User(**row._mapping), said.family)
    raise NotSignedIn(_ENDED)


async def renew(
    database: Database,
    secret_keys: Sequence[str],
    refresh: str,
    now: datetime,
    where: Where = Where(),
) -> Tokens:
    """New tokens for a refresh token; raises NotSignedIn, having ended the family of a used one."""
    async with database.begin() as session:
        known = RefreshToken.hash == keys.hashed(refresh)
        user = await _held(session, known)
        token = await session.scalar(select(RefreshToken).where(known))
        if token is None or user is None or not _living(token, user, now):
            raise NotSignedIn(_ENDED)
        if token.used_at is None or await _just_used(session, token, now):
            await _use(session, token, now)
            until = token.family_expires_at
            return await _follow(session, secret_keys, user, now, where, token.family, until)
        await end(session, token.family, now)
        await audit.write(
            session,
            "session.reuse",
            actor=user.id,
            subject=f"user:{user.id}",
            details={"family": token.family, "agent": where.agent},
            address=where.address,
        )
    raise NotSignedIn("This refresh token was used before: the sign-in was ended, sign in again.")


async def sign_out(session: AsyncSession, refresh: str, now: datetime) -> None:
    """End the family of a refresh token; one that is unknown or ended changes nothing."""
    token = await session.scalar(
        select(RefreshToken).where(RefreshToken.hash == keys.hashed(refresh))
    )
    if token is not None:
        await end(session, token.family, now)


async def end(session: AsyncSession, family: str, now: datetime) -> None:
    """End one sign-in: its refresh tokens and its access tokens are refused from now on."""
    await _held(session, RefreshToken.family == family)
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.ended_at.is_(None))
        .values(ended_at=now)
    )


async def end_one(session: AsyncSession, user_id: str, family: str, now: datetime) -> None:
    """End this sign-in of a user's; raises NotFound where they have no such one, or no more."""
    mine = (RefreshToken.user_id == user_id, RefreshToken.family == family)
    going = select(RefreshToken.id).where(*mine, RefreshToken.ended_at.is_(None)).limit(1)
    if await session.scalar(going) is None:
        raise NotFound("This sign-in has ended already.")
    await end(session, family, now)


async def sign_out_everywhere(session: AsyncSession, user_id: str, now: datetime) -> None:
    """End all of a user's sign-ins; access tokens from before `now` are refused too."""
    # This holds the user, as `_held` does.
    await session.execute(update(User).where(User.id == user_id).values(sessions_since=now))
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.user_id == user_id, RefreshToken.ended_at.is_(None))
        .values(ended_at=now)
    )


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Delete the tokens that nobody can renew any more; how many."""
    old = delete(RefreshToken).where(RefreshToken.expires_at < now - tokens.LIFETIME)
    return int(getattr(await session.execute(old), "rowcount", 0))


async def _follow(
    session: AsyncSession,
    secret_keys: Sequence[str],
    user: User,
    now: datetime,
    where: Where,
    family: str,
    until: datetime,
) -> Tokens:
    refresh = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            family=family,
            user_id=user.id,
            hash=keys.hashed(refresh),
            created_at=now,
            expires_at=min(now + IDLE, until),
            family_expires_at=until,
            address=where.address[:64],
            agent=where.agent[:200],
        )
    )
    await session.flush()
    # Another machine's clock, by which everything was ended, may be ahead of ours.
    issued = max(now, user.sessions_since)
    return Tokens(tokens.issue(secret_keys, user.id, family, issued), refresh, user)


async def _held(session: AsyncSession, which: ColumnElement[bool]) -> User | None:
    """The user of these tokens, for whom no other transaction renews or ends a sign-in until we end.

    Else whoever ends a family would miss the token that is just being added to it.
    """
    whose = select(User).where(User.id.in_(select(RefreshToken.user_id).where(which)))
    held = whose.with_for_update(key_share=True)
    user: User | None = await session.scalar(held.execution_options(populate_existing=True))
    return user


def _living(token: RefreshToken, user: User, now: datetime) -> bool:
    return user.active and token.ended_at is None and now < token.expires_at


async def _just_used(session: AsyncSession, token: RefreshToken, now: datetime) -> bool:
    """Whether a used token is the one used last in its family, a moment ago."""
    if token.used_at is None or now - token.used_at > GRACE:
        return False
    last = select(RefreshToken.id).where(RefreshToken.family == token.family)
    return token.id == await session.scalar(
        last.where(RefreshToken.used_at.is_not(None)).order_by(RefreshToken.used_at.desc()).limit(1)
    )


async def _use(session: AsyncSession, token: RefreshToken, now: datetime) -> None:
    """The first use counts: a grace that began anew with each use would never end."""
    if token.used_at is None:
        token.used_at = now
        await session.flush()
