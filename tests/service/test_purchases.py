"""Purchases, from the page to pay on to the credit, the receipt, and back."""

import asyncio
import json
import time
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe_words
import stripes
from aiohttp import web
from people import somebody
from sqlalchemy import select

from oriel.service import credits, payments, plans
from oriel.service.db import Database
from oriel.service.errors import BadFields
from oriel.service.models import Mail, Payment, PaymentEvent, User
from oriel.service.payments import About, BadSignature, PaymentsFailed, PaymentsOff, events
from oriel.service.payments.check import Difference, check
from oriel.service.payments.off import Simulated
from oriel.service.payments.purchases import Shop, begin, look
from oriel.service.settings import Settings

SITE = "https://oriel.example"
NOW = datetime.now(UTC)


def shop_of(provider: str) -> Shop:
    settings = Settings(
        payments=provider,
        stripe_key="sk_test_of_these_tests",
        stripe_webhook_secret=f"whsec_the_next_one, {stripe_words.SECRET}",
        public_url=SITE,
        secret_keys=("x" * 32,),
    )
    return Shop(payments.of(settings), plans.PLANS, SITE)


async def buyer(database: Database) -> User:
    identifier = await somebody(database, name="Ada")
    async with database.read() as session:
        user = await session.get(User, identifier)
    assert user is not None
    return user


async def balance(database: Database, user: User, tier: str = "personal") -> int:
    async with database.read() as session:
        return await credits.balance(session, user.id, tier)


async def payment(database: Database, identifier: str) -> Payment:
    async with database.read() as session:
        found = await session.get(Payment, identifier)
    assert found is not None
    return found


async def receipts(database: Database) -> list[Mail]:
    async with database.read() as session:
        return list(await session.scalars(select(Mail).where(Mail.letter == "receipt")))


async def told(
    database: Database, shop: Shop, kind: str, paid: stripes.Paid, identifier: str = ""
) -> str:
    """A webhook of Stripe's about a payment; what came of it."""
    body = json.dumps(paid.event(kind, identifier)).encode()
    return await events.receive(database, shop, body, stripe_words.signed(body), NOW)


@pytest.fixture
def account() -> stripes.Account:
    return stripes.Account()


@pytest.fixture
def shop(account: stripes.Account) -> Iterator[Shop]:
    """A shop whose Stripe is ours."""
    with stripes.ours(account) as address:
        yield shop_of(f"stripe:{address}")


async def bought(
    database: Database, shop: Shop, account: stripes.Account, user: User
) -> tuple[Payment, stripes.Paid]:
    """A payment that was paid, and that Stripe told of."""
    begun = await begin(database, shop, user, "personal", NOW)
    paid = account.payments[f"cs_test_{begun.id}"]
    paid.status, paid.payment_status = "complete", "paid"
    assert await told(database, shop, "checkout.session.completed", paid) == "paid"
    return begun, paid


async def test_nothing_is_sold_where_payments_are_off(database: Database) -> None:
    user = await buyer(database)

    with pytest.raises(PaymentsOff, match="switched off"):
        await begin(database, shop_of("off:"), user, "personal", NOW)

    with pytest.raises(BadSignature):
        await events.receive(database, shop_of("off:"), b"{}", {}, NOW)
    assert (await check(database, shop_of("off:"), NOW)).compared == 0


async def test_a_simulated_purchase_is_one_but_for_the_money(database: Database) -> None:
    user, shop = await buyer(database), shop_of("off:simulated")
    provider = shop.payments
    assert isinstance(provider, Simulated)

    begun = await begin(database, shop, user, "commercial", NOW)
    assert begun.session is not None
    body, headers = provider.webhook(begun.session)
    outcomes = [await events.receive(database, shop, body, headers, NOW) for _ in range(3)]

    assert begun.url == f"{SITE}/api/payments/simulated/{begun.session}"
    assert outcomes == ["paid"] * 3
    assert await balance(database, user, "commercial") == 1
    (receipt,) = await receipts(database)
    assert receipt.words["simulated"] is True
    assert receipt.words["licence"] == "Commercial licence"


@pytest.mark.parametrize(
    ("done", "left"), [("expired", 0), ("refunded", 0), ("disputed", 0), ("won", 1)]
)
async def test_what_else_can_be_simulated(database: Database, done: Any, left: int) -> None:
    user, shop = await buyer(database), shop_of("off:simulated")
    provider = shop.payments
    assert isinstance(provider, Simulated)
    begun = await begin(database, shop, user, "personal", NOW)
    assert begun.session is not None

    for each in ("paid", "disputed", done) if done != "expired" else (done,):
        body, headers = provider.webhook(begun.session, each)
        await events.receive(database, shop, body, headers, NOW)

    assert await balance(database, user) == left


async def test_a_key_whose_payment_expired_begins_another(database: Database) -> None:
    user, shop = await buyer(database), shop_of("off:simulated")
    provider = shop.payments
    assert isinstance(provider, Simulated)
    begun = await begin(database, shop, user, "personal", NOW, idempotency_key="once")
    assert begun.session is not None
    body, headers = provider.webhook(begun.session, "expired")

    same = await begin(database, shop, user, "personal", NOW, idempotency_key="once")
    await events.receive(database, shop, body, headers, NOW)
    another = await begin(database, shop, user, "personal", NOW, idempotency_key="once")

    assert same.id == begun.id
    assert another.id != begun.id
    assert (another.status, another.url is None) == ("created", False)


async def test_nobody_else_can_simulate(database: Database) -> None:
    shop = shop_of("off:simulated")
    provider = shop.payments
    assert isinstance(provider, Simulated)
    body, headers = provider.webhook("simulated_X")

    with pytest.raises(BadSignature):
        await events.receive(database, shop, body.replace(b"X", b"Y"), headers, NOW)
    with pytest.raises(BadSignature):
        await events.receive(database, shop, body, {}, NOW)


@pytest.mark.parametrize("tier", ["free", "golden", ""])
async def test_only_what_has_a_price_is_sold(database: Database, shop: Shop, tier: str) -> None:
    with pytest.raises(BadFields, match="must be one of personal, commercial, premium"):
        await begin(database, shop, await buyer(database), tier, NOW)


async def test_stripe_is_asked_as_its_schema_says(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)

    begun = await begin(database, shop, user, "personal", NOW)
    again = await begin(database, shop, user, "personal", NOW)

    assert (begun.status, begun.url) == (
        "created",
        account.payments[begun.session or ""].as_session()["url"],
    )
    paths = [path for path, _, _ in account.asked]
    assert paths == ["/v1/products", "/v1/prices", *["/v1/checkout/sessions"] * 2]
    price, session, other = (asked for _, asked, _ in account.asked[1:])
    assert (price["unit_amount"], price["currency"]) == (299, "usd")
    assert session["metadata"] == {"payment": begun.id, "tier": "personal"}
    assert session["payment_intent_data"]["metadata"]["payment"] == begun.id
    assert session["success_url"] == f"{SITE}/payments/{begun.id}"
    assert account.asked[2][2] == f"oriel-session-{begun.id}"
    assert other["metadata"]["payment"] == again.id != begun.id


async def test_a_stripe_out_of_reach_is_no_purchase(database: Database) -> None:
    user = await buyer(database)

    with pytest.raises(PaymentsFailed, match="Stripe did not do it"):
        await begin(database, shop_of("stripe:http://127.0.0.1:9"), user, "personal", NOW)

    async with database.read() as session:
        (begun,) = await session.scalars(select(Payment))
    assert begun.status == "failed"


async def test_a_payment_brings_a_credit_a_receipt_and_a_licence(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)

    begun, paid = await bought(database, shop, account, user)

    assert await balance(database, user) == 1
    now = await payment(database, begun.id)
    assert (now.status, now.intent, now.licence) == ("paid", paid.intent, "personal")
    (receipt,) = await receipts(database)
    assert receipt.to == user.email
    assert receipt.words["receipt"] == now.receipt
    assert receipt.words["amount_cents"] == 299


async def test_the_page_after_paying_needs_no_webhook(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    begun = await begin(database, shop, user, "personal", NOW)
    paid = account.payments[begun.session or ""]

    before = await look(database, shop, begun.id, NOW)
    paid.status, paid.payment_status = "complete", "paid"
    after = await look(database, shop, begun.id, NOW)
    await told(database, shop, "checkout.session.completed", paid)

    assert (before.status, after.status) == ("created", "paid")
    assert await balance(database, user) == 1
    assert len(await receipts(database)) == 1


async def test_a_refund_takes_the_unused_credit(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    begun, paid = await bought(database, shop, account, user)

    paid.refunded = True
    outcome = await told(database, shop, "charge.refunded", paid)

    assert (outcome, await balance(database, user)) == ("refunded", 0)
    assert (await payment(database, begun.id)).refunded_at == NOW


async def test_a_refund_of_a_used_credit_takes_nothing_else(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)
    async with database.begin() as session:
        await credits.spend(session, user.id, "personal", source="render:1:spend")

    paid.refunded = True
    await told(database, shop, "refund.created", paid)
    await bought(database, shop, account, user)
    await told(database, shop, "charge.refunded", paid)

    assert await balance(database, user) == 1


async def test_a_part_of_the_money_back_takes_no_credit(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)

    outcome = await told(database, shop, "refund.created", paid)

    assert (outcome, await balance(database, user)) == ("paid", 1)


async def test_a_dispute_takes_the_credit_until_it_is_won(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)

    balances = []
    for kind, stand in (
        ("created", "needs_response"),
        ("updated", "under_review"),
        ("closed", "won"),
    ):
        paid.dispute = stand
        await told(database, shop, f"charge.dispute.{kind}", paid)
        balances.append(await balance(database, user))
    await told(database, shop, "charge.dispute.created", paid, "evt_late")

    assert balances == [0, 0, 1]
    assert await balance(database, user) == 1


async def test_a_dispute_won_leaves_a_credit_that_comes_back_late(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)
    async with database.begin() as session:
        await credits.spend(session, user.id, "personal", source="render:1:spend")

    for kind, stand in (("created", "needs_response"), ("closed", "won")):
        paid.dispute = stand
        await told(database, shop, f"charge.dispute.{kind}", paid)
    async with database.begin() as session:
        await credits.give_back(session, spent="render:1:spend", source="render:1:return")

    assert await balance(database, user) == 1


async def test_a_refund_before_its_purchase_was_told_counts_once(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    begun = await begin(database, shop, user, "personal", NOW)
    paid = account.payments[begun.session or ""]
    paid.status, paid.payment_status, paid.refunded = "complete", "paid", True

    first = await told(database, shop, "refund.created", paid)
    second = await told(database, shop, "checkout.session.completed", paid)

    assert (first, second) == ("refunded", "refunded")
    assert await balance(database, user) == 0


async def test_another_price_than_ours_buys_nothing(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    begun = await begin(database, shop, user, "premium", NOW)
    paid = account.payments[begun.session or ""]
    paid.status, paid.payment_status, paid.amount = "complete", "paid", 1

    outcome = await told(database, shop, "checkout.session.completed", paid)

    assert outcome == "paid 1, but 1999 was asked"
    assert await balance(database, user, "premium") == 0


async def test_what_is_not_ours_is_noted_and_left(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    strange = account.add(stripes.Paid("01K_OF_ANOTHER_SHOP", 500, "paid", "complete"))

    assert await told(database, shop, "checkout.session.completed", strange) == "not ours"
    assert (
        await told(database, shop, "charge.refunded", stripes.Paid("UNHEARD_OF", 5)) == "not ours"
    )
    body = json.dumps({"id": "evt_x", "type": "payout.paid", "data": {"object": {}}}).encode()
    outcome = await events.receive(database, shop, body, stripe_words.signed(body), NOW)
    assert outcome == "nothing of ours"


async def test_an_event_waits_while_stripe_cannot_be_asked(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    begun = await begin(database, shop, user, "personal", NOW)
    paid = account.payments[begun.session or ""]
    paid.status, paid.payment_status = "complete", "paid"

    account.down = 2
    first = await told(database, shop, "checkout.session.completed", paid)
    second = await events.handle_waiting(database, shop, NOW)
    third = await events.handle_waiting(database, shop, NOW)

    assert (first, second, third) == ("waiting", {"waiting": 1}, {"paid": 1})
    assert await events.handle_waiting(database, shop, NOW) == {}
    assert await balance(database, user) == 1


@pytest.mark.parametrize("forgery", ["unsigned", "secret", "body", "old", "scheme", "garbage"])
async def test_a_forged_webhook_is_not_even_stored(
    database: Database, shop: Shop, forgery: str
) -> None:
    body = json.dumps(stripes.Paid("P", 299).event("charge.refunded")).encode()
    headers = stripe_words.signed(body)
    forged = {
        "unsigned": (body, {}),
        "secret": (body, stripe_words.signed(body, "whsec_guessed")),
        "body": (body.replace(b"299", b"000") + b" ", headers),
        "old": (body, stripe_words.signed(body, at=time.time() - 301)),
        "scheme": (body, {"Stripe-Signature": headers["Stripe-Signature"].replace("v1=", "v0=")}),
        "garbage": (b"\xff\xfe", {"Stripe-Signature": "t=,v1="}),
    }[forgery]

    with pytest.raises(BadSignature):
        await events.receive(database, shop, *forged, NOW)

    async with database.read() as session:
        assert list(await session.scalars(select(PaymentEvent))) == []


async def test_the_nightly_check_finds_and_mends_what_differs(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    early = NOW - timedelta(hours=2)
    unheard = await begin(database, shop, user, "personal", early)
    missed = await begin(database, shop, user, "personal", early)
    lost = await begin(database, shop, user, "personal", early)
    await bought(database, shop, account, user)
    for one in (unheard, missed):
        paid = account.payments[one.session or ""]
        paid.status, paid.payment_status = "complete", "paid"
    account.events = [account.payments[missed.session or ""].event("checkout.session.completed")]
    del account.payments[lost.session or ""]
    strange = account.add(stripes.Paid("UNHEARD_OF", 299, "paid", "complete"))

    report = await check(database, shop, NOW)
    again = await check(database, shop, NOW)

    assert (report.missed, report.compared) == (1, 4)
    assert set(report.differences) == {
        Difference(unheard.id, "created", "paid", "paid"),
        Difference(lost.id, "created", "unknown", "created"),
        Difference(strange.payment, "unknown", "paid", "not ours"),
    }
    assert {one.payment for one in again.differences} == {lost.id, strange.payment}
    assert await balance(database, user) == 3


async def test_a_purchase_that_died_before_its_page_has_failed(
    database: Database, shop: Shop
) -> None:
    user = await buyer(database)
    about = {"user_id": user.id, "tier": "personal", "amount_cents": 299, "currency": "usd"}
    async with database.begin() as session:
        for hours in (0, 2):
            begun = NOW - timedelta(hours=hours)
            session.add(Payment(provider="stripe", status="created", created_at=begun, **about))

    await check(database, shop, NOW)

    async with database.read() as session:
        statuses = list(await session.scalars(select(Payment.status).order_by(Payment.created_at)))
    assert statuses == ["failed", "created"]


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
                told_of = await asyncio.wait_for(heard.get(), 10)
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
            (await asyncio.to_thread(urllib.request.urlopen, request, timeout=5)).close()
            body, headers = await asyncio.wait_for(heard.get(), 10)
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
    begun = await begin(database, shop, user, "personal", NOW)
    paid = account.payments[begun.session or ""]
    paid.status, paid.payment_status = "complete", "paid"
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
    with urllib.request.build_opener(_Stay).open(url, data, timeout=10) as answer:
        content: bytes = answer.read()
        return content
