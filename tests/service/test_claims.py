"""Whose an address is: any number claim it, one confirms it, and nobody is kept out of their own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from people import somebody
from sqlalchemy import select, update

from oriel.service import claims, credentials, db, ids, passwords, users
from oriel.service.errors import BadCredentials, Taken
from oriel.service.models import Mail, Payment, User
from oriel.service.plans import PLANS

ADDRESS = "anna@example.com"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def claim(database: db.Database, password: str, minutes: int = 0) -> User:
    """An account that names the address, so many minutes later."""
    now = NOW + timedelta(minutes=minutes)
    return await users.register(database, PLANS, email=ADDRESS, password=password, now=now)


async def several(database: db.Database, count: int) -> list[User]:
    return [await claim(database, f"sentence {n}", n) for n in range(count)]


async def sign_in(database: db.Database, password: str) -> User:
    return await users.authenticate(database, email=ADDRESS, password=password)


async def tokens(database: db.Database, kind: str) -> dict[str, str]:
    """The last link of a kind that each account was sent, by account."""
    wanted = select(Mail).where(Mail.letter == kind).order_by(Mail.id)
    async with database.read() as session:
        return {str(one.user_id): one.words["token"] for one in await session.scalars(wanted)}


async def recovered(database: db.Database) -> set[str]:
    """Whose passwords a letter lets choose anew."""
    await credentials.request_reset(database, ADDRESS, NOW)
    return set(await tokens(database, "reset"))


def identifiers(people: Sequence[User]) -> list[str]:
    return [one.id for one in people]


async def test_every_account_of_an_address_is_signed_in_to_by_its_password(
    database: db.Database,
) -> None:
    made = await several(database, 12)
    await credentials.verify(database, (await tokens(database, "verify"))[made[5].id], NOW)

    found = [await sign_in(database, f"sentence {n}") for n in range(12)]

    assert identifiers(found) == identifiers(made)
    assert len(set(identifiers(made))) == 12
    with pytest.raises(BadCredentials):
        await sign_in(database, "sentence 12")


async def test_two_who_claim_an_address_at_once_have_an_account_each(database: db.Database) -> None:
    made = await asyncio.gather(*(claim(database, f"sentence {n}") for n in range(4)))

    found = [await sign_in(database, f"sentence {n}") for n in range(4)]

    assert identifiers(found) == identifiers(made)
    assert len(set(identifiers(made))) == 4


async def test_an_address_is_theirs_who_opens_the_letter_first(database: db.Database) -> None:
    first, second, third = await several(database, 3)
    links = await tokens(database, "verify")
    await credentials.change_email(
        database, third.id, password="sentence 2", email="new@example.com", now=NOW
    )
    await credentials.verify(database, (await tokens(database, "verify"))[third.id], NOW)

    await credentials.verify(database, links[second.id], NOW)

    with pytest.raises(Taken):
        await credentials.verify(database, links[first.id], NOW)
    await credentials.change_email(
        database, third.id, password="sentence 2", email=ADDRESS, now=NOW
    )
    with pytest.raises(Taken):
        await credentials.verify(database, (await tokens(database, "verify"))[third.id], NOW)
    confirmed = await database.rows(
        select(User.id, User.email).where(User.verified_at.is_not(None))
    )
    assert {tuple(one) for one in confirmed} == {
        (second.id, ADDRESS),
        (third.id, "new@example.com"),
    }


async def test_of_two_letters_that_are_opened_at_once_one_gives_the_address(
    database: db.Database,
) -> None:
    await several(database, 4)
    links = (await tokens(database, "verify")).values()

    done = await asyncio.gather(
        *(credentials.verify(database, link, NOW) for link in links), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in done) == ["Taken", "Taken", "Taken", "User"]


async def test_a_forgotten_password_is_that_of_the_owner_and_of_the_first_and_last_to_claim(
    database: db.Database,
) -> None:
    made = await several(database, 7)
    await credentials.verify(database, (await tokens(database, "verify"))[made[3].id], NOW)

    assert await recovered(database) == {made[n].id for n in (0, 3, 5, 6)}


async def test_who_paid_is_not_kept_out_by_others_who_claim_the_address(
    database: db.Database,
) -> None:
    made = await several(database, 6)
    about = {"tier": "personal", "amount_cents": 299, "currency": "usd", "provider": "simulated"}
    async with database.begin() as session:
        for user, paid_at in ((made[1], NOW), (made[2], None)):
            session.add(Payment(id=ids.new(), user_id=user.id, paid_at=paid_at, **about))

    assert await recovered(database) == {made[n].id for n in (0, 1, 4, 5)}


async def test_a_deactivated_account_is_sent_no_letter(database: db.Database) -> None:
    first, second = await several(database, 2)
    async with database.begin() as session:
        await users.deactivate(session, first.id, by=None, now=NOW)

    assert await recovered(database) == {second.id}
    with pytest.raises(BadCredentials):
        await sign_in(database, "sentence 0")


async def test_each_letter_about_a_forgotten_password_is_for_one_account(
    database: db.Database,
) -> None:
    first, second = await several(database, 2)
    await recovered(database)
    links = await tokens(database, "reset")

    for user, password in ((second, "battery staple"), (first, "horse battery")):
        await credentials.reset(database, links[user.id], password, NOW)

    assert (await sign_in(database, "battery staple")).verified_at == NOW
    kept = await sign_in(database, "horse battery")
    assert (kept.id, kept.verified_at) == (first.id, None), "the address is the other's"


async def test_the_owner_comes_first_where_another_has_the_same_password(
    database: db.Database,
) -> None:
    first, second = await several(database, 2)
    await credentials.verify(database, (await tokens(database, "verify"))[first.id], NOW)
    await credentials.change_password(
        database, second.id, old="sentence 1", new="sentence 0", now=NOW
    )

    assert (await sign_in(database, "sentence 0")).id == first.id


async def test_those_who_claim_an_address_share_a_salt_whatever_they_do(
    database: db.Database,
) -> None:
    from argon2 import PasswordHasher

    first, second, third = await several(database, 3)
    await credentials.change_password(
        database, first.id, old="sentence 0", new="horse battery", now=NOW
    )
    mould = passwords.mould(second.password_hash)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    older = cheap.hash("sentence 2", salt=passwords._salt(second.password_hash))
    async with database.begin() as session:
        await session.execute(update(User).where(User.id == third.id).values(password_hash=older))

    again = await sign_in(database, "sentence 2")
    last = await claim(database, "sentence 3")

    assert again.id == third.id
    assert {passwords.mould(one.password_hash) for one in (again, last)} == {mould}
    assert (await sign_in(database, "horse battery")).id == first.id
    kept = set(await database.rows(select(User.password_hash)))
    assert {passwords.mould(one[0]) for one in kept} == {mould}


async def test_a_password_of_an_older_cost_is_no_mould_for_new_ones(database: db.Database) -> None:
    from argon2 import PasswordHasher

    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("sentence 0")
    await somebody(database, ADDRESS, password_hash=older)

    made = await claim(database, "sentence 1")

    assert not passwords.outdated(made.password_hash)
    assert (await sign_in(database, "sentence 1")).id == made.id


@pytest.mark.parametrize("kept", ["none", "$argon2id$", "deleted", "$2b$12$abc"])
async def test_what_no_password_fits_keeps_nobody_else_out(
    database: db.Database, kept: str
) -> None:
    await somebody(database, ADDRESS, password_hash=kept)
    made = await claim(database, "sentence 0")

    assert (await sign_in(database, "sentence 0")).id == made.id
    with pytest.raises(BadCredentials):
        await sign_in(database, kept)


async def test_a_password_that_is_too_long_is_not_hashed(database: db.Database) -> None:
    await claim(database, "sentence 0")

    async with database.read() as session:
        found = await claims.claimants(session, ADDRESS)

    assert await claims.proved(found, "x" * 1_000_000) == claims.Proved(None, "")
