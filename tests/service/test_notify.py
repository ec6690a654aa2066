"""The ends of renders, told to those who asked."""

import asyncio
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import ordered
import pytest
from people import somebody
from pytest_httpserver import HTTPServer
from sqlalchemy import select

from oriel.service import listings, notify
from oriel.service.db import Database
from oriel.service.errors import NotFound
from oriel.service.models import Notification
from oriel.service.notify import Teller, deliver_due, secret_of
from oriel.service.outside import Outside

SECRETS = ("a new secret of this service, long enough", "the one before, which is as long")


async def _here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


TELLER = Teller(SECRETS, Outside(lambda address: address.is_loopback, _here, seconds=60))


async def noticed(database: Database, url: str) -> tuple[str, str]:
    """A render whose end is to be told; its owner's identifier and the notice's."""
    user = await somebody(database)
    render = await ordered.render(database, user)
    notice = Notification(render_id=render, url=url, body={"id": render, "status": "done"})
    async with database.begin() as session:
        session.add(notice)
    return user, notice.id


async def notice_of(database: Database, identifier: str) -> Notification:
    async with database.read() as session:
        return (
            await session.scalars(select(Notification).where(Notification.id == identifier))
        ).one()


async def test_a_notice_is_signed_with_the_receiver_s_own_secrets(
    database: Database, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook", method="POST").respond_with_data()
    user, notice = await noticed(database, httpserver.url_for("/hook"))

    became = await deliver_due(database, TELLER)

    assert became == {"delivered": 1, "delayed": 0, "given up": 0}
    ((request, _),) = httpserver.log
    body = request.get_data()
    assert json.loads(body)["status"] == "done"
    assert request.headers["Oriel-Delivery"] == notice
    moment, *signatures = request.headers["Oriel-Signature"].split(",")
    signed = moment.removeprefix("t=").encode() + b"." + body
    assert signatures == [
        f"v1={hmac.new(secret_of(one, user).encode(), signed, 'sha256').hexdigest()}"
        for one in SECRETS
    ]
    assert secret_of(SECRETS[0], user) != secret_of(SECRETS[0], "another")


async def test_a_notice_is_told_again_until_it_is_taken(
    database: Database, httpserver: HTTPServer
) -> None:
    for status in (500, 302, 200):
        httpserver.expect_ordered_request("/hook").respond_with_data(status=status)
    _, notice = await noticed(database, httpserver.url_for("/hook"))
    now = datetime.now(UTC)

    became = [
        await deliver_due(database, TELLER, lambda m=m: now + timedelta(minutes=m))
        for m in (0, 0, 1, 2, 3)
    ]

    assert [one["delayed"] for one in became] == [1, 0, 1, 0, 0]
    assert [one["delivered"] for one in became] == [0, 0, 0, 1, 0]
    assert (await notice_of(database, notice)).attempts == 3


async def test_a_notice_is_told_by_one_of_those_who_try(
    database: Database, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data()
    for _ in range(10):
        await noticed(database, httpserver.url_for("/hook"))

    became = await asyncio.gather(*(deliver_due(database, TELLER) for _ in range(3)))

    assert sum(one["delivered"] for one in became) == 10
    assert len(httpserver.log) == 10


@pytest.mark.parametrize(("status", "days"), [(410, 0), (500, 3)])
async def test_a_receiver_who_is_gone_is_left_in_peace(
    database: Database, httpserver: HTTPServer, status: int, days: int
) -> None:
    httpserver.expect_request("/hook").respond_with_data(status=status)
    _, notice = await noticed(database, httpserver.url_for("/hook"))
    later = datetime.now(UTC) + timedelta(days=days)

    became = await deliver_due(database, TELLER, lambda: later)

    assert became["given up"] == 1
    assert (await notice_of(database, notice)).error == f"answered {status}"


async def test_a_private_address_is_never_told(database: Database, httpserver: HTTPServer) -> None:
    _, notice = await noticed(database, httpserver.url_for("/hook"))

    became = await deliver_due(database, Teller(SECRETS))

    assert (became["delayed"], httpserver.log) == (1, [])
    assert "not public" in ((await notice_of(database, notice)).error or "")


async def test_a_notice_that_was_given_up_is_told_once_more_when_that_is_asked(
    database: Database, httpserver: HTTPServer
) -> None:
    httpserver.expect_ordered_request("/hook").respond_with_data(status=410)
    httpserver.expect_ordered_request("/hook").respond_with_data()
    _user, notice = await noticed(database, httpserver.url_for("/hook"))
    await deliver_due(database, TELLER)
    async with database.read() as session:
        (given_up,) = await session.scalars(listings.notices())

    async with database.begin() as session:
        await notify.again(session, notice, datetime.now(UTC))
    became = await deliver_due(database, TELLER)
    async with database.begin() as session:
        await notify.again(session, notice, datetime.now(UTC))
        with pytest.raises(NotFound):
            await notify.again(session, "0" * 26, datetime.now(UTC))

    assert given_up.id == notice
    assert became == {"delivered": 1, "delayed": 0, "given up": 0}
    assert await deliver_due(database, TELLER) == {"delivered": 0, "delayed": 0, "given up": 0}
