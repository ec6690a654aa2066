"""How somebody's address and password change, by the old password or by a link in a letter.

Nothing here tells whether an address has an account. Whoever had the password or the address before
is told of its change.
"""

import re
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

_ADDRESS = re.compile(r"users[._]email")  # as SQLite and PostgreSQL name what is unique
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
    await _check(new, user.email)
    kept = await claims.kept(user, new)
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


async def verify(database: Database, token: str, now: datetime, by: str | None = None) -> User:
    """Believe that an address is somebody's, old or new; raises BadLink, and Taken.

    A link to a new address makes it the account's. Where others claim it too, one opens the link while
    signed in to that account (`by`), or chooses a new password (`reset`): whoever else knows that
    account's password must not come by the address so.
    """
    with _taken():
        async with database.begin() as session:
            link = await links.use(session, token, ("verify", "change_email"), now)
            user = await users.find(session, link.user_id)
            if link.purpose == "change_email":
                await _move(session, user, link)
            _check_address(user, link)
            found = await claims.claimants(session, user.email)
            if found.owner is None and by != user.id and found.others(user.id):
                raise Taken(
                    "Several accounts were made with this address: open the link while signed in"
                    " to yours, or choose a new password for it."
                )
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
        found = await claims.to_recover(session, address)
        for user in found:
            which = {"made": user.created_at.isoformat()} if len(found) > 1 else {}
            await _send(session, user, "reset", "reset", user.email, now, **which)


async def reset(database: Database, token: str, password: str, now: datetime) -> User:
    """Set the password by a link, which proves the address too; raises BadLink, and BadFields.

    It is the account's then, unless another of the same person has it. All sign-ins end. A password
    that will not do, or leads to another of these accounts, leaves the link unused. Raises Taken where
    both are proved at once.
    """
    await _check(password, "")
    kept = await _of_its_own(database, token, password, now)
    with _taken():
        async with database.begin() as session:
            link = await links.use(session, token, ("reset",), now)
            user = await users.find(session, link.user_id)
            _check_address(user, link)
            await _check(password, user.email)
            if (await claims.claimants(session, user.email)).owner is None:
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
        if not _ADDRESS.search(str(error.orig)):
            raise
        raise Taken(
            "Another account has this e-mail address: sign in to that one, or"
            " choose another address."
        ) from error


async def _of_its_own(database: Database, token: str, password: str, now: datetime) -> str:
    """What is to be kept of the password that a letter's reader chose; raises BadFields, BadLink."""
    async with database.read() as session:
        user = await links.whose(session, token, "reset", now)
        found = await claims.claimants(session, user.email)
    same = (await claims.proved(found, password)).user
    if same is not None and same.id != user.id:
        raise BadFields(
            {"password": "leads to another account with this address: choose another one"}
        )
    return await claims.kept(user, password)


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
    session: AsyncSession,
    user: User,
    purpose: Purpose,
    letter: str,
    to: str,
    now: datetime,
    **words: str,
) -> None:
    token = await links.issue(session, user, purpose, to, now)
    address = user.email_as_typed if to == user.email else to
    await _tell(session, user, letter, address, keys.hashed(token), {"token": token, **words})


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
