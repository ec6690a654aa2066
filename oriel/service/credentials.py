"""How somebody's address and password change, by the old password or by a link in a letter.

Nothing here tells whether an address has an account. Whoever had the password or the address before
is told of its change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import addresses, audit, claims, keys, links, passwords, sessions, users
from oriel.service.db import Database
from oriel.service.errors import BadFields, BadLink, Taken
from oriel.service.links import Purpose
from oriel.service.mail import post
from oriel.service.models import OneTimeToken, User

_WRONG = {"current_password": "is not the account's password: type it again"}


async def check_password(database: Database, user_id: str, password: str) -> str:
    """Let a user prove again who they are; raises BadFields naming "current_password".

    What is kept of that password comes back.
    """
    async with database.read() as session:
        kept = (await users.find(session, user_id)).password_hash
    if not await passwords.fits(kept, password):
        raise BadFields(_WRONG)
    return kept


async def change_password(
    database: Database, user_id: str, *, old: str, new: str, now: datetime
) -> User:
    """Set a new password and sign out everywhere; raises BadFields for either one.

    The user comes back, to be signed in anew here.
    """
    proved = await check_password(database, user_id, old)
    async with database.read() as session:
        user = await users.find(session, user_id)
    # Who only claims an address keeps the salt that all who do share.
    beside = proved if user.verified_at is None else None
    kept = await _hashed(new, user.email, beside)
    async with database.begin() as session:
        user = await users.find(session, user_id, hold=True)
        if user.password_hash != proved:
            raise BadFields(_WRONG)  # another was chosen just now
        await _set(session, user, kept, now)
        return user


async def change_email(
    database: Database, user_id: str, *, password: str, email: str, now: datetime
) -> None:
    """Send a link to the new address, which is the account's once it is opened; raises BadFields.

    Whether somebody else has the address already is found out then.
    """
    address = addresses.normalised(email)
    await check_password(database, user_id, password)
    async with database.begin() as session:
        user = await users.find(session, user_id)
        if address != user.email:
            await _send(session, user, "change_email", "verify", address, now)


async def request_verification(database: Database, user_id: str, now: datetime) -> None:
    """Send a new link to verify the account's address, unless that is done."""
    async with database.begin() as session:
        user = await users.find(session, user_id)
        if user.verified_at is None:
            await _send(session, user, "verify", "verify", user.email, now)


async def verify(database: Database, token: str, now: datetime) -> User:
    """Believe that an address is somebody's, old or new; raises BadLink, and Taken.

    A link to a new address makes it the account's. Of all who claim an address it is theirs who comes
    first: only who reads its letters comes here.
    """
    with _taken():
        async with database.begin() as session:
            link = await links.use(session, token, ("verify", "change_email"), now)
            user = await users.find(session, link.user_id)
            if link.purpose == "change_email":
                await _move(session, user, link)
            _check_address(user, link)
            user.verified_at = user.verified_at or now
            await session.flush()
            return user


async def send_link(session: AsyncSession, user: User, purpose: str, now: datetime) -> None:
    """Send a new link to "verify" the account's address, or to "reset" its password."""
    kind: Literal["verify", "reset"] = "reset" if purpose == "reset" else "verify"
    await _send(session, user, kind, kind, user.email, now)


async def request_reset(database: Database, email: str, now: datetime) -> None:
    """Send a link to choose a new password, where there is such an account; to each, where more are.

    That takes longer: who is asked answers before it is done. Raises BadFields for what is no address.
    """
    address = addresses.normalised(email)
    async with database.begin() as session:
        for user in await claims.to_recover(session, address):
            await send_link(session, user, "reset", now)


async def reset(database: Database, token: str, password: str, now: datetime) -> User:
    """Set the password by a link, which proves the address too; raises BadLink, and BadFields.

    It is the account's then, unless another of the same person has it. All sign-ins end. A password
    that will not do leaves the link unused. Raises Taken where both are proved at once.
    """
    kept = await _hashed(password, "")
    with _taken():
        async with database.begin() as session:
            link = await links.use(session, token, ("reset",), now)
            user = await users.find(session, link.user_id)
            _check_address(user, link)
            await _check(password, user.email)
            if await claims.confirmed(session, user.email) is None:
                user.verified_at = now
            await _set(session, user, kept, now)
            subject = f"user:{user.id}"
            await audit.write(session, "user.reset_password", actor=user.id, subject=subject)
            return user


@contextmanager
def _taken() -> Iterator[None]:
    """The database keeps an address to the one account that confirmed it."""
    try:
        yield
    except IntegrityError as error:
        raise Taken(
            "Another account has this e-mail address: sign in to that one, or"
            " choose another address."
        ) from error


async def _hashed(password: str, email: str, beside: str | None = None) -> str:
    await _check(password, email)
    return await passwords.hashed(password, beside=beside)


async def _check(password: str, email: str) -> None:
    if problem := await passwords.problem(password, email):
        raise BadFields({"password": problem})


async def _set(session: AsyncSession, user: User, kept: str, now: datetime) -> None:
    """Whoever knew the old password has nothing of the account afterwards, no letter's link either."""
    user.password_hash = kept
    await session.flush()
    await sessions.sign_out_everywhere(session, user.id, now)
    await links.end_all(session, user.id, now)
    await session.refresh(user)
    await _tell(session, user, "password_changed", user.email_as_typed, keys.hashed(kept), {})


def _check_address(user: User, link: OneTimeToken) -> None:
    """Who opened a letter has its address; one that the account had before proves nothing."""
    if user.email != link.email:
        raise BadLink(
            "This link is for an address that the account has no more: ask for a new one."
        )


async def _move(session: AsyncSession, user: User, link: OneTimeToken) -> None:
    """Make a new address the account's; the old one is told."""
    old = user.email_as_typed
    user.email = user.email_as_typed = link.email
    user.verified_at = None
    await session.flush()
    await _tell(session, user, "address_changed", old, link.id, {"new_email": link.email})


async def _send(
    session: AsyncSession, user: User, purpose: Purpose, letter: str, to: str, now: datetime
) -> None:
    token = await links.issue(session, user, purpose, to, now)
    address = user.email_as_typed if to == user.email else to
    words = {"token": token, "made": user.created_at.isoformat()}
    await _tell(session, user, letter, address, keys.hashed(token), words)


async def _tell(
    session: AsyncSession, user: User, letter: str, to: str, once: str, words: dict[str, Any]
) -> None:
    """Write a letter, one for each `once`."""
    await post.post(
        session,
        to=to,
        letter=letter,
        words={"name": user.name, **words},
        source=f"{letter}:{once}",
        user_id=user.id,
    )
