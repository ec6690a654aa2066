"""Whose an e-mail address is: theirs who confirmed it; that it is theirs, anybody may say.

Registering gives tokens at once, so what it answers must not depend on who has the address: whoever
names one gets an account that *claims* it. One account at most has confirmed an address, which takes
a letter that was sent there; any number may claim it. They share nothing but the address, and none
sees that there are others.

To sign in is to be found among them by the password. What that costs must not tell how many there
are, so what is kept of passwords for one address has one salt and one cost as long as it is claimed:
one hash is compared with all of them, another with the owner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import keys, passwords
from oriel.service.models import Payment, Song, User

_MOST = 1000  # claims of one address that a password is looked for among, the latest
_LATEST = 2  # claims whose forgotten password is asked for
_BEGUN = 3  # the same of those who sent songs, the first
_MOST_LETTERS = 8  # that one question brings
_OWNER_FIRST = (User.verified_at.is_(None), User.created_at.desc(), User.id.desc())


@dataclass(frozen=True)
class Claimants:
    """Who may have meant an address, as they were when they were asked for."""

    owner: User | None
    claims: Sequence[User]  # the latest first

    def others(self, user_id: str) -> list[User]:
        """All but one."""
        return [one for one in (self.owner, *self.claims) if one and one.id != user_id]

    def came_since(self, before: "Claimants") -> bool:
        """Whether somebody claims the address who did not before."""
        return bool({one.id for one in self.claims} - {one.id for one in before.claims})


@dataclass(frozen=True)
class Proved:
    """Whose a password is, if anybody's; and what is to be kept of it for one more who claims."""

    user: User | None
    kept: str


async def claimants(session: AsyncSession, address: str) -> Claimants:
    """All who may have meant a normalised address."""
    theirs = select(User).where(User.email == address).order_by(*_OWNER_FIRST).limit(_MOST + 1)
    found = list(await session.scalars(theirs))
    owner = found[0] if found and found[0].verified_at is not None else None
    return Claimants(owner, found[1:] if owner else found[:_MOST])


async def proved(found: Claimants, password: str) -> Proved:
    """Whose password this is, of those who may sign in; it takes as long whoever there is."""
    if len(password) > passwords.LONGEST:
        return Proved(None, "")
    owner = found.owner
    is_owner = await passwords.fits(owner.password_hash if owner else None, password)
    moulds = dict.fromkeys(passwords.mould(claim.password_hash) for claim in found.claims)
    cast = [await passwords.cast(password, mould) for mould in moulds if mould]
    cast = cast or [await passwords.hashed(password)]
    fitting = [one for one in found.claims if one.active and one.password_hash in cast]
    if owner is not None and is_owner and owner.active:
        fitting.insert(0, owner)
    return Proved(fitting[0] if fitting else None, cast[0])


async def kept(user: User, password: str) -> str:
    """What is to be kept of somebody's new password; who claims an address stays like the others."""
    mould = passwords.mould(user.password_hash)
    if user.verified_at is None and mould:
        return await passwords.cast(password, mould)
    return await passwords.hashed(password)


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


async def trusted(session: AsyncSession, address: str) -> User | None:
    """Who confirmed a normalised address, or has been trusted with power all the same."""
    known = or_(User.verified_at.is_not(None), User.role == "admin")
    theirs = select(User).where(User.email == address, known).order_by(*_OWNER_FIRST).limit(1)
    found: User | None = await session.scalar(theirs)
    return found


async def to_recover(session: AsyncSession, address: str) -> list[User]:
    """Whose passwords whoever reads letters to an address may choose anew, by identifier.

    Whose it is, who paid, who claimed it first and last, and who sent songs first: however many
    others claim it, neither what somebody began with nor what was bought is lost.
    """
    claim = (User.email == address, User.active, User.verified_at.is_(None))
    ids, paid = select(User.id).where(*claim), select(Payment.user_id)
    last = ids.order_by(User.created_at.desc(), User.id.desc()).limit(_LATEST)
    oldest = ids.order_by(User.created_at, User.id)
    begun = oldest.where(User.id.in_(select(Song.user_id))).limit(_BEGUN)
    bought = User.id.in_(paid.where(Payment.paid_at.is_not(None)))
    ways: tuple[ColumnElement[bool], ...] = (
        *(User.verified_at.is_not(None), bought),
        *(User.id.in_(some) for some in (last, oldest.limit(1), begun)),
    )
    theirs = select(User).where(User.email == address, User.active, or_(*ways))
    foremost = theirs.order_by(User.verified_at.is_(None), bought.desc(), User.created_at)
    found = await session.scalars(foremost.limit(_MOST_LETTERS))
    return sorted(found, key=lambda user: user.id)  # as all who write to several do
