"""Who changes an account and what is its own takes the account first: no two wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from databases import on_postgresql
from ordering import NOON, balance, later, one, surely_claimed
from pausing import paused
from people import somebody
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from oriel.service import credentials, endings, leases, links, passwords, renders, users
from oriel.service.db import Database
from oriel.service.errors import BadFields, BadLink
from oriel.service.leases import Work
from oriel.service.models import Render

OLD, NEW, NEWER = "correct horse", "battery staple", "paper clip and string"

End = Callable[[AsyncSession, Work], Awaitable[object]]


async def cancelled(session: AsyncSession, work: Work) -> None:
    render = await renders.find(session, work.render_id)
    assert await renders.cancel(session, render, NOON)


async def failed(session: AsyncSession, work: Work) -> None:
    about = {"code": "bad_song", "message": "No.", "log": ""}
    assert await endings.fail(session, work, **about, now=NOON)


async def given_up(session: AsyncSession, work: Work) -> None:
    assert await endings.give_up(session, later(60)) == [work.render_id]


@on_postgresql
@pytest.mark.parametrize("end", [cancelled, failed, given_up])
async def test_a_render_ends_at_the_moment_when_its_owner_is_deactivated(
    database: Database, end: End
) -> None:
    render = await one(database)
    work = await surely_claimed(database)
    async with database.begin() as session:
        await session.execute(update(Render).values(deaths=leases.MOST_DEATHS - 1))

    async def ended() -> None:
        async with database.begin() as session:
            await end(session, work)

    async def deactivated() -> list[str]:
        async with database.begin() as session:
            return await users.deactivate(session, render.user_id, by=None, now=NOON)

    async with paused(database, "UPDATE", "renders") as pause:
        ending = asyncio.create_task(ended())
        await pause.holds(1)
        deactivating = asyncio.create_task(deactivated())
        await pause.holds(2)
    await ending

    assert await deactivating == [], "nothing was left to be stopped"
    assert await balance(database, render.user_id) == 5


@on_postgresql
async def test_a_letter_s_link_is_used_at_the_moment_when_the_password_is_changed(
    database: Database,
) -> None:
    user_id = await somebody(database, password_hash=await passwords.hashed(OLD))
    async with database.begin() as session:
        user = await users.find(session, user_id)
        link = await links.issue(session, user, "reset", user.email, NOON)
    soon = NOON + timedelta(minutes=1)

    async with paused(database, "UPDATE", "one_time_tokens") as pause:
        by_link = asyncio.create_task(credentials.reset(database, link, NEW, soon))
        await pause.holds(1)
        by_hand = asyncio.create_task(
            credentials.change_password(database, user_id, old=OLD, new=NEWER, now=soon)
        )
        await pause.holds(2)
    await by_link

    with pytest.raises(BadFields):  # the old password is none any more
        await by_hand
    with pytest.raises(BadLink):
        await credentials.reset(database, link, NEWER, soon)
