"""Accounts: made, proved to be somebody's, given power, taken away and given back.

Hashing a password takes 25 ms of a core, so it happens before a transaction, never within.
"""

import re
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import (
    addresses,
    audit,
    claims,
    credits,
    ids,
    keys,
    links,
    passwords,
    renders,
    sessions,
)
from oriel.service.db import Database
from oriel.service.errors import BadCredentials, BadFields, Forbidden, NotFound
from oriel.service.mail import post
from oriel.service.models import User
from oriel.service.plans import Plans
from oriel.service.settings import Settings

LONGEST_NAME = 100
_LINK = re.compile(r"://|www\.", re.IGNORECASE)

Role = Literal["user", "admin"]


async def register(
    database: Database, plans: Plans, *, email: str, password: str, now: datetime, name: str = ""
) -> User:
    """A new account with its welcome credits; letters of welcome and to verify the address go out.

    Nothing tells whether others have the address or claim it (`claims`). Who comes again with the
    password of an account that has it is given that one, as by signing in: limit how often it may be
    tried. Raises BadFields, which names all that is wrong.
    """
    address = await check(email, password, name)
    for last in (False, False, True):
        async with database.read() as session:
            found = await claims.claimants(session, address)
        proved = await claims.proved(found, password)
        if proved.user is not None:
            return proved.user
        async with database.begin() as session:
            await claims.hold(session, address)
            # A form that was sent twice at once is one account too.
            if not last and (await claims.claimants(session, address)).came_since(found):
                continue
            user = await _new(session, address, email, proved.kept, name.strip(), now)
            await _welcome(session, plans, user, now)
            return user
    raise AssertionError("the last time it is made")


async def authenticate(database: Database, *, email: str, password: str) -> User:
    """The active user of this address and password; raises BadCredentials for anything else.

    As they were before the password was looked at: what changed meanwhile is seen by who signs them
    in. The answer and the time it takes are the same whatever is wrong.
    """
    try:
        address = addresses.normalised(email)
    except BadFields:
        address = ""
    async with database.read() as session:
        found = await claims.claimants(session, address)
    user = (await claims.proved(found, password)).user
    if user is None:
        raise BadCredentials(
            "The e-mail address or the password is wrong: try again, or choose a new password."
        )
    if user.verified_at is not None and passwords.outdated(user.password_hash):
        newer = await passwords.hashed(password)
        same = (User.id == user.id, User.password_hash == user.password_hash)
        async with database.begin() as session:
            await session.execute(update(User).where(*same).values(password_hash=newer))
    return user


async def find(session: AsyncSession, user_id: str, *, hold: bool = False) -> User:
    """The user of an identifier, as the database has it now; raises NotFound.

    Who is held is changed by no other transaction until this one ends.
    """
    lock = {"key_share": True} if hold else None
    user = await session.get(User, user_id, populate_existing=True, with_for_update=lock)
    if user is None or user.deleted_at is not None:
        raise NotFound("There is no such account.")
    return user


async def known(session: AsyncSession, email: str) -> User:
    """The user of an address as somebody types it; raises NotFound, and BadFields for no address."""
    user = await claims.by_email(session, addresses.normalised(email))
    if user is None:
        raise NotFound("There is no account with this address: see how it is written.")
    return user


async def check_changes(
    user: User, *, name: str | None, email: str | None, password: str | None
) -> None:
    """Raise BadFields for all that is wrong with what an account is to become."""
    address = user.email if email is None else email
    await check(address, password, name or "")


async def rename(session: AsyncSession, user_id: str, name: str) -> None:
    """Call somebody by another name; raises BadFields."""
    if problem := name_problem(name):
        raise BadFields({"name": problem})
    await session.execute(update(User).where(User.id == user_id).values(name=name.strip()))


async def deactivate(
    session: AsyncSession, user_id: str, *, by: str | None, now: datetime, address: str = ""
) -> list[str]:
    """Take all access away, at once, and stop what is under way; raises NotFound, and Forbidden.

    The renders that were stopped come back, and their credits went back. The last admin stays.
    """
    user = await find(session, user_id)
    await _keep_one_admin(session, user)
    user.active = False
    await sessions.sign_out_everywhere(session, user_id, now)
    stopped = await renders.cancel_all(session, user_id, now)
    await audit.write(
        session,
        "user.deactivate",
        actor=by,
        subject=_subject(user),
        details={"stopped": stopped} if stopped else {},
        address=address,
    )
    return stopped


async def reactivate(
    session: AsyncSession, user_id: str, *, by: str | None, address: str = ""
) -> None:
    """Let somebody sign in again; raises NotFound."""
    user = await find(session, user_id)
    user.active = True
    await audit.write(session, "user.reactivate", actor=by, subject=_subject(user), address=address)


async def set_role(
    session: AsyncSession, user_id: str, role: Role, *, by: str | None, address: str = ""
) -> None:
    """Make somebody an admin, or a user again; raises NotFound, and Forbidden for the last admin."""
    user = await find(session, user_id)
    if role != "admin":
        await _keep_one_admin(session, user)
    was, user.role = user.role, role
    details = {"from": was, "to": role}
    await audit.write(
        session, "user.role", actor=by, subject=_subject(user), details=details, address=address
    )


async def create_admin(
    database: Database, plans: Plans, *, email: str, password: str, now: datetime
) -> User:
    """An admin with this address and password: whoever confirmed the address; raises BadFields.

    For the operator, at the shell: an admin who lost the password gets in again so. Who only claims
    the address may be anybody, and becomes none but by the password. A new one has the credits of any
    new account.
    """
    address = await check(email, password, "")
    async with database.read() as session:
        same = (await claims.proved(await claims.claimants(session, address), password)).user
    kept = await passwords.hashed(password)
    async with database.begin() as session:
        await claims.hold(session, address)
        user = await claims.trusted(session, address) or same
        if user is None:
            user = await _new(session, address, email, kept, "", now)
            await _grant_welcome(session, plans, user)
        else:
            await sessions.sign_out_everywhere(session, user.id, now)
            await links.end_all(session, user.id, now)
        user = await find(session, user.id)
        user.role, user.active, user.password_hash = "admin", True, kept
        user.verified_at = user.verified_at or now
        await audit.write(session, "admin.create", subject=_subject(user))
        return user


async def ensure_admin(
    database: Database, plans: Plans, settings: Settings, now: datetime
) -> User | None:
    """The admin that the settings name, made at the first start.

    Whoever has the address stays as is; who only claims it is in nobody's way.
    """
    if settings.admin_email is None or settings.admin_password is None:
        return None
    async with database.read() as session:
        address = addresses.normalised(settings.admin_email, "ADMIN_EMAIL")
        user = await claims.trusted(session, address)
    if user is not None:
        return user
    email, password = settings.admin_email, settings.admin_password
    return await create_admin(database, plans, email=email, password=password, now=now)


def name_problem(name: str) -> str | None:
    """What is wrong with a name, or None; it may be empty."""
    if len(name) > LONGEST_NAME:
        return f"must have at most {LONGEST_NAME} characters"
    if not name.isprintable():
        return "must be one line of text"
    # It greets whoever reads a letter of ours, and anybody can have one sent to anybody.
    return "must not hold a link" if _LINK.search(name) else None


async def check(email: str, password: str | None, name: str) -> str:
    """The normalised address of an account to be; raises BadFields for all that is wrong together."""
    wrong_password = None
    if password is not None:
        wrong_password = await passwords.problem(password, email.strip())
    problems = {"password": wrong_password, "name": name_problem(name)}
    wrong = {field: problem for field, problem in problems.items() if problem}
    try:
        address = addresses.normalised(email)
    except BadFields as error:
        raise BadFields({**error.details, **wrong}) from error
    if wrong:
        raise BadFields(wrong)
    return address


async def _new(
    session: AsyncSession, address: str, typed: str, kept: str, name: str, now: datetime
) -> User:
    user = User(
        id=ids.new(),
        email=address,
        email_as_typed=typed.strip(),
        password_hash=kept,
        name=name,
        created_at=now,
        sessions_since=now,
    )
    session.add(user)
    await session.flush()
    return await find(session, user.id)


async def _welcome(session: AsyncSession, plans: Plans, user: User, now: datetime) -> None:
    await _grant_welcome(session, plans, user)
    to, words = user.email_as_typed, {"name": user.name}
    source = f"user:{user.id}:welcome"
    await post.post(session, to=to, letter="welcome", words=words, source=source, user_id=user.id)
    token = await links.issue(session, user, "verify", user.email, now)
    await post.post(
        session,
        to=to,
        letter="verify",
        words={**words, "token": token},
        source=f"link:{keys.hashed(token)}",
        user_id=user.id,
    )


async def _grant_welcome(session: AsyncSession, plans: Plans, user: User) -> None:
    """Every account alike: who registers must not see whether the address was here before."""
    for plan in plans.values():
        if plan.welcome:
            source = f"welcome:{plan.tier}:{user.id}"
            await credits.grant(
                session, user.id, plan.tier, plan.welcome, kind="welcome", source=source
            )


async def _keep_one_admin(session: AsyncSession, user: User) -> None:
    if user.role != "admin" or not user.active:
        return
    admins = select(User.id).where(User.role == "admin", User.active, User.deleted_at.is_(None))
    # Held, and by everybody in one order: two who each saw the other would leave none.
    held = admins.order_by(User.id).with_for_update(key_share=True)
    if set(await session.scalars(held)) == {user.id}:
        raise Forbidden("This is the last admin: make another one first.")


def _subject(user: User) -> str:
    return f"user:{user.id}"
