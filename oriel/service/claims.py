"""Whose an e-mail address is: theirs who confirmed it; that it is theirs, anybody may say.

Registering gives tokens at once, so it must not tell whether an address is in use, and must not look
either: whoever names an address gets an account that *claims* it. One account at most has confirmed
an address, which takes a letter that was sent there; any number may claim it. They share nothing but
the address, and none sees that there are others.

To sign in is to be found among them by the password. What that costs must not tell how many there
are, so the claims of one address share a salt: one hash finds all of them, another the owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import keys, passwords
from oriel.service.models import Payment, User

_MOST = 1000  # claims of one address that a password is looked for among, the latest
_LATEST = 2  # claims that a forgotten password is asked for
_MOST_LETTERS = 10  # that one question brings
_OWNER_FIRST = (User.verified_at.is_(None), User.created_at.desc(), User.id.desc())

_Kept = Row[str, str, bool, datetime | None]  # identifier, password, active, confirmed since


@dataclass(frozen=True)
class Claimants:
    """Who may have meant an address: their identifiers, and what is kept of their passwords."""

    owner: _Kept | None
    claims: Sequence[_Kept]  # the latest first


@dataclass(frozen=True)
class Proved:
    """Who a password belongs to, if anybody; and what is kept of it for one more who claims."""

    user_id: str | None
    kept: str


async def claimants(session: AsyncSession, address: str) -> Claimants:
    """All who may have meant a normalised address."""
    asked = select(User.id, User.password_hash, User.active, User.verified_at)
    theirs = asked.where(User.email == address).order_by(*_OWNER_FIRST).limit(_MOST + 1)
    rows = (await session.execute(theirs)).all()
    owner = rows[0] if rows and rows[0].verified_at is not None else None
    return Claimants(owner, rows[1:] if owner else rows[:_MOST])


async def proved(found: Claimants, password: str) -> Proved:
    """Whose password this is, of those who may sign in; it takes as long whoever there is."""
    if len(password) > passwords.LONGEST:
        return Proved(None, "")
    owner = found.owner
    is_owner = await passwords.fits(owner.password_hash if owner else None, password)
    moulds = dict.fromkeys(passwords.mould(claim.password_hash) for claim in found.claims)
    cast = [await passwords.cast(password, mould) for mould in moulds if mould]
    cast = cast or [await passwords.hashed(password)]
    kept = next((one for one in cast if not passwords.outdated(one)), None)
    if owner is not None and is_owner and owner.active:
        return Proved(owner.id, owner.password_hash)
    fitting = (one.id for one in found.claims if one.active and one.password_hash in cast)
    return Proved(next(fitting, None), kept or await passwords.hashed(password))


async def hold(session: AsyncSession, address: str) -> None:
    """Let nobody else claim an address until this transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int(keys.hashed(f"claim:{address}")[:15], 16)
        await session.execute(select(func.pg_advisory_xact_lock(number)))


async def by_email(session: AsyncSession, address: str) -> User | None:
    """Whose a normalised address is, or else who claimed it last: for an operator, who knows them."""
    theirs = select(User).where(User.email == address).order_by(*_OWNER_FIRST).limit(1)
    found: User | None = await session.scalar(theirs)
    return found


async def confirmed(session: AsyncSession, address: str) -> User | None:
    """Who confirmed a normalised address."""
    owner = select(User).where(User.email == address, User.verified_at.is_not(None))
    found: User | None = await session.scalar(owner)
    return found


async def to_recover(session: AsyncSession, address: str) -> list[User]:
    """Whose passwords whoever reads letters to an address may choose anew.

    Whose it is, who claimed it first and last, and who paid: however many others claim it, neither
    what somebody began with nor what was bought is lost.
    """
    claims = select(User.id).where(User.email == address, User.verified_at.is_(None))
    last = claims.order_by(User.created_at.desc(), User.id.desc()).limit(_LATEST)
    first = claims.order_by(User.created_at, User.id).limit(1)
    paid = select(Payment.user_id).where(Payment.paid_at.is_not(None))
    wanted = or_(
        User.verified_at.is_not(None), User.id.in_(last), User.id.in_(first), User.id.in_(paid)
    )
    theirs = select(User).where(User.email == address, User.active, wanted)
    found = theirs.order_by(*_OWNER_FIRST).limit(_MOST_LETTERS)
    return list(await session.scalars(found))
