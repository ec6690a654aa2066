"""Refunds and disputes take the credit that was bought, once, and give it back where they are won."""

import stripes
from shopping import NOW, balance, bought, buyer, paid_unheard, payment, told
from sqlalchemy import select

from oriel.service import credits
from oriel.service.db import Database
from oriel.service.models import Mail, User
from oriel.service.payments.check import check
from oriel.service.payments.purchases import Shop


async def bought_and_spent(
    database: Database, shop: Shop, account: stripes.Account
) -> tuple[User, stripes.Paid]:
    """Somebody whose credit went into a render, and what they paid for it."""
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)
    async with database.begin() as session:
        await credits.spend(session, user.id, "personal", source="render:1:spend")
    return user, paid


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
    user, paid = await bought_and_spent(database, shop, account)

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
    user, paid = await bought_and_spent(database, shop, account)

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
    async with database.read() as session:
        entries = await credits.entries(session, user.id)
    assert sorted(one.amount for one in entries if one.tier == "personal") == [-1, 1]


async def test_a_refund_that_fails_gives_the_credit_back_until_another_is_made(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    """Each is told twice, and the first once more when it is long over."""
    user = await buyer(database)
    begun, paid = await bought(database, shop, account, user)

    found = []
    for kind, refunded, failed in (
        ("charge.refunded", True, 0),
        ("refund.failed", False, 1),
        ("charge.refunded", True, 0),  # read before it failed, and handled after
        ("refund.created", True, 1),
        ("refund.failed", False, 2),
        ("refund.updated", True, 1),
    ):
        paid.refunded, paid.failed_refunds = refunded, failed
        for n in range(2):
            outcome = await told(database, shop, kind, paid, f"evt_{len(found)}_{n}")
        found.append((outcome, await balance(database, user)))

    there, back = ("refunded", 0), ("paid", 1)
    assert found == [there, back, back, there, back, back]
    assert (await payment(database, begun.id)).refunded_at is None
    async with database.read() as session:
        letters = list(await session.scalars(select(Mail).order_by(Mail.id)))
    about = f"payment:{begun.id}:"
    assert [one.source.removeprefix(about) for one in letters] == [
        *("receipt", "refund", "refund-failed:1", "refund:1", "refund-failed:2"),
    ]
    assert [one.words.get("returned") for one in letters] == [None, None, True, None, True]


async def test_a_refund_that_failed_unheard_is_found_at_night(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    """Of a credit that is spent: it stays with whoever spent it, also when it comes back."""
    user, paid = await bought_and_spent(database, shop, account)
    paid.refunded = True
    await told(database, shop, "charge.refunded", paid)

    paid.refunded, paid.failed_refunds = False, 1
    reports = [await check(database, shop, NOW) for _ in range(2)]
    async with database.begin() as session:
        await credits.give_back(session, spent="render:1:spend", source="render:1:return")

    async with database.read() as session:
        wrote = select(Mail).where(Mail.letter == "refund_failed")
        letter = (await session.scalars(wrote)).one()
    assert letter.words["returned"] is False
    differences = [[(one.ours, one.mended) for one in each.differences] for each in reports]
    assert differences == [[("refunded", "paid")], []]
    assert await balance(database, user) == 1


async def test_what_a_refund_took_no_dispute_takes_again(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    """Unless the refund fails: then it is the dispute that has the credit."""
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)
    await bought(database, shop, account, user)

    balances = []
    for kind, change in (
        ("charge.refunded", {"refunded": True}),
        ("charge.dispute.created", {"dispute": "needs_response"}),
        ("refund.failed", {"refunded": False, "failed_refunds": 1}),
        ("charge.dispute.closed", {"dispute": "won"}),
    ):
        vars(paid).update(change)
        outcome = await told(database, shop, kind, paid)
        balances.append((outcome, await balance(database, user)))

    assert balances == [("refunded", 1), ("refunded", 1), ("disputed", 1), ("paid", 2)]


async def test_what_a_dispute_took_no_refund_takes_again(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)
    await bought(database, shop, account, user)

    balances = []
    for kind, change in (
        ("charge.dispute.created", {"dispute": "needs_response"}),
        ("charge.refunded", {"refunded": True}),
        ("charge.dispute.closed", {"dispute": "won"}),
    ):
        vars(paid).update(change)
        outcome = await told(database, shop, kind, paid)
        balances.append((outcome, await balance(database, user)))

    assert balances == [("disputed", 1), ("refunded", 1), ("refunded", 1)]


async def test_a_dispute_that_was_read_while_it_was_open_takes_nothing_once_it_is_won(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)

    found = []
    for stand in ("won", "under_review"):  # read before, and handled after
        paid.dispute = stand
        outcome = await told(database, shop, "charge.dispute.updated", paid, f"evt_{stand}")
        found.append((outcome, await balance(database, user)))

    assert found == [("paid", 1)] * 2


async def test_a_refund_that_failed_before_it_was_told_is_told_to_nobody(
    database: Database, shop: Shop, account: stripes.Account
) -> None:
    user = await buyer(database)
    _, paid = await bought(database, shop, account, user)

    paid.failed_refunds = 1
    outcome = await told(database, shop, "refund.failed", paid)

    assert (outcome, await balance(database, user)) == ("paid", 1)
    async with database.read() as session:
        assert list(await session.scalars(select(Mail.letter))) == ["receipt"]
