"""What Stripe tells is believed where it is signed, and asked again where it is late or lost."""

import json
import time
from datetime import timedelta

import pytest
import stripe_words
import stripes
from databases import on_sqlite
from shopping import NOW, balance, bought, buyer, paid_unheard, told
from sqlalchemy import select, text

from oriel.service.db import Database
from oriel.service.models import Payment, PaymentEvent, User
from oriel.service.payments import BadSignature, Event, PaymentsFailed, events
from oriel.service.payments.check import Difference, check, nightly
from oriel.service.payments.purchases import Shop, begin


async def test_another_price_than_ours_buys_nothing(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await paid_unheard(database, shop, account, user, "premium")
    paid.amount = 1

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
    _, paid = await paid_unheard(database, shop, account, user)

    account.down = 2
    first = await told(database, shop, "checkout.session.completed", paid)
    second = await events.handle_waiting(database, shop, NOW)
    third = await events.handle_waiting(database, shop, NOW)

    assert (first, second, third) == ("waiting", {"waiting": 1}, {"paid": 1})
    assert await events.handle_waiting(database, shop, NOW) == {}
    assert await balance(database, user) == 1


async def refuse_credits(database: Database, user: User) -> None:
    """Have the database be broken for one buyer, as by a fault that nobody foresaw."""
    async with database.begin() as session:
        await session.execute(
            text(
                f"CREATE TRIGGER broken BEFORE INSERT ON credits WHEN NEW.user_id = '{user.id}'"
                " BEGIN SELECT RAISE(ABORT, 'nobody foresaw this'); END"
            )
        )


async def mend(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(text("DROP TRIGGER broken"))


@on_sqlite
async def test_an_event_that_fails_in_a_way_that_nobody_foresaw_keeps_none_waiting(
    database: Database,
    shop: Shop,
    account: stripes.Account,
    caplog: pytest.LogCaptureFixture,
) -> None:
    unlucky, behind = await buyer(database), await buyer(database)
    for number, user in enumerate((unlucky, behind)):
        _, paid = await paid_unheard(database, shop, account, user)
        body = paid.event("checkout.session.completed", f"evt_{number}")
        event = Event(body["id"], body["type"], body)
        await events.store(database, event, NOW + timedelta(seconds=number))
    await refuse_credits(database, unlucky)

    first = await events.handle_waiting(database, shop, NOW, limit=1)
    both = await events.handle_waiting(database, shop, NOW)
    async with database.read() as session:
        waiting = await session.get_one(PaymentEvent, "evt_0")
    await mend(database)
    last = await events.handle_waiting(database, shop, NOW)

    assert (first, both, last) == ({"waiting": 1}, {"paid": 1, "waiting": 1}, {"paid": 1})
    assert waiting.attempts == 2
    assert "nobody foresaw this" in waiting.outcome
    assert "nobody foresaw this" in caplog.text, "with where it happened"
    assert [await balance(database, user) for user in (unlucky, behind)] == [1, 1]


@on_sqlite
async def test_a_payment_that_cannot_be_settled_keeps_none_from_being_compared(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    early, buyers = NOW - timedelta(hours=2), [await buyer(database) for _ in range(3)]
    for user in buyers:
        account.pay((await begin(database, shop, user, "personal", early)).session)
    await refuse_credits(database, buyers[1])

    report = await check(database, shop, NOW)

    assert report.compared == 3
    assert [await balance(database, user) for user in buyers] == [1, 0, 1]


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
    account.pay(unheard.session)
    account.events = [account.pay(missed.session).event("checkout.session.completed")]
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


async def test_the_nightly_check_is_done_once_a_day_and_again_while_it_fails(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user, early = await buyer(database), NOW - timedelta(hours=2)
    account.pay((await begin(database, shop, user, "personal", early)).session)

    account.down = 1
    with pytest.raises(PaymentsFailed):
        await nightly(database, shop, NOW)
    reports = [await nightly(database, shop, NOW) for _ in range(2)]
    tomorrow = await nightly(database, shop, NOW + timedelta(days=1))

    assert [report and len(report.differences) for report in reports] == [1, None]
    assert tomorrow is not None
    assert await balance(database, user) == 1


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
