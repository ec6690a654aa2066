"""Accounts: made once, signed in to without telling who has one, and governed by admins."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import on_postgresql
from pausing import paused
from people import somebody
from sqlalchemy import select, update

from oriel.service import addresses, credits, db, listings, passwords, sessions, users
from oriel.service.errors import BadCredentials, BadFields, Forbidden, NotFound, NotSignedIn
from oriel.service.models import Credit, Mail, User
from oriel.service.plans import PLANS
from oriel.service.settings import Settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = ("a secret that is long enough to sign",)
PASSWORD = "correct horse"


async def registered(database: db.Database, email: str = "Anna@Example.com") -> User:
    return await users.register(
        database, PLANS, email=email, password=PASSWORD, now=NOW, name="Anna"
    )


async def signed_in(database: db.Database, email: str, password: str = PASSWORD) -> User:
    return await users.authenticate(database, email=email, password=password)


async def test_a_new_account_is_welcomed(database: db.Database) -> None:
    user = await registered(database)

    async with database.read() as session:
        balances = await credits.balances(session, user.id)
        letters = list(await session.scalars(select(Mail).order_by(Mail.letter)))
    assert balances == {"free": 5}
    assert [letter.letter for letter in letters] == ["verify", "welcome"]
    assert {letter.to for letter in letters} == {"Anna@Example.com"}
    assert (user.email, user.role, user.verified_at) == ("anna@example.com", "user", None)


async def test_who_registers_again_with_the_password_has_the_account_that_is_there(
    database: db.Database,
) -> None:
    first = await registered(database)
    again = await registered(database, "  anna@EXAMPLE.com ")

    assert again.id == first.id
    assert len(await database.rows(select(Mail.id))) == 2, "no more letters"
    assert len(await database.rows(select(Credit.id))) == 1, "no more credits"


async def test_registering_many_times_at_once_makes_one_account(database: db.Database) -> None:
    done = await asyncio.gather(*(registered(database) for _ in range(6)))

    assert len({one.id for one in done}) == 1
    async with database.read() as session:
        assert len(list(await session.scalars(listings.users()))) == 1


async def test_everything_that_is_wrong_is_told_at_once(database: db.Database) -> None:
    with pytest.raises(BadFields) as caught:
        await users.register(
            database, PLANS, email="nobody", password="short", now=NOW, name="x" * 101
        )

    assert caught.value.details.keys() == {"email", "password", "name"}


async def test_one_signs_in_with_the_right_password_alone(database: db.Database) -> None:
    user = await registered(database)

    again = await signed_in(database, "ANNA@example.com")

    assert again.id == user.id
    for email, password in [
        ("anna@example.com", "wrong horse"),
        ("bert@example.com", PASSWORD),
        ("nobody", PASSWORD),
        ("", ""),
    ]:
        with pytest.raises(BadCredentials):
            await signed_in(database, email, password)


async def test_a_refusal_is_the_same_for_all_and_takes_as_long(database: db.Database) -> None:
    await registered(database)
    gone = await registered(database, "gone@example.com")
    async with database.begin() as session:
        await users.deactivate(session, gone.id, by=None, now=NOW)
    attempts = {
        "wrong": ("anna@example.com", "wrong horse"),
        "unknown": ("bert@example.com", PASSWORD),
        "deactivated": ("gone@example.com", PASSWORD),
    }
    seconds: dict[str, list[float]] = {name: [] for name in attempts}
    sentences = set()

    for _ in range(9):
        for name, (email, password) in attempts.items():
            began = time.perf_counter()
            with pytest.raises(BadCredentials) as caught:
                await signed_in(database, email, password)
            seconds[name].append(time.perf_counter() - began)
            sentences.add((str(caught.value), str(caught.value.details)))

    medians = [statistics.median(taken) for taken in seconds.values()]
    assert len(sentences) == 1
    assert max(medians) / min(medians) < 3  # without a hash it would be twenty


async def test_a_password_kept_at_an_older_cost_is_kept_anew(database: db.Database) -> None:
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await somebody(database, "old@example.com", password_hash=cheap, verified_at=NOW)

    user = await signed_in(database, "old@example.com")

    [[kept]] = await database.rows(select(User.password_hash).where(User.id == user.id))
    assert not passwords.outdated(kept)
    assert await signed_in(database, "old@example.com")


async def test_who_is_deactivated_loses_access_at_once_until_reactivated(
    database: db.Database,
) -> None:
    user = await registered(database)
    async with database.begin() as session:
        given = await sessions.sign_in(session, SECRETS, user, NOW)

    async with database.begin() as session:
        await users.deactivate(session, user.id, by="ADMIN", now=NOW)
    with pytest.raises(NotSignedIn):
        await sessions.read(database, SECRETS, given.access, NOW)
    with pytest.raises(BadCredentials):
        await signed_in(database, user.email)

    async with database.begin() as session:
        await users.reactivate(session, user.id, by="ADMIN")
    assert await signed_in(database, user.email)
    async with database.read() as session:
        notes = list(await session.scalars(listings.deeds(actor="ADMIN")))
    assert {note.action for note in notes} == {"user.deactivate", "user.reactivate"}


async def test_the_last_admin_stays_one(database: db.Database) -> None:
    admin = await somebody(database, role="admin")

    async with database.begin() as session:
        with pytest.raises(Forbidden):
            await users.set_role(session, admin, "user", by=admin)
        with pytest.raises(Forbidden):
            await users.deactivate(session, admin, by=admin, now=NOW)
    second = await somebody(database)
    async with database.begin() as session:
        await users.set_role(session, second, "admin", by=admin)
        await users.set_role(session, admin, "user", by=second)
        assert (await users.find(session, admin)).role == "user"


async def deactivated(database: db.Database, user: str, by: str) -> None:
    async with database.begin() as session:
        await users.deactivate(session, user, by=by, now=NOW)


async def demoted(database: db.Database, user: str, by: str) -> None:
    async with database.begin() as session:
        await users.set_role(session, user, "user", by=by)


@on_postgresql
@pytest.mark.parametrize("end", [deactivated, demoted])
async def test_of_two_admins_who_end_each_other_s_power_at_once_one_stays(
    database: db.Database, end: Callable[[db.Database, str, str], Awaitable[None]]
) -> None:
    one, other = [await somebody(database, role="admin") for _ in range(2)]

    async with paused(database, "UPDATE", "users") as pause:
        both = [asyncio.create_task(end(database, *pair)) for pair in ((one, other), (other, one))]
        await pause.holds(2)
    done = await asyncio.gather(*both, return_exceptions=True)

    assert [type(each) for each in done if each] == [Forbidden]
    async with database.read() as session:
        admins = select(User).where(User.role == "admin", User.active)
        assert len(list(await session.scalars(admins))) == 1


async def test_the_first_admin_comes_from_the_settings_and_stays_as_is(
    database: db.Database, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, admin_email="root@example.com", admin_password=PASSWORD)
    assert await users.ensure_admin(database, PLANS, Settings(data=tmp_path), NOW) is None
    assert await database.rows(select(User.email)) == [], "nobody is there by themselves"

    admin = await users.ensure_admin(database, PLANS, settings, NOW)
    changed = Settings(data=tmp_path, admin_email="root@example.com", admin_password="another one")
    again = await users.ensure_admin(database, PLANS, changed, NOW)

    assert admin is not None
    assert again is not None
    assert (again.id, again.role) == (admin.id, "admin")
    assert await signed_in(database, "root@example.com")
    assert await users.ensure_admin(database, PLANS, Settings(data=tmp_path), NOW) is None
    async with database.read() as session:
        assert await credits.balances(session, admin.id) == {"free": 5}


async def test_who_claims_the_first_admin_s_address_keeps_the_admin_from_nothing(
    database: db.Database, tmp_path: Path
) -> None:
    stranger = await registered(database, "root@example.com")
    chosen = Settings(data=tmp_path, admin_email="root@example.com", admin_password="my own one")

    admin = await users.ensure_admin(database, PLANS, chosen, NOW + timedelta(days=1))

    assert admin is not None
    assert (admin.role, admin.verified_at is not None) == ("admin", True)
    assert (await signed_in(database, "root@example.com", "my own one")).id == admin.id
    kept = await signed_in(database, "root@example.com")
    assert (kept.id, kept.role, kept.verified_at) == (stranger.id, "user", None)
    assert admin.id != stranger.id


@pytest.mark.parametrize("known", ["address", "power"])
async def test_an_operator_makes_an_admin_of_whoever_has_the_address(
    database: db.Database, known: str
) -> None:
    user = await registered(database)
    changed = {"verified_at": NOW} if known == "address" else {"role": "admin"}
    async with database.begin() as session:
        await session.execute(update(User).values(active=False, **changed))
    await users.register(
        database, PLANS, email="anna@example.com", password="a stranger's", now=NOW
    )

    admin = await users.create_admin(
        database,
        PLANS,
        email="anna@example.com",
        password="a new one",
        now=NOW + timedelta(days=1),
    )

    assert (admin.id, admin.role, admin.active) == (user.id, "admin", True)
    assert await signed_in(database, "anna@example.com", "a new one")


async def test_an_operator_s_own_account_is_known_by_its_password(database: db.Database) -> None:
    user = await registered(database)

    admin = await users.create_admin(
        database, PLANS, email="anna@example.com", password=PASSWORD, now=NOW
    )

    assert (admin.id, admin.role, admin.verified_at) == (user.id, "admin", NOW)


async def test_accounts_are_found_by_a_part_of_address_or_name(database: db.Database) -> None:
    await somebody(database, "anna@example.com", name="Anna")
    await somebody(database, "bert_1@example.com", name="Bert")

    async with database.read() as session:
        found = [
            list(await session.scalars(listings.users(search=part)))
            for part in ("ANNA", "bert_", "%", "t")
        ]

    assert [len(one) for one in found] == [1, 1, 0, 1]


async def test_somebody_can_be_renamed(database: db.Database) -> None:
    user = await somebody(database)

    async with database.begin() as session:
        await users.rename(session, user, " Anna ")
        with pytest.raises(BadFields):
            await users.rename(session, user, "two\nlines")
        assert (await users.find(session, user)).name == "Anna"
        with pytest.raises(NotFound):
            await users.find(session, "nobody")


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        (" Anna.Smith@Example.COM ", "anna.smith@example.com"),
        ("anna+songs@example.com", "anna+songs@example.com"),
        ("a@b.test", "a@b.test"),
        ("a@studio.local", "a@studio.local"),
        ("a@localhost", "a@localhost"),
        ("ü@exämple.de", "ü@exämple.de"),
        ("u\u0308@exa\u0308mple.de", "ü@exämple.de"),
    ],
)
def test_an_address_has_one_form(typed: str, same: str) -> None:
    assert addresses.normalised(typed) == same


@pytest.mark.parametrize(
    "typed",
    ["", "anna", "@b.com", "a@b", "a@b..com", "a b@c.com", "a@b.com\nBcc: c@d.com", "x" * 300],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadFields):
        addresses.normalised(typed)
