"""Purchases, from the page to pay on to the credit and the receipt."""

from typing import Any

import pytest
import stripes
from shopping import NOW, SITE, balance, bought, buyer, payment, receipts, shop_of, told
from sqlalchemy import select

from oriel.service.db import Database
from oriel.service.errors import BadFields
from oriel.service.models import Payment
from oriel.service.payments import BadSignature, PaymentsFailed, PaymentsOff, events
from oriel.service.payments.check import check
from oriel.service.payments.off import Simulated
from oriel.service.payments.purchases import Shop, begin, look


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

    before = await look(database, shop, begun.id, NOW)
    paid = account.pay(begun.session)
    after = await look(database, shop, begun.id, NOW)
    await told(database, shop, "checkout.session.completed", paid)

    assert (before.status, after.status) == ("created", "paid")
    assert await balance(database, user) == 1
    assert len(await receipts(database)) == 1
