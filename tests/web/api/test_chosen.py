"""What an operator chose reaches what it is about: how many may wait, for how long songs are kept."""

import time
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import apis
import pytest
from apis import Client
from databases import Schemas
from sqlalchemy import select

from oriel.jobs import valkey
from oriel.service import limits
from oriel.service.limits import RATES
from oriel.service.models import Song


@pytest.fixture
def serve(schemas: Schemas, tmp_path: Path):
    """A service with some settings of one's own, on one database."""
    url = schemas.sqlite()

    def served(**changes: object) -> AbstractAsyncContextManager[Client]:
        return apis.served(apis.settings(url, tmp_path, **changes))

    return served


async def test_so_many_of_one_account_may_wait(serve) -> None:
    async with serve(max_queued_per_user=1) as api:
        somebody = await api.registered()
        answers = [await somebody.order(apis.a_song(pitch=pitch)) for pitch in (220, 330)]

    assert [one.status for one in answers] == [202, 429]


async def test_so_many_of_all_accounts_may_wait(serve) -> None:
    async with serve(max_queued=1) as api:
        answers = [await (await api.registered()).order(apis.a_song()) for _ in range(2)]

    assert [one.status for one in answers] == [202, 429]
    assert "Too many renders are waiting" in answers[1].json["error"]["message"]


async def test_a_song_is_kept_for_so_many_days(serve) -> None:
    async with serve(keep_days=3) as api:
        answer = await (await api.registered()).order(apis.a_song())
        async with api.parts.database.read() as session:
            song = (await session.scalars(select(Song))).one()

    assert answer.status == 202
    kept = song.expires_at - song.created_at
    assert timedelta(days=3, minutes=-5) < kept < timedelta(days=3, minutes=5)


async def test_two_web_processes_that_share_redis_count_together(
    serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where Redis takes longer, each counts for itself: a busy machine must not pass for one without.
    monkeypatch.setattr(limits, "_PATIENCE_SECONDS", 60)
    private = valkey.chosen(tmp_path / "valkey")
    server = await valkey.start(private)
    shared = {"redis_url": private.url, "rate_factor": 1}

    async with serve(**shared) as one, serve(**shared) as two:
        for number in range(5):  # until all of it is within one minute, as Redis counts them
            email = f"nobody{number}@example.org"
            wrong = {"email": email, "password": "wrong"}  # pragma: allowlist secret (made up)
            half, minute = RATES["account"].minute // 2, time.time() // 60
            answers = [await api.post("/api/auth/login", wrong) for api in (one, two) * half]
            last = [await api.post("/api/auth/login", wrong) for api in (one, two)]
            if time.time() // 60 == minute:
                break
    server.terminate()
    await server.wait()

    assert {answer.status for answer in answers} == {401}
    assert [answer.status for answer in last] == [429, 429]
