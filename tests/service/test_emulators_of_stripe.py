"""Purchases and webhooks at emulators of Stripe that nobody here wrote."""

import asyncio
import json
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import stripe_words
import stripes
from aiohttp import web
from shopping import NOW, balance, buyer, paid_unheard, receipts, shop_of
from sqlalchemy import select

from oriel.service.db import Database
from oriel.service.models import PaymentEvent
from oriel.service.payments import About, events
from oriel.service.payments.purchases import Shop, begin

Heard = asyncio.Queue[tuple[bytes, dict[str, str]]]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Heard]]:
    """A URL for webhooks, and what comes there."""
    heard: Heard = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        await heard.put((await request.read(), dict(request.headers)))
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook", heard
    await runner.cleanup()


async def test_a_purchase_at_an_emulator_of_stripe(database: Database, tmp_path: Path) -> None:
    """Checkout Session, its page and its signed webhook, by an emulator that is not ours."""
    user = await buyer(database)

    async with listening() as (url, heard):
        with stripes.emulated(tmp_path, url) as address:
            shop = shop_of(f"stripe:{address}")
            begun = await begin(database, shop, user, "personal", NOW)
            page = await asyncio.to_thread(_fetched, begun.url or "")
            await asyncio.to_thread(_fetched, f"{begun.url}/complete", {"email": user.email})
            outcomes = []
            while "paid" not in outcomes:
                told_of = await asyncio.wait_for(heard.get(), 60)
                outcomes.append(await events.receive(database, shop, *told_of, NOW))
            state = await shop.payments.read(About(session=begun.session))

    assert b"$2.99" in page
    assert b"Oriel Personal: one video" in page
    assert state is not None
    assert (state.payment, state.status) == (begun.id, "paid")
    assert await balance(database, user) == 1


async def test_webhooks_of_another_emulator_are_believed_and_stored_once(
    database: Database, tmp_path: Path
) -> None:
    async with listening() as (url, heard):
        with stripes.localstripe(tmp_path, url) as address:
            request = urllib.request.Request(f"{address}/v1/customers", b"email=a%40example.com")
            request.add_header("Authorization", "Bearer sk_test_1")
            (await asyncio.to_thread(urllib.request.urlopen, request, timeout=60)).close()
            body, headers = await asyncio.wait_for(heard.get(), 60)
        shop = shop_of(f"stripe:{address}")

        outcomes = [await events.receive(database, shop, body, headers, NOW) for _ in range(3)]

    assert outcomes == ["nothing of ours"] * 3
    async with database.read() as session:
        (stored,) = await session.scalars(select(PaymentEvent))
    assert (stored.id, stored.type) == (json.loads(body)["id"], "customer.created")


async def test_who_dies_between_storing_and_handling_is_followed_by_another(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await paid_unheard(database, shop, account, user)
    body = json.dumps(paid.event("checkout.session.completed")).encode()
    headers = stripe_words.signed(body)

    await events.store(database, shop.payments.verify(body, headers), NOW)
    became = await events.handle_waiting(database, shop, NOW)
    again = await events.receive(database, shop, body, headers, NOW)

    assert (became, again) == ({"paid": 1}, "paid")
    assert await balance(database, user) == 1
    assert len(await receipts(database)) == 1


class _Stay(urllib.request.HTTPRedirectHandler):
    """The page after paying is not there in this test."""

    http_error_302 = http_error_303 = lambda self, request, answer, *_: answer


def _fetched(url: str, form: dict[str, str] | None = None) -> bytes:
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.build_opener(_Stay).open(url, data, timeout=60) as answer:
        content: bytes = answer.read()
        return content
