"""What an order's form asks to be told is told by a worker, signed as its owner can check."""

import asyncio
import hmac
import json
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import pytest
from apis import a_song, served
from databases import on_sqlite
from pytest_httpserver import HTTPServer
from working import PATIENCE_SECONDS, Works

from oriel.service import notify
from oriel.service.outside import Outside


async def _here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@on_sqlite
async def test_a_form_s_address_is_told_of_the_end_signed_by_its_owner_s_secret(
    workplace: Works, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback = Outside(lambda address: address.is_loopback, _here)
    monkeypatch.setattr(notify, "Teller", partial(notify.Teller, outside=loopback))
    httpserver.expect_request("/hook", method="POST").respond_with_data()
    port = urlsplit(httpserver.url_for("/")).port

    async with served(workplace.settings) as stranger, workplace.at_work():
        somebody = await stranger.registered()
        secret = (await somebody.get("/api/user/notify-secret")).json["secret"]
        order = await somebody.order(
            a_song(1), size="160x90", fps="10", notify_url=f"http://my.example.org:{port}/hook"
        )
        assert order.status == 202, order.body
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not httpserver.log:
                await asyncio.sleep(0.05)
        status = (await somebody.get(f"/api/jobs/{order.json['id']}/status")).json

    ((request, _),) = httpserver.log
    body = request.get_data()
    moment, signature = request.headers["Oriel-Signature"].split(",")
    signed = moment.removeprefix("t=").encode() + b"." + body
    assert signature == f"v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
    told = json.loads(body)
    assert (told["id"], told["status"]) == (order.json["id"], "done")
    assert told == status
