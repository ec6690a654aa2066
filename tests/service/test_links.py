"""Links in letters: once, for an hour, for one purpose."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from people import somebody
from sqlalchemy import select

from oriel.service import db, keys, links
from oriel.service.errors import BadLink
from oriel.service.models import OneTimeToken, User

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def issued(database: db.Database, user_id: str, purpose: links.Purpose = "reset") -> str:
    async with database.begin() as session:
        user = await session.get_one(User, user_id)
        return await links.issue(session, user, purpose, user.email, NOW)


async def used(database: db.Database, token: str, now: datetime = NOW) -> str:
    async with database.begin() as session:
        return (await links.use(session, token, ("reset",), now)).user_id


async def test_a_link_works_once(database: db.Database) -> None:
    user = await somebody(database)
    token = await issued(database, user)

    assert await used(database, token) == user
    with pytest.raises(BadLink):
        await used(database, token)


async def test_only_the_hash_of_a_link_s_token_is_kept(database: db.Database) -> None:
    token = await issued(database, await somebody(database))

    [kept] = await database.rows(select(OneTimeToken.__table__))

    assert kept.hash == keys.hashed(token)
    assert token not in str(kept)


async def test_a_link_used_many_times_at_once_works_once(database: db.Database) -> None:
    token = await issued(database, await somebody(database))

    done = await asyncio.gather(*(used(database, token) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, str) for one in done) == 1
    assert sum(isinstance(one, BadLink) for one in done) == 7


async def test_a_link_works_for_an_hour(database: db.Database) -> None:
    user = await somebody(database)
    late = await issued(database, user)
    with pytest.raises(BadLink):
        await used(database, late, NOW + timedelta(hours=1))

    in_time = await issued(database, user)
    assert await used(database, in_time, NOW + timedelta(minutes=59))


async def test_a_link_is_for_its_purpose_alone(database: db.Database) -> None:
    token = await issued(database, await somebody(database), "verify")

    with pytest.raises(BadLink):
        await used(database, token)


async def test_a_newer_link_ends_the_older(database: db.Database) -> None:
    user = await somebody(database)
    older = await issued(database, user)
    newer = await issued(database, user)

    with pytest.raises(BadLink):
        await used(database, older)
    assert await used(database, newer) == user


async def test_links_of_other_people_and_purposes_live_on(database: db.Database) -> None:
    user, other = await somebody(database), await somebody(database)
    theirs = await issued(database, other)
    await issued(database, user)
    await issued(database, other, "verify")

    assert await used(database, theirs) == other


async def test_old_links_are_deleted(database: db.Database) -> None:
    await issued(database, await somebody(database))

    async with database.begin() as session:
        kept = await links.forget_old(session, NOW + timedelta(hours=2))
        deleted = await links.forget_old(session, NOW + timedelta(hours=26))

    assert (kept, deleted) == (0, 1)
