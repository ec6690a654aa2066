"""Money that goes back: through the provider, once, with the credit that it had bought."""

from typing import Any

import pytest
from ordering import NOON, balance, somebody
from sqlalchemy import select
from stripes import Account

from oriel.service import plans
from oriel.service.db import Database
from oriel.service.models import Audit, Mail, Payment
from oriel.service.payments import PaymentsFailed, PaymentsOff, events, off, refunds
from oriel.service.payments.purchases import Shop, begin, look
from oriel.service.payments.refunds import NotRefundable

SITE = "https://oriel.example"


async def bought(database: Database, shop: Shop, account: Account) -> Payment:
    """A payment that was paid, and whose credit was granted."""
    user = await somebody(database, free=0)
    payment = await begin(database, shop, user, "premium", NOON)
    account.pay(payment.session)
    return await look(database, shop, payment.id, NOON)


async def refund(database: Database, shop: Shop, payment: Payment) -> str:
    return await refunds.refund(
        database, shop, payment.id, by=payment.user_id, reason="a lost video", now=NOON
    )


async def test_a_refund_goes_through_the_provider_and_takes_the_credit(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)
    before = await balance(database, payment.user_id, "premium")

    status = await refund(database, shop, payment)

    asked = [(path, about, key) for path, about, key in account.asked if "refunds" in path]
    about = {"payment_intent": payment.intent, "reason": "requested_by_customer"}
    assert asked == [("/v1/refunds", about, f"oriel-refund-{payment.id}")]
    assert (status, before) == ("refunded", 1)
    assert await balance(database, payment.user_id, "premium") == 0
    async with database.read() as session:
        deed = (await session.scalars(select(Audit))).one()
        letter = (await session.scalars(select(Mail).where(Mail.letter == "refund"))).one()
    assert (deed.action, deed.details["reason"]) == ("payment.refund", "a lost video")
    assert (letter.words["receipt"], letter.words["taken"]) == (payment.receipt, True)


async def test_a_second_refund_asks_for_no_money(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)
    await refund(database, shop, payment)

    with pytest.raises(NotRefundable, match="refunded already"):
        await refund(database, shop, payment)

    assert sum("refunds" in path for path, *_ in account.asked) == 1


async def test_what_was_never_paid_is_not_refunded(
    database: Database, shop: Shop, account: Account
) -> None:
    user = await somebody(database, free=0)
    payment = await begin(database, shop, user, "premium", NOON)

    with pytest.raises(NotRefundable, match="it is created"):
        await refund(database, shop, payment)


async def test_a_refund_that_the_provider_refuses_changes_nothing_here(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)
    account.down = 1

    with pytest.raises(PaymentsFailed, match="not now"):
        await refund(database, shop, payment)

    async with database.read() as session:
        assert (await session.get_one(Payment, payment.id)).status == "paid"


async def test_a_refund_that_failed_is_made_anew_under_another_key(
    database: Database, shop: Shop, account: Account
) -> None:
    """Under the first one, Stripe would only say once more what it said then."""
    payment = await bought(database, shop, account)
    await refund(database, shop, payment)
    stands = account.payments[str(payment.session)]
    stands.refunded, stands.failed_refunds = False, 1
    told = stands.event("refund.failed", "evt_failed")
    await events.store(database, events.Event("evt_failed", told["type"], told), NOON)
    await events.handle(database, shop, "evt_failed", NOON)
    between = await balance(database, payment.user_id, "premium")

    status = await refund(database, shop, payment)

    keys = [key for path, _, key in account.asked if "refunds" in path]
    assert keys == [f"oriel-refund-{payment.id}", f"oriel-refund-{payment.id}-1"]
    assert (between, status, stands.refunded) == (1, "refunded", True)
    assert await balance(database, payment.user_id, "premium") == 0


async def test_a_refund_that_fails_at_once_takes_nothing(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)
    account.bouncing = True

    with pytest.raises(PaymentsFailed, match="could not return the money"):
        await refund(database, shop, payment)

    assert await balance(database, payment.user_id, "premium") == 1


async def test_a_refund_that_was_made_by_hand_is_taken_over(
    database: Database, shop: Shop, account: Account
) -> None:
    """Or by another administrator, a moment ago."""
    payment = await bought(database, shop, account)
    account.payments[str(payment.session)].refunded = True  # and we were not told

    assert await refund(database, shop, payment) == "refunded"
    assert await balance(database, payment.user_id, "premium") == 0


async def test_another_shop_s_payment_is_refunded_there(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)

    with pytest.raises(NotRefundable, match="through stripe"):
        await refund(database, Shop(off.Off(), plans.PLANS, SITE), payment)
    with pytest.raises(PaymentsOff):
        await off.Off().refund(None)  # type: ignore[arg-type]


async def test_simulated_payments_are_refunded_without_money(database: Database) -> None:
    simulated = off.Simulated(url=SITE, secrets=(b"secret",))
    shop = Shop(simulated, plans.PLANS, SITE)
    user = await somebody(database, free=0)
    payment = await begin(database, shop, user, "personal", NOON)
    body, headers = simulated.webhook(str(payment.session))
    await events.receive(database, shop, body, headers, NOON)

    assert await refund(database, shop, payment) == "refunded"
    assert await balance(database, user.id, "personal") == 0


async def test_an_event_that_is_replayed_grants_nothing_twice(
    database: Database, shop: Shop, account: Account
) -> None:
    payment = await bought(database, shop, account)
    told: dict[str, Any] = account.payments[str(payment.session)].event(
        "checkout.session.completed", "evt_1"
    )
    assert await events.store(database, events.Event("evt_1", told["type"], told), NOON)
    await events.handle(database, shop, "evt_1", NOON)

    outcome = await events.replay(database, shop, "evt_1", NOON)
    account.down = 1
    waiting = await events.replay(database, shop, "evt_1", NOON)

    assert (outcome, waiting) == ("paid", "waiting")
    assert await balance(database, payment.user_id, "premium") == 1
    assert await events.handle_waiting(database, shop, NOON) == {"paid": 1}
