"""New passwords and addresses: by the old password or by a letter, never telling who has an account."""

from datetime import UTC, datetime, timedelta

import pytest
from people import somebody
from sqlalchemy import select

from oriel.service import credentials, db, passwords, plans, sessions, users
from oriel.service.errors import BadCredentials, BadFields, BadLink, NotSignedIn, Taken
from oriel.service.models import Mail, User

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = ("a secret that is long enough to sign",)


async def anna(database: db.Database) -> str:
    kept = await passwords.hashed("correct horse")
    since = NOW - timedelta(days=1)
    return await somebody(
        database, "anna@example.com", password_hash=kept, name="Anna", sessions_since=since
    )


async def letters(database: db.Database, kind: str) -> list[Mail]:
    async with database.read() as session:
        wanted = select(Mail).where(Mail.letter == kind).order_by(Mail.id)
        return list(await session.scalars(wanted))


async def token(database: db.Database, kind: str) -> str:
    return str((await letters(database, kind))[-1].words["token"])


async def sign_in(database: db.Database, email: str, password: str) -> User:
    return await users.authenticate(database, email=email, password=password)


async def test_a_new_password_needs_the_old_one_and_signs_out_everywhere(
    database: db.Database,
) -> None:
    user_id = await anna(database)
    async with database.begin() as session:
        given = await sessions.sign_in(session, SECRETS, await users.find(session, user_id), NOW)
    with pytest.raises(BadFields) as caught:
        await credentials.change_password(
            database, user_id, old="wrong horse", new="battery staple", now=NOW
        )
    assert caught.value.details.keys() == {"current_password"}

    later = NOW + timedelta(seconds=1)
    user = await credentials.change_password(
        database, user_id, old="correct horse", new="battery staple", now=later
    )

    async with database.begin() as session:
        here = await sessions.sign_in(session, SECRETS, user, later)
    with pytest.raises(NotSignedIn):
        await sessions.read(database, SECRETS, given.access, later)
    assert (await sessions.read(database, SECRETS, here.access, later)).user.id == user_id
    assert await sign_in(database, "anna@example.com", "battery staple")
    with pytest.raises(BadCredentials):
        await sign_in(database, "anna@example.com", "correct horse")
    assert [letter.to for letter in await letters(database, "password_changed")] == [
        "anna@example.com"
    ]


@pytest.mark.parametrize("end", ["password", "deactivation", "second factor"])
async def test_who_proved_a_password_that_ended_before_they_were_in_stays_out(
    database: db.Database, end: str
) -> None:
    user_id, later = await anna(database), NOW + timedelta(seconds=1)
    proved = await sign_in(database, "anna@example.com", "correct horse")

    if end == "password":
        words = {"old": "correct horse", "new": "battery staple"}
        await credentials.change_password(database, user_id, **words, now=later)
    else:
        async with database.begin() as session:
            if end == "deactivation":
                await users.deactivate(session, user_id, by=None, now=later)
                await users.reactivate(session, user_id, by=None)
            else:  # as whoever turns it on does
                await sessions.sign_out_everywhere(session, user_id, later)

    async with database.begin() as session:
        with pytest.raises(BadCredentials):
            await sessions.sign_in(session, SECRETS, proved, later)


async def test_a_bad_new_password_changes_nothing(database: db.Database) -> None:
    user_id = await anna(database)

    with pytest.raises(BadFields) as caught:
        await credentials.change_password(
            database, user_id, old="correct horse", new="short", now=NOW
        )

    assert caught.value.details.keys() == {"password"}
    assert await sign_in(database, "anna@example.com", "correct horse")


async def test_a_forgotten_password_is_chosen_anew_by_a_letter(database: db.Database) -> None:
    await anna(database)
    await credentials.request_reset(database, " Anna@example.com", NOW)
    link = await token(database, "reset")

    user = await credentials.reset(database, link, "battery staple", NOW)

    assert user.verified_at == NOW
    assert await sign_in(database, "anna@example.com", "battery staple")
    with pytest.raises(BadLink):
        await credentials.reset(database, link, "another staple", NOW)


async def test_a_password_that_will_not_do_leaves_the_link_good(database: db.Database) -> None:
    await anna(database)
    await credentials.request_reset(database, "anna@example.com", NOW)
    link = await token(database, "reset")

    with pytest.raises(BadFields):
        await credentials.reset(database, link, "short", NOW)

    assert await credentials.reset(database, link, "battery staple", NOW)


@pytest.mark.parametrize("weak", ["Football", "Anna@example.com", "oriel 1234"])
async def test_a_password_that_many_had_is_refused_wherever_one_is_chosen(
    database: db.Database, weak: str
) -> None:
    user_id = await anna(database)
    await credentials.request_reset(database, "anna@example.com", NOW)
    link = await token(database, "reset")
    new = {"email": "anna@example.com", "password": weak, "now": NOW}

    for chosen in (
        users.register(database, plans.PLANS, **new),
        users.create_admin(database, plans.PLANS, **new),
        credentials.change_password(database, user_id, old="correct horse", new=weak, now=NOW),
        credentials.reset(database, link, weak, NOW),
    ):
        with pytest.raises(BadFields) as caught:
            await chosen
        assert caught.value.details.keys() == {"password"}


async def test_asking_for_a_letter_tells_nothing_of_who_has_an_account(
    database: db.Database,
) -> None:
    await anna(database)
    await somebody(database, "gone@example.com", active=False)

    for email in ("anna@example.com", "bert@example.com", "gone@example.com"):
        assert await credentials.request_reset(database, email, NOW) is None

    assert {letter.to for letter in await letters(database, "reset")} == {"anna@example.com"}


async def test_an_address_is_verified_by_its_letter(database: db.Database) -> None:
    user_id = await anna(database)
    await credentials.request_verification(database, user_id, NOW)

    user = await credentials.verify(database, await token(database, "verify"), NOW)

    assert user.verified_at == NOW
    await credentials.request_verification(database, user_id, NOW)
    assert len(await letters(database, "verify")) == 1


async def test_a_new_address_is_the_accounts_once_its_letter_was_opened(
    database: db.Database,
) -> None:
    user_id = await anna(database)
    with pytest.raises(BadFields):
        await credentials.change_email(
            database, user_id, password="wrong horse", email="new@example.com", now=NOW
        )
    await credentials.change_email(
        database, user_id, password="correct horse", email="New@example.com", now=NOW
    )
    assert (await letters(database, "verify"))[-1].to == "new@example.com"
    assert await sign_in(database, "anna@example.com", "correct horse")

    user = await credentials.verify(database, await token(database, "verify"), NOW)

    assert (user.email, user.verified_at) == ("new@example.com", NOW)
    assert await sign_in(database, "new@example.com", "correct horse")
    [told] = await letters(database, "address_changed")
    assert (told.to, told.words["new_email"]) == ("anna@example.com", "new@example.com")


async def test_an_address_that_was_taken_meanwhile_stays_with_its_account(
    database: db.Database,
) -> None:
    user_id = await anna(database)
    await credentials.change_email(
        database, user_id, password="correct horse", email="new@example.com", now=NOW
    )
    await somebody(database, "new@example.com", verified_at=NOW)

    with pytest.raises(Taken):
        await credentials.verify(database, await token(database, "verify"), NOW)

    assert await sign_in(database, "anna@example.com", "correct horse")


async def test_a_link_to_the_address_before_gives_no_access(database: db.Database) -> None:
    user_id = await anna(database)
    await credentials.request_reset(database, "anna@example.com", NOW)
    old = await token(database, "reset")
    await credentials.change_email(
        database, user_id, password="correct horse", email="new@example.com", now=NOW
    )
    await credentials.verify(database, await token(database, "verify"), NOW)

    with pytest.raises(BadLink):
        await credentials.reset(database, old, "battery staple", NOW)
