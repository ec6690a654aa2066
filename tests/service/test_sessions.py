"""Signing in and staying so: rotation, theft, signing out, and what a token must not say."""

import asyncio
import base64
import json
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from databases import on_postgresql
from jwt.warnings import InsecureKeyLengthWarning
from pausing import paused
from people import somebody
from sqlalchemy import select, update

from oriel.service import db, keys, listings, profiles, sessions, tokens
from oriel.service.errors import NotSignedIn
from oriel.service.models import RefreshToken, User
from oriel.service.sessions import GRACE, Tokens, Where

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
SECRETS = ("a secret that is long enough to sign",)
LATER = NOW + GRACE + timedelta(seconds=1)


async def signed_in(database: db.Database, user_id: str | None = None, **more: object) -> Tokens:
    since = NOW - timedelta(days=1)
    user_id = user_id or await somebody(database, sessions_since=since, **more)
    async with database.begin() as session:
        user = await session.get_one(User, user_id)
        return await sessions.sign_in(session, SECRETS, user, NOW, Where("192.0.2.1", "test"))


async def who(database: db.Database, access: str, now: datetime = NOW) -> str:
    return (await sessions.read(database, SECRETS, access, now)).user.id


async def test_an_access_token_tells_who_speaks(database: db.Database) -> None:
    given = await signed_in(database)

    assert await who(database, given.access) == given.user.id


async def test_an_access_token_lasts_a_quarter_of_an_hour(database: db.Database) -> None:
    given = await signed_in(database)

    assert await who(database, given.access, NOW + timedelta(minutes=14, seconds=59))
    with pytest.raises(NotSignedIn):
        await who(database, given.access, NOW + timedelta(minutes=15))


async def test_only_the_hash_of_a_refresh_token_is_kept(database: db.Database) -> None:
    given = await signed_in(database)

    [kept] = await database.rows(select(RefreshToken.__table__))
    assert kept.hash == keys.hashed(given.refresh)
    assert given.refresh not in str(kept)


async def test_a_refresh_token_is_renewed_once_and_its_access_token_stays_good(
    database: db.Database,
) -> None:
    given = await signed_in(database)

    renewed = await sessions.renew(database, SECRETS, given.refresh, NOW)

    assert renewed.refresh != given.refresh
    assert await who(database, given.access) == await who(database, renewed.access)


async def test_an_old_refresh_token_ends_its_family_and_is_noted(database: db.Database) -> None:
    given = await signed_in(database)
    renewed = await sessions.renew(database, SECRETS, given.refresh, NOW)

    with pytest.raises(NotSignedIn):
        await sessions.renew(
            database, SECRETS, given.refresh, LATER, Where("198.51.100.7", "thief")
        )

    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, renewed.refresh, LATER)
    with pytest.raises(NotSignedIn):
        await who(database, renewed.access, LATER)
    async with database.read() as session:
        [note] = await session.scalars(listings.deeds(subject=f"user:{given.user.id}"))
    assert (note.action, note.address) == ("session.reuse", "198.51.100.7")


async def test_other_sign_ins_live_on_when_one_was_stolen(database: db.Database) -> None:
    stolen = await signed_in(database)
    other = await signed_in(database, stolen.user.id)
    await sessions.renew(database, SECRETS, stolen.refresh, NOW)
    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, stolen.refresh, LATER)

    assert await sessions.renew(database, SECRETS, other.refresh, LATER)


async def test_the_answer_that_was_lost_can_be_asked_for_again(database: db.Database) -> None:
    given = await signed_in(database)
    await sessions.renew(database, SECRETS, given.refresh, NOW)

    again = await sessions.renew(database, SECRETS, given.refresh, NOW + GRACE)

    assert await sessions.renew(database, SECRETS, again.refresh, NOW + GRACE)


async def test_the_grace_is_for_the_token_before_alone(database: db.Database) -> None:
    first = await signed_in(database)
    second = await sessions.renew(database, SECRETS, first.refresh, NOW)
    await sessions.renew(database, SECRETS, second.refresh, NOW + timedelta(seconds=1))

    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, first.refresh, NOW + timedelta(seconds=2))


async def test_two_windows_that_renew_at_once_both_stay_signed_in(database: db.Database) -> None:
    given = await signed_in(database)

    renewed = await asyncio.gather(
        *(sessions.renew(database, SECRETS, given.refresh, NOW) for _ in range(4))
    )

    assert len({one.refresh for one in renewed}) == 4
    assert await sessions.renew(database, SECRETS, renewed[0].refresh, LATER)


async def everywhere(database: db.Database, given: Tokens, used: str) -> None:
    async with database.begin() as session:
        await sessions.sign_out_everywhere(session, given.user.id, NOW)


async def here(database: db.Database, given: Tokens, used: str) -> None:
    async with database.begin() as session:
        await sessions.sign_out(session, given.refresh, NOW)


async def by_a_thief(database: db.Database, given: Tokens, used: str) -> None:
    with suppress(NotSignedIn):
        await sessions.renew(database, SECRETS, used, LATER)


@on_postgresql
@pytest.mark.parametrize("end", [everywhere, here, by_a_thief])
async def test_a_renewal_under_way_does_not_outlive_the_end_of_its_sign_in(
    database: db.Database, end: Callable[[db.Database, Tokens, str], Awaitable[None]]
) -> None:
    used = await signed_in(database)
    given = await sessions.renew(database, SECRETS, used.refresh, NOW)

    async with paused(database, "INSERT", "refresh_tokens") as pause:
        renewing = asyncio.create_task(sessions.renew(database, SECRETS, given.refresh, NOW))
        await pause.holds(1)
        ending = asyncio.create_task(end(database, given, used.refresh))
        await pause.holds(2)
    renewed, _ = await asyncio.gather(renewing, ending)

    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, renewed.refresh, NOW)


async def test_a_family_ends_at_its_age_however_often_it_is_renewed(database: db.Database) -> None:
    given = await signed_in(database)
    end, now = NOW + sessions.LONGEST, NOW
    while now + timedelta(days=20) < end:
        now += timedelta(days=20)
        given = await sessions.renew(database, SECRETS, given.refresh, now)

    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, given.refresh, end)


async def test_who_stays_away_for_long_signs_in_again(database: db.Database) -> None:
    given = await signed_in(database)

    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, given.refresh, NOW + sessions.IDLE)


async def test_signing_out_ends_one_sign_in_at_once(database: db.Database) -> None:
    here = await signed_in(database)
    there = await signed_in(database, here.user.id)

    for _ in range(2):
        async with database.begin() as session:
            await sessions.sign_out(session, here.refresh, NOW)

    with pytest.raises(NotSignedIn):
        await who(database, here.access)
    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, here.refresh, NOW)
    assert await who(database, there.access)


async def test_signing_out_everywhere_ends_all(database: db.Database) -> None:
    given = [await signed_in(database)]
    given.append(await signed_in(database, given[0].user.id))

    async with database.begin() as session:
        await sessions.sign_out_everywhere(session, given[0].user.id, NOW + timedelta(seconds=1))

    for one in given:
        with pytest.raises(NotSignedIn):
            await who(database, one.access, NOW + timedelta(seconds=2))
        with pytest.raises(NotSignedIn):
            await sessions.renew(database, SECRETS, one.refresh, NOW + timedelta(seconds=2))


async def test_one_can_sign_in_again_by_a_clock_that_is_behind(database: db.Database) -> None:
    given = await signed_in(database)
    ahead = NOW + timedelta(seconds=3)
    async with database.begin() as session:
        await sessions.sign_out_everywhere(session, given.user.id, ahead)

    again = await signed_in(database, given.user.id)

    assert await who(database, again.access)


async def test_who_is_deactivated_has_no_access_at_once(database: db.Database) -> None:
    given = await signed_in(database)
    async with database.begin() as session:
        await session.execute(update(User).values(active=False))

    with pytest.raises(NotSignedIn):
        await who(database, given.access)
    with pytest.raises(NotSignedIn):
        await sessions.renew(database, SECRETS, given.refresh, NOW)


async def test_a_new_key_signs_while_the_old_one_is_believed(database: db.Database) -> None:
    given = await signed_in(database)
    rotated = ("another secret, which is as long as the first", *SECRETS)

    async with database.begin() as session:
        user = await session.get_one(User, given.user.id)
        newer = await sessions.sign_in(session, rotated, user, NOW)

    assert (await sessions.read(database, rotated, given.access, NOW)).user.id == user.id
    assert (await sessions.read(database, rotated[:1], newer.access, NOW)).user.id == user.id
    with pytest.raises(NotSignedIn):
        await sessions.read(database, rotated[:1], given.access, NOW)


async def test_what_nobody_can_renew_is_deleted(database: db.Database) -> None:
    given = await signed_in(database)

    async with database.begin() as session:
        kept = await sessions.forget_old(session, NOW)
        deleted = await sessions.forget_old(session, NOW + sessions.IDLE + timedelta(days=1))

    assert (kept, deleted) == (0, 1)
    assert given.refresh


async def test_sign_ins_are_listed_with_where_they_were_made(database: db.Database) -> None:
    first = await signed_in(database)
    await sessions.renew(database, SECRETS, first.refresh, NOW, Where("192.0.2.2", "phone"))
    await asyncio.sleep(0.002)  # identifiers sort by the millisecond
    await signed_in(database, first.user.id)

    listed = (await profiles.profile(database, first.user, NOW))["sign_ins"]

    assert [(one["address"], one["agent"]) for one in listed] == [
        ("192.0.2.1", "test"),
        ("192.0.2.2", "phone"),
    ]
    assert all(one["since"] == NOW.isoformat() and one["family"] for one in listed)


def forged(algorithm: str = "HS256", typ: str | None = "at+jwt", **changes: object) -> str:
    claims = {"iss": "oriel", "aud": "oriel", "sub": "U", "sid": "F", "iat": NOW.timestamp()}
    claims["exp"] = NOW.timestamp() + 60
    claims.update(changes)
    claims = {name: value for name, value in claims.items() if value is not None}
    secret = keys.derived(SECRETS[0], "access token")
    headers = {"kid": keys.name(SECRETS[0]), "typ": typ}
    with warnings.catch_warnings():  # the key is short for HS512, as ours are
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return jwt.encode(claims, secret, algorithm, headers)


def test_a_token_with_all_claims_is_read() -> None:
    assert tokens.read(SECRETS, forged(), NOW).user_id == "U"


def unsigned() -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": keys.name(SECRETS[0])}
    body = {"iss": "oriel", "aud": "oriel", "sub": "U", "sid": "F", "iat": 0, "exp": 9e9}
    parts = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in (header, body))
    return ".".join([part.rstrip("=") for part in parts]) + "."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        unsigned(),
        forged(iss="another"),
        forged(aud="another"),
        forged(exp=None),
        forged(sub=None),
        forged(sid=None),
        forged(exp=NOW.timestamp()),
        forged(algorithm="HS512"),
        forged(typ="JWT"),
        forged(typ=None),
        forged()[:-2],
        jwt.encode({"sub": "U"}, b"another key, which is 32 bytes long", "HS256"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.read(SECRETS, token, NOW)


def test_the_key_of_links_signs_no_tokens() -> None:
    headers = {"kid": keys.name(SECRETS[0]), "typ": "at+jwt"}
    claims = {"iss": "oriel", "aud": "oriel", "sub": "U", "sid": "F", "iat": 0, "exp": 9e9}
    token = jwt.encode(claims, keys.derived(SECRETS[0], "links"), "HS256", headers)

    with pytest.raises(NotSignedIn):
        tokens.read(SECRETS, token, NOW)
