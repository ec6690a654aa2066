"""A second factor: codes as RFC 6238 has them, each once, with recovery codes; kept encrypted."""

import asyncio
import base64
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from databases import on_sqlite
from people import somebody
from phones import Phone
from sqlalchemy import select

from oriel.service import (
    credentials,
    db,
    factors,
    leaving,
    links,
    passwords,
    profiles,
    recovery,
    sealing,
    sessions,
    users,
)
from oriel.service.errors import BadFields, NotSignedIn
from oriel.service.models import Audit, Mail, RecoveryCode, User
from oriel.service.renders import NotPossible

KEYS = ("a secret that is long enough to sign",)
NEWER = ("a newer secret, in front of the other", *KEYS)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STEP = timedelta(seconds=30)
RFC = base64.b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B, SHA-1: the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@dataclass(frozen=True)
class Somebody(Phone):
    """Whose phone it is."""

    user_id: str = ""


async def reader(database: db.Database, user_id: str) -> User:
    async with database.read() as session:
        return await users.find(session, user_id)


async def anna(database: db.Database, secret: str | None = None) -> Somebody:
    """Somebody whose second factor is on since a while."""
    since = NOW - timedelta(days=2)
    user_id = await somebody(database, sessions_since=since, verified_at=since)
    offered = factors.offer(KEYS, await reader(database, user_id))
    sealed = offered.sealed
    if secret is not None:
        sealed = sealing.seal(KEYS, secret, f"offer to {user_id}")
    then, phone = NOW - timedelta(days=1), Phone(secret or offered.secret)
    code = phone.code(then)
    made = await factors.turn_on(database, KEYS, user_id, sealed=sealed, code=code, now=then)
    return Somebody(phone.secret, made, user_id)


async def fits(database: db.Database, phone: Somebody, code: str, now: datetime = NOW) -> bool:
    return await factors.fits(database, KEYS, phone.user_id, code, now)


async def letters(database: db.Database, kind: str) -> list[Mail]:
    async with database.read() as session:
        return list(await session.scalars(select(Mail).where(Mail.letter == kind)))


@on_sqlite
@pytest.mark.parametrize(("seconds", "code"), VECTORS)
async def test_codes_are_those_of_the_rfc(database: db.Database, seconds: int, code: str) -> None:
    phone = await anna(database, RFC)
    async with database.begin() as session:
        (await users.find(session, phone.user_id)).second_factor_step = 0

    assert await fits(database, phone, code, datetime.fromtimestamp(seconds, UTC))


async def test_it_counts_once_a_code_was_typed_and_ends_all_sign_ins(
    database: db.Database,
) -> None:
    since = NOW - timedelta(days=1)
    user_id = await somebody(database, sessions_since=since, verified_at=since)
    user = await reader(database, user_id)
    async with database.begin() as session:
        before = await sessions.sign_in(session, KEYS, user, NOW - STEP)
    offered = factors.offer(KEYS, user)
    code = Phone(pyotp.parse_uri(offered.uri).secret).code(NOW)

    with pytest.raises(BadFields) as caught:
        await factors.turn_on(database, KEYS, user_id, sealed=offered.sealed, code="12345", now=NOW)
    assert caught.value.details.keys() == {"code"}
    assert (await reader(database, user_id)).second_factor_since is None
    made = await factors.turn_on(database, KEYS, user_id, sealed=offered.sealed, code=code, now=NOW)

    assert len(set(made)) == 10
    assert (await reader(database, user_id)).second_factor_since == NOW
    with pytest.raises(NotSignedIn):
        await sessions.read(database, KEYS, before.access, NOW)
    assert len(await letters(database, "second_factor_on")) == 1
    with pytest.raises(NotPossible):
        await factors.turn_on(
            database, KEYS, user_id, sealed=offered.sealed, code=code, now=NOW + STEP
        )
    assert not await factors.fits(database, KEYS, user_id, code, NOW), "it was used to turn it on"


@on_sqlite
async def test_who_never_confirmed_the_address_keeps_its_owner_out_by_none(
    database: db.Database,
) -> None:
    user_id = await somebody(database)
    offered = factors.offer(KEYS, await reader(database, user_id))
    code = Phone(offered.secret).code(NOW)

    with pytest.raises(NotPossible, match="Confirm your e-mail address"):
        await factors.turn_on(database, KEYS, user_id, sealed=offered.sealed, code=code, now=NOW)


@on_sqlite
async def test_an_offer_is_for_who_got_it_and_made_by_us(database: db.Database) -> None:
    first, second = await somebody(database), await somebody(database)
    theirs = factors.offer(KEYS, await reader(database, first))
    code = Phone(theirs.secret).code(NOW)

    for sealed in (theirs.sealed, theirs.sealed[:-4] + "AAA=", "", "é.é", theirs.secret):
        with pytest.raises(BadFields) as caught:
            await factors.turn_on(database, KEYS, second, sealed=sealed, code=code, now=NOW)
        assert caught.value.details.keys() == {"offer"}
    again = factors.offer(KEYS, await reader(database, first), theirs.sealed)
    assert again == theirs, "who mistyped a code need not scan another picture"


@pytest.mark.parametrize(
    ("off", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
async def test_a_clock_may_be_half_a_minute_early_or_late(
    database: db.Database, off: int, good: bool
) -> None:
    phone = await anna(database)

    assert await fits(database, phone, phone.code(NOW + off * STEP)) is good


async def test_a_code_works_once_and_those_before_it_no_more(database: db.Database) -> None:
    phone = await anna(database)
    late, now, soon = (phone.code(NOW + off * STEP) for off in (-1, 0, 1))

    assert await fits(database, phone, f" {now[:3]} {now[3:]} ")
    assert [await fits(database, phone, code) for code in (now, late)] == [False, False]
    assert await fits(database, phone, soon)
    assert not await fits(database, phone, soon, NOW + STEP)


async def test_of_one_code_sent_many_times_at_once_one_is_good(database: db.Database) -> None:
    phone = await anna(database)
    code, spare = phone.code(NOW), phone.recovery_codes[0]

    for typed in (code, spare):
        told = await asyncio.gather(*(fits(database, phone, typed) for _ in range(8)))
        assert sorted(told) == [False] * 7 + [True]


async def test_a_recovery_code_signs_in_once_however_it_is_copied_and_its_owner_is_told(
    database: db.Database,
) -> None:
    phone, other = await anna(database), await anna(database)
    first, second = phone.recovery_codes[:2]
    copied = first.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert not await fits(database, other, first), "it is somebody else's"
    assert await fits(database, phone, copied)
    assert not await fits(database, phone, first)
    assert await fits(database, phone, second, NOW + STEP)
    told = await letters(database, "recovery_code_used")
    assert sorted(one.words["left"] for one in told) == [8, 9]
    assert {one.user_id for one in told} == {phone.user_id}


async def test_new_recovery_codes_end_those_before(database: db.Database) -> None:
    phone = await anna(database)

    made = await factors.renew_codes(database, phone.user_id, NOW)

    assert not await fits(database, phone, phone.recovery_codes[0])
    assert await fits(database, phone, made[0])
    async with database.read() as session:
        assert await recovery.left(session, phone.user_id) == 9
    with pytest.raises(NotPossible):
        await factors.renew_codes(database, await somebody(database), NOW)


async def test_once_it_is_off_no_code_of_it_is_good(database: db.Database) -> None:
    phone = await anna(database)

    await factors.turn_off(database, phone.user_id, NOW)

    assert not await fits(database, phone, phone.code(NOW))
    assert not await fits(database, phone, phone.recovery_codes[0])
    user = await reader(database, phone.user_id)
    assert (user.second_factor_since, user.sessions_since) == (None, NOW)
    assert [one.words["by_us"] for one in await letters(database, "second_factor_off")] == [False]
    with pytest.raises(NotPossible):
        await factors.turn_off(database, phone.user_id, NOW)


async def test_those_who_run_it_take_it_away_with_a_reason_that_stays(
    database: db.Database,
) -> None:
    phone, admin = await anna(database), await somebody(database, role="admin")

    async with database.begin() as session:
        await factors.take_away(
            session, phone.user_id, by=admin, reason="lost the phone", now=NOW, address="::1"
        )

    user = await reader(database, phone.user_id)
    assert (user.second_factor_since, user.sessions_since) == (None, NOW)
    assert [one.words["by_us"] for one in await letters(database, "second_factor_off")] == [True]
    async with database.read() as session:
        [deed] = await session.scalars(select(Audit))
        assert not list(await session.scalars(select(RecoveryCode)))
    assert (deed.actor_id, deed.action) == (admin, "user.remove_second_factor")
    assert (deed.subject, deed.details) == (f"user:{user.id}", {"reason": "lost the phone"})


@on_sqlite
async def test_secrets_and_recovery_codes_are_of_chance_and_long_enough(
    database: db.Database,
) -> None:
    user = await reader(database, await somebody(database))
    async with database.begin() as session:
        codes = [one for _ in range(2) for one in await recovery.make(session, user.id, NOW)]

    secrets = {factors.offer(KEYS, user).secret for _ in range(20)}

    assert (len(secrets), len(set(codes))) == (20, 20)
    assert {len(base64.b32decode(one)) * 8 for one in secrets} == {160}
    assert {len(one.replace("-", "")) * 5 for one in codes} == {125}


@on_sqlite
async def test_a_new_password_by_letter_leaves_it_on(database: db.Database) -> None:
    phone = await anna(database)
    async with database.begin() as session:
        user = await users.find(session, phone.user_id)
        link = await links.issue(session, user, "reset", user.email, NOW)

    await credentials.reset(database, link, "battery staple", NOW)

    assert (await reader(database, phone.user_id)).second_factor_since is not None
    assert await fits(database, phone, phone.code(NOW))


@on_sqlite
async def test_what_is_kept_is_encrypted_for_its_account_and_recovery_codes_are_hashed(
    database: db.Database,
) -> None:
    phone, other = await anna(database, RFC), await anna(database)
    user = await reader(database, phone.user_id)
    assert user.second_factor_sealed is not None
    async with database.begin() as session:
        hashes = list(await session.scalars(select(RecoveryCode.hash)))
        (await users.find(session, other.user_id)).second_factor_sealed = user.second_factor_sealed

    assert RFC not in user.second_factor_sealed
    assert not {*phone.recovery_codes, *other.recovery_codes} & set(hashes)
    assert {len(one) for one in hashes} == {64}
    assert not await fits(database, other, phone.code(NOW)), "a secret that was copied over"
    assert (
        sealing.opened(("another secret of the same length",), user.second_factor_sealed, "")
        is None
    )


async def test_a_new_key_seals_anew_what_an_older_one_sealed(
    database: db.Database, caplog: pytest.LogCaptureFixture
) -> None:
    phones = [await anna(database) for _ in range(3)]
    async with database.begin() as session:
        lost = await users.find(session, phones[2].user_id)
        lost.second_factor_sealed = sealing.seal(["a key that nobody has any more"], RFC, "")

    assert await factors.seal_anew(database, NEWER) == 1
    for phone in phones[:2]:
        assert await factors.fits(database, NEWER[:1], phone.user_id, phone.code(NOW), NOW)
    with caplog.at_level(logging.ERROR):
        gone = phones[2]
        assert not await factors.fits(database, NEWER[:1], gone.user_id, gone.code(NOW), NOW)
    assert "ORIEL_SECRET_KEYS" in caplog.text
    spare = gone.recovery_codes[0]
    assert await factors.fits(database, NEWER[:1], gone.user_id, spare, NOW), "a way in is left"


@on_sqlite
async def test_an_export_tells_that_it_is_on_and_an_end_leaves_nothing_of_it(
    database: db.Database,
) -> None:
    phone = await anna(database)
    async with database.read() as session:
        told = await profiles.export(session, phone.user_id, NOW)

    async with database.begin() as session:
        await leaving.delete_account(session, phone.user_id, by=phone.user_id, now=NOW)

    about = {name: value for name, value in told["user"].items() if "factor" in name}
    assert about == {"second_factor_since": (NOW - timedelta(days=1)).isoformat()}
    assert "recovery" not in repr(told)
    async with database.read() as session:
        user = await session.get_one(User, phone.user_id)
        assert (user.second_factor_since, user.second_factor_sealed) == (None, None)
        assert not list(await session.scalars(select(RecoveryCode)))


@on_sqlite
async def test_who_is_guessed_at_is_told_once_a_day(database: db.Database) -> None:
    phone = await anna(database)

    for hours in (0, 1, 24):
        await factors.warn(database, phone.user_id, NOW + timedelta(hours=hours))

    assert len(await letters(database, "codes_guessed")) == 2


async def test_nobody_without_one_has_a_code_that_fits(database: db.Database) -> None:
    user_id = await somebody(database, password_hash=await passwords.hashed("correct horse"))

    assert not await factors.fits(database, KEYS, user_id, "000000", NOW)
