"""Refunds and disputes take the credit that was bought, once, and give it back where they are won."""

import stripes
from shopping import NOW, balance, bought, buyer, paid_unheard, payment, told
from sqlalchemy import select

from oriel.service import credits
from oriel.service.db import Database
from oriel.service.models import Mail
from oriel.service.payments.purchases import Shop


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
    async with database.read() as session:
        letter = (await session.scalars(select(Mail).where(Mail.letter == "refund"))).one()
    assert letter.words["taken"] is False


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
    _, paid = await paid_unheard(database, shop, account, user)
    paid.refunded = True

    first = await told(database, shop, "refund.created", paid)
    second = await told(database, shop, "checkout.session.completed", paid)

    assert (first, second) == ("refunded", "refunded")
    assert await balance(database, user) == 0
