"""Letters from the transaction that they tell of to whoever takes them."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ordered
import pytest
import storages
from databases import Schemas
from mailers import outbox, sendgrid
from people import somebody
from postgres import Postgres
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update
from werkzeug import Request, Response

from oriel.service.db import Database, open_database
from oriel.service.mail import Letter, letters
from oriel.service.mail.delivery import Delivered, Post, deliver_due
from oriel.service.mail.outbox import Outbox
from oriel.service.mail.post import post
from oriel.service.models import Mail

SITE = "https://oriel.example"
JPEG = b"\xff\xd8\xff\xe0 a picture"


async def posted(database: Database, source: str, to: str = "ada@example.com") -> bool:
    async with database.begin() as session:
        return await post(
            session, to=to, letter="verify", words={"name": "", "token": "secret"}, source=source
        )


async def mails(database: Database) -> list[Mail]:
    async with database.read() as session:
        return list(await session.scalars(select(Mail).order_by(Mail.id)))


async def test_a_letter_is_posted_with_its_change_or_not_at_all(database: Database) -> None:
    async def failing() -> None:
        async with database.begin() as session:
            await post(session, to="a@b.c", letter="welcome", words={"name": ""}, source="one")
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        await failing()

    assert await mails(database) == []


async def test_a_letter_has_one_source(database: Database) -> None:
    assert await posted(database, "user:1:verify")
    assert not await posted(database, "user:1:verify")
    assert len(await mails(database)) == 1


async def test_a_letter_that_could_not_be_written_is_not_posted(database: Database) -> None:
    async with database.begin() as session:
        with pytest.raises(letters.BadLetter):
            await post(session, to="a@b.c", letter="verify", words={}, source="one")


async def test_429_then_500_then_202_is_one_letter(
    database: Database, httpserver: HTTPServer
) -> None:
    for status in (429, 500, 202):
        httpserver.expect_ordered_request("/v3/mail/send").respond_with_data(status=status)
    await posted(database, "user:1:verify")
    mailer = Post(sendgrid(httpserver), SITE)
    now = datetime.now(UTC)

    became = []
    for minutes in (0, 0, 1, 1, 2, 2):
        later = now + timedelta(minutes=minutes)
        became.append(await deliver_due(database, mailer, lambda later=later: later))

    assert became == [
        Delivered(delayed=1),
        Delivered(),
        Delivered(delayed=1),
        Delivered(),
        Delivered(sent=1),
        Delivered(),
    ]
    (mail_,) = await mails(database)
    assert (mail_.attempts, mail_.error, mail_.words) == (3, None, {})
    assert mail_.sent_at == now + timedelta(minutes=2)


async def test_a_newer_version_s_letter_waits_for_that_version(
    database: Database, tmp_path: Path
) -> None:
    """While two versions run side by side, either may find it first."""
    await posted(database, "user:1:verify")
    now = datetime.now(UTC)
    async with database.begin() as session:
        await session.execute(update(Mail).values(letter="unheard_of"))

    early = await deliver_due(database, Post(outbox(tmp_path), SITE), lambda: now)
    late = await deliver_due(
        database, Post(outbox(tmp_path), SITE), lambda: now + timedelta(days=4)
    )

    (mail_,) = await mails(database)
    assert (early, late) == (Delivered(delayed=1), Delivered(given_up=1))
    assert mail_.error == "there is no letter unheard_of"


@pytest.mark.parametrize(("size", "shown"), [(1000, True), (500_000, False), (None, False)])
async def test_a_finished_video_is_shown_in_its_letter(
    database: Database, tmp_path: Path, size: int | None, shown: bool
) -> None:
    """Unless its poster is too large for a letter, or gone."""
    storage = storages.folder(tmp_path / "storage")
    await storage.begin()
    render = await ordered.render(database, await somebody(database), poster_key="posters/a.jpg")
    (tmp_path / "a.jpg").write_bytes(JPEG.ljust(size or 1))
    await storage.put("posters/a.jpg" if size else "b.jpg", tmp_path / "a.jpg", "image/jpeg")
    words = {"name": "", "render_id": render, "song": "S", "size": "16×16", "expires_at": None}
    async with database.begin() as session:
        await post(session, to="a@b.c", letter="video_ready", words=words, source="render:done")

    became = await deliver_due(database, Post(outbox(tmp_path / "mail"), SITE, storage))

    assert became == Delivered(sent=1)
    (sent,) = outbox(tmp_path / "mail").letters()
    assert [picture.name for picture in sent.pictures] == (["poster.jpg"] if shown else [])
    assert ('src="cid:poster.jpg"' in sent.html) is shown


class Counting(HTTPServer):
    """SendGrid as far as letters go: it takes a moment, and counts what it took."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.expect_request("/v3/mail/send").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        identifier = request.get_json()["custom_args"]["oriel_letter"]
        with self._lock:
            self.taken[identifier] += 1
        return Response(status=202)


async def test_two_deliverers_send_each_letter_once(database: Database, database_url: str) -> None:
    for number in range(60):
        await posted(database, f"user:{number}:verify")

    with Counting() as server:
        mailer = Post(sendgrid(server), SITE)
        async with open_database(database_url) as other:
            became = await asyncio.gather(
                *(deliver_due(each, mailer, limit=100) for each in (database, other, database))
            )

    assert sum(each.sent for each in became) == 60
    assert len(server.taken) == 60
    assert set(server.taken.values()) == {1}


async def test_a_deliverer_that_dies_is_followed_by_another(
    database: Database, tmp_path: Path
) -> None:
    await posted(database, "user:1:verify")
    now = datetime.now(UTC)
    async with database.begin() as session:  # what a deliverer writes before it sends
        await session.execute(
            update(Mail).values(attempts=1, lease_until=now + timedelta(minutes=5))
        )
    mailer = Post(outbox(tmp_path), SITE)

    early = await deliver_due(database, mailer, lambda: now + timedelta(minutes=4))
    late = await deliver_due(database, mailer, lambda: now + timedelta(minutes=6))

    assert (early, late) == (Delivered(), Delivered(sent=1))


@dataclass
class Meanwhile:
    """An outbox, in whose answer's time something happens."""

    box: Outbox
    happen: Callable[[], Awaitable[object]]
    happened: bool = False

    async def send(self, letter: Letter) -> None:
        await self.box.send(letter)
        await self.happen()
        self.happened = True

    async def check(self) -> None:
        await self.box.check()


async def test_a_letter_is_sent_once_though_the_database_dies_meanwhile(
    schemas: Schemas, postgres: Postgres, tmp_path: Path
) -> None:
    async with open_database(schemas.postgresql()) as database:
        await posted(database, "user:1:verify")
        mailer = Meanwhile(outbox(tmp_path), lambda: asyncio.to_thread(postgres.kill))

        delivering = asyncio.create_task(deliver_due(database, Post(mailer, SITE)))
        while not mailer.happened:
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
        await asyncio.to_thread(postgres.start)

        assert await delivering == Delivered(sent=1)
        (mail_,) = await mails(database)
        assert mail_.sent_at is not None


async def test_a_deliverer_that_is_asked_to_stop_notes_what_it_sent(
    database: Database, tmp_path: Path
) -> None:
    await posted(database, "user:1:verify")
    begun = asyncio.Event()

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.3)

    mailer = Meanwhile(outbox(tmp_path), slow)
    delivering = asyncio.create_task(deliver_due(database, Post(mailer, SITE)))
    await begun.wait()
    delivering.cancel()

    with pytest.raises(asyncio.CancelledError):
        await delivering
    (mail_,) = await mails(database)
    assert mail_.sent_at is not None


async def test_a_link_that_works_no_more_is_not_sent(
    database: Database, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v3/mail/send").respond_with_data(status=500)
    await posted(database, "user:1:verify")
    mailer = Post(sendgrid(httpserver), SITE)
    now = datetime.now(UTC)

    became = [
        await deliver_due(database, mailer, lambda m=m: now + timedelta(minutes=m))
        for m in (0, 30, 62, 90)
    ]

    assert [each.delayed for each in became] == [1, 1, 0, 0]
    assert became[2].given_up == 1
    (mail_,) = await mails(database)
    assert mail_.gave_up_at is not None
    assert "SendGrid answered 500" in (mail_.error or "")


async def test_a_refused_letter_is_given_up_at_once(
    database: Database, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v3/mail/send").respond_with_data(status=400)
    await posted(database, "user:1:verify")

    became = await deliver_due(database, Post(sendgrid(httpserver), SITE))

    assert became == Delivered(given_up=1)
