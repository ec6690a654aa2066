"""Whose an address is: any number claim it, one confirms it, and nobody is kept out of their own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from people import somebody
from sqlalchemy import select

from oriel.service import claims, credentials, db, ids, passwords, sessions, users
from oriel.service.errors import BadCredentials, BadFields, BadLink, Taken
from oriel.service.models import Mail, Payment, Song, User
from oriel.service.plans import PLANS

ADDRESS = "anna@example.com"
SECRETS = ("a secret that is long enough to sign",)
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


async def recovered(database: db.Database) -> dict[str, str]:
    """The links of those whose passwords a letter lets choose anew."""
    await credentials.request_reset(database, ADDRESS, NOW)
    return await tokens(database, "reset")


async def verified(database: db.Database, user: User) -> None:
    """Somebody opens the letter while signed in."""
    await credentials.verify(database, (await tokens(database, "verify"))[user.id], NOW, user.id)


async def owners(database: db.Database) -> dict[str, str]:
    """The addresses that accounts have confirmed."""
    asked = select(User.id, User.email).where(User.verified_at.is_not(None))
    return {row[0]: row[1] for row in await database.rows(asked)}


def identifiers(people: Sequence[User]) -> list[str]:
    return [one.id for one in people]


async def test_every_account_of_an_address_is_signed_in_to_by_its_password(
    database: db.Database,
) -> None:
    made = await several(database, 12)
    await verified(database, made[5])

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


async def test_whoever_claims_an_address_over_and_over_keeps_nobody_from_it(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, times = claims.proved, 0

    async def crowded(found: claims.Claimants, password: str) -> claims.Proved:
        nonlocal times
        if password == "mine alone":
            times += 1
            await claim(database, f"sentence {times}")
        return await really(found, password)

    monkeypatch.setattr(claims, "proved", crowded)
    made = await claim(database, "mine alone")

    assert times == 3
    assert (await sign_in(database, "mine alone")).id == made.id


async def test_an_address_is_theirs_who_opens_the_letter_first(database: db.Database) -> None:
    first, second = await several(database, 2)
    await verified(database, second)

    with pytest.raises(Taken, match="Another account has"):
        await verified(database, first)

    assert await owners(database) == {second.id: ADDRESS}


async def test_a_letter_alone_does_not_choose_among_those_who_claim_an_address(
    database: db.Database,
) -> None:
    """Who opens it may have taken another's for their own, whose password that one has."""
    first, second = await several(database, 2)
    link = (await tokens(database, "verify"))[second.id]

    for by in (None, first.id):
        with pytest.raises(Taken, match="Several accounts were made"):
            await credentials.verify(database, link, NOW, by)
    assert await owners(database) == {}

    await credentials.reset(database, (await recovered(database))[first.id], "my own one", NOW)
    assert await owners(database) == {first.id: ADDRESS}


async def test_a_letter_alone_moves_nobody_to_an_address_that_others_claim(
    database: db.Database,
) -> None:
    """With a second factor on, it would be out of reach for whoever reads its letters."""
    first = await claim(database, "sentence 0")
    stranger = await users.register(
        database, PLANS, email="new@example.com", password="sentence 1", now=NOW
    )
    await verified(database, stranger)
    await credentials.change_email(
        database, stranger.id, password="sentence 1", email=ADDRESS, now=NOW
    )

    link = (await tokens(database, "verify"))[stranger.id]
    for by in (None, first.id):
        with pytest.raises(Taken, match="Several accounts were made"):
            await credentials.verify(database, link, NOW, by)

    await verified(database, first)
    with pytest.raises(Taken, match="Another account has"):
        await verified(database, stranger)
    assert await owners(database) == {first.id: ADDRESS, stranger.id: "new@example.com"}


async def test_of_letters_that_are_opened_at_once_one_gives_the_address(
    database: db.Database,
) -> None:
    made = await several(database, 4)

    done = await asyncio.gather(*(verified(database, one) for one in made), return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["NoneType", "Taken", "Taken", "Taken"]
    assert len(await owners(database)) == 1


async def test_a_forgotten_password_is_that_of_the_owner_and_of_the_first_and_last_to_claim(
    database: db.Database,
) -> None:
    made = await several(database, 7)
    await verified(database, made[3])

    assert set(await recovered(database)) == {made[n].id for n in (0, 3, 5, 6)}


async def test_who_paid_is_not_kept_out_by_others_who_claim_the_address(
    database: db.Database,
) -> None:
    made = await several(database, 6)
    about = {"tier": "personal", "amount_cents": 299, "currency": "usd", "provider": "simulated"}
    async with database.begin() as session:
        for user, paid_at in ((made[1], NOW), (made[2], None)):
            session.add(Payment(id=ids.new(), user_id=user.id, paid_at=paid_at, **about))

    assert set(await recovered(database)) == {made[n].id for n in (0, 1, 4, 5)}


async def test_who_sent_songs_is_not_kept_out_by_others_who_claim_the_address(
    database: db.Database,
) -> None:
    made = await several(database, 8)
    about = {"sha256": "0" * 64, "key": "songs/1", "name": "one.wav", "bytes": 1, "seconds": 1.0}
    async with database.begin() as session:
        session.add(Song(user_id=made[2].id, expires_at=NOW, **about))

    assert set(await recovered(database)) == {made[n].id for n in (0, 2, 6, 7)}


async def test_deactivated_accounts_get_no_letter_and_stand_in_nobody_s_way(
    database: db.Database,
) -> None:
    made = await several(database, 4)
    async with database.begin() as session:
        for n in (0, 2, 3):
            await users.deactivate(session, made[n].id, by=None, now=NOW)

    assert set(await recovered(database)) == {made[1].id}
    with pytest.raises(BadCredentials):
        await sign_in(database, "sentence 0")


async def test_each_letter_about_a_forgotten_password_is_for_one_account(
    database: db.Database,
) -> None:
    first, second = await several(database, 2)
    links = await recovered(database)
    async with database.read() as session:
        letters = list(await session.scalars(select(Mail).where(Mail.letter == "reset")))
    made = {str(one.user_id): one.words["made"] for one in letters}
    assert made == {one.id: one.created_at.isoformat() for one in (first, second)}

    for user, password in ((second, "battery staple"), (first, "horse battery")):
        await credentials.reset(database, links[user.id], password, NOW)

    assert (await sign_in(database, "battery staple")).verified_at == NOW
    kept = await sign_in(database, "horse battery")
    assert (kept.id, kept.verified_at) == (first.id, None), "the address is the other's"


async def test_whoever_claims_an_address_keeps_nobody_from_moving_to_it(
    database: db.Database,
) -> None:
    await claim(database, "a stranger's")
    email = "old@example.com"
    user = await users.register(database, PLANS, email=email, password="sentence 1", now=NOW)
    await credentials.change_email(database, user.id, password="sentence 1", email=ADDRESS, now=NOW)

    await verified(database, user)

    assert await owners(database) == {user.id: ADDRESS}


async def test_a_link_that_was_used_tells_nothing_of_other_passwords(database: db.Database) -> None:
    first, _ = await several(database, 2)
    link = (await recovered(database))[first.id]
    await credentials.reset(database, link, "battery staple", NOW)

    for password in ("sentence 1", "nobody's sentence"):
        with pytest.raises(BadLink):
            await credentials.reset(database, link, password, NOW)


async def test_two_accounts_of_an_address_are_not_given_one_password_by_letters(
    database: db.Database,
) -> None:
    """Only one could be signed in to."""
    first, second = await several(database, 2)
    links = await recovered(database)
    await credentials.reset(database, links[first.id], "battery staple", NOW)

    with pytest.raises(BadFields) as refused:
        await credentials.reset(database, links[second.id], "battery staple", NOW)

    assert refused.value.details.keys() == {"password"}
    await credentials.reset(database, links[second.id], "horse battery", NOW)
    assert (await sign_in(database, "horse battery")).id == second.id


async def test_the_owner_comes_first_where_another_has_the_same_password(
    database: db.Database,
) -> None:
    first, second = await several(database, 2)
    await verified(database, first)
    await credentials.change_password(
        database, second.id, old="sentence 1", new="sentence 0", now=NOW
    )

    assert (await sign_in(database, "sentence 0")).id == first.id


async def test_those_who_claim_an_address_share_a_salt_whatever_they_do(
    database: db.Database,
) -> None:
    first, second, third = await several(database, 3)
    await verified(database, third)
    await credentials.change_password(
        database, first.id, old="sentence 0", new="horse battery", now=NOW
    )
    link = (await recovered(database))[second.id]
    await credentials.reset(database, link, "battery staple", NOW)
    await claim(database, "sentence 3")

    asked = select(User.password_hash).where(User.verified_at.is_(None))
    kept = [row[0] for row in await database.rows(asked)]
    assert len(set(kept)) == len(kept) == 3
    assert {passwords.mould(one) for one in kept} == {passwords.mould(first.password_hash)}


async def test_an_older_cost_stays_until_the_address_is_confirmed(database: db.Database) -> None:
    """Or what signing in costs would tell that there is somebody."""
    from argon2 import PasswordHasher

    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("sentence 0")
    await somebody(database, ADDRESS, password_hash=older)

    made = await claim(database, "sentence 1")
    await verified(database, await sign_in(database, "sentence 1"))
    await sign_in(database, "sentence 1")

    assert passwords.mould(made.password_hash) == passwords.mould(older)
    rows = await database.rows(select(User.id, User.password_hash))
    kept = {row[0]: row[1] for row in rows}
    assert not passwords.outdated(kept.pop(made.id))
    assert list(kept.values()) == [older]


@pytest.mark.parametrize("way", ["sign in", "register"])
async def test_a_password_that_ends_while_it_is_looked_at_signs_nobody_in(
    database: db.Database, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    user = await claim(database, "sentence 0")
    really, later = claims.proved, NOW + timedelta(hours=1)

    async def meanwhile(found: claims.Claimants, password: str) -> claims.Proved:
        await credentials.change_password(
            database, user.id, old="sentence 0", new="sentence 1", now=later
        )
        return await really(found, password)

    monkeypatch.setattr(claims, "proved", meanwhile)
    proved = await (sign_in if way == "sign in" else claim)(database, "sentence 0")

    async with database.begin() as session:
        with pytest.raises(BadCredentials):
            await sessions.sign_in(session, SECRETS, proved, later)


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
