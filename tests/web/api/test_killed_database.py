"""PostgreSQL is killed under people who sign up and order: what they were told is so, and so once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import apis
import pytest
import serving
from aiohttp import web
from apis import PASSWORD, Answer, Client
from postgres import Postgres, running
from sqlalchemy import select

from oriel.jobs import valkey
from oriel.service import db, schema, storage
from oriel.service.db import Database
from oriel.service.models import Credit, Render, Song, Submission, User
from oriel.service.settings import Settings

CLIENTS = 8
ORDERS = 5  # that a new account has credits for
KILLS = 2
PATIENCE_SECONDS = 60
_PEOPLE = select(User.email, User.id)


@dataclass
class Told:
    """What people were told: who has an account, and which order of theirs is which render."""

    people: dict[str, str] = field(default_factory=dict)  # identifiers by address
    orders: dict[tuple[str, str], str] = field(default_factory=dict)  # by user and key
    songs: dict[str, str] = field(default_factory=dict)  # hashes by user
    refused: int = 0

    async def surely(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What is answered in the end: who is told that nothing can be had now asks again."""
        while True:
            answer = await ask()
            if answer.status < 500:
                return answer
            assert (answer.status, answer.code) == (503, "unavailable")
            self.refused += 1
            await asyncio.sleep(0.1)

    async def joined(self, stranger: Client, email: str) -> Client:
        """Somebody with a new account."""
        who = {"email": email, "password": PASSWORD}
        answer = await self.surely(partial(stranger.post, "/api/auth/register", who))
        if answer.status == 409:  # kept, though the answer was lost
            answer = await self.surely(partial(stranger.post, "/api/auth/login", who))
        somebody = stranger.as_told(answer)
        self.people[email] = str(somebody.user["id"])
        return somebody

    async def ordered(self, somebody: Client, song: bytes) -> None:
        """Orders of theirs, each with a key: the first brings the song, and the others name it."""
        user, sha256 = str(somebody.user["id"]), hashlib.sha256(song).hexdigest()
        for number in range(ORDERS):
            what = {"song": song} if number == 0 else {"song_hash": sha256}
            order = partial(somebody.order, key=f"order {number}", size="160x90", **what)
            answer = await self.surely(order)
            assert answer.status == 202, answer.body
            self.orders[user, f"order {number}"] = str(answer.json["id"])
        self.songs[user] = sha256


@pytest.fixture
def mortal() -> Iterator[Postgres]:
    """A server of this test's own, to be killed."""
    with running() as server:
        yield server


async def test_what_was_answered_outlives_a_killed_database_and_what_was_not_is_made_once(
    mortal: Postgres, tmp_path: Path
) -> None:
    await schema.upgrade(mortal.url())
    private, told, enough = valkey.chosen(tmp_path / "queue"), Told(), asyncio.Event()
    queue = await valkey.start(private)
    environment = {
        "ORIEL_DATA": str(tmp_path / "data"),
        "ORIEL_DATABASE_URL": mortal.url(),
        "ORIEL_REDIS_URL": private.url,
        "ORIEL_RATE_FACTOR": "0",
    }

    async def live(stranger: Client, number: int) -> None:
        turn = 0
        while not enough.is_set():
            turn += 1
            somebody = await told.joined(stranger, f"somebody{number}.{turn}@example.com")
            await told.ordered(somebody, apis.a_song(0.2, pitch=100.0 + 10 * number))

    with serving.served(cwd=tmp_path, environment=environment, complete=True) as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            stranger = Client(server.url, http, web.Application())
            people = [asyncio.create_task(live(stranger, number)) for number in range(CLIENTS)]
            for _ in range(KILLS):
                await asyncio.sleep(0.5)
                await more(told.orders.__len__)
                await asyncio.to_thread(mortal.kill)
                await asyncio.sleep(0.5)
                await more(lambda: told.refused)
                await asyncio.to_thread(mortal.start)
            before = len(told.orders)
            await asyncio.sleep(0.5)
            await more(told.orders.__len__)
            enough.set()
            await asyncio.gather(*people)
        alive = server.child.poll() is None
    queue.terminate()
    await queue.wait()

    assert alive
    assert told.refused > 0
    assert len(told.orders) > before > 0
    async with db.open_database(mortal.url()) as database:
        await assert_so(told, database, storage.of(Settings.read(environment)))


async def more(count: Callable[[], int]) -> None:
    """Wait until one more is counted."""
    before = count()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while count() == before:
            await asyncio.sleep(0.02)


async def assert_so(told: Told, database: Database, stored: storage.Storage) -> None:
    """Everything that people were told is there, and nothing besides."""
    async with database.read() as session:
        people = [(email, user) for email, user in await session.execute(_PEOPLE)]
        orders = await session.execute(
            select(Submission.user_id, Submission.idempotency_key, Render.id).join(
                Render, Render.submission_id == Submission.id, isouter=True
            )
        )
        made = sorted((user, key, render) for user, key, render in orders)
        entries = await session.execute(select(Credit.source, Credit.kind, Credit.amount))
        ledger = sorted((source, kind, amount) for source, kind, amount in entries)
        songs = list(await session.scalars(select(Song)))
    assert sorted(people) == sorted(told.people.items())
    assert made == sorted((user, key, render) for (user, key), render in told.orders.items())
    spent = [(source, amount) for source, kind, amount in ledger if kind == "spend"]
    assert spent == sorted((f"render:{render}:spend", -1) for render in told.orders.values())
    assert sum(amount for _, _, amount in ledger) == ORDERS * len(people) - len(made)
    assert {song.user_id: song.sha256 for song in songs} == told.songs
    for song in songs:
        pieces = [piece async for piece in await stored.open(song.key)]
        assert hashlib.sha256(b"".join(pieces)).hexdigest() == song.sha256
