"""Whose sign-in has ended is found out, whatever the database makes of one question."""

import asyncio

import pytest
from databases import on_sqlite
from people import somebody
from sqlalchemy import select, text

from oriel.service import presence, sessions, users
from oriel.service.clock import now
from oriel.service.db import Database
from oriel.service.models import RefreshToken

SECRETS = ("a secret of these tests that is long enough",)


async def renamed(database: Database, old: str, new: str) -> None:
    async with database.begin() as session:
        await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@on_sqlite
async def test_a_question_that_fails_once_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(presence, "_ASK_SECONDS", 0.01)
    user_id = await somebody(database)
    async with database.begin() as session:
        await sessions.sign_in(session, SECRETS, await users.find(session, user_id), now())
        family = await session.scalar(select(RefreshToken.family))

    async with presence.opened(database) as there, asyncio.timeout(60):
        with there.of(str(family)) as ended:
            await renamed(database, "refresh_tokens", "away")
            while "asked again" not in caplog.text:
                await asyncio.sleep(0.01)
            await renamed(database, "away", "refresh_tokens")
            async with database.begin() as session:
                await users.deactivate(session, user_id, by=None, now=now())
            await ended
