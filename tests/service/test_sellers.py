"""What every provider of payments that sells keeps, whichever the settings name."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pytest
import stripe_words
import stripes
from ordering import balance, somebody
from shopping import NOW, SITE, shop_of
from sqlalchemy import func, select

from oriel.service.db import Database
from oriel.service.models import Mail, Payment, PaymentEvent
from oriel.service.payments import BadSignature, Order, events, refunds
from oriel.service.payments.off import Simulated
from oriel.service.payments.purchases import Shop, begin, look

Done = Literal["paid", "refunded", "expired"]
Told = tuple[bytes, dict[str, str]]


@dataclass(frozen=True)
class Seller:
    """A shop, and what its provider tells it once somebody did something on its page."""

    shop: Shop
    tells: Callable[[str, Done], Told]


@contextmanager
def simulated() -> Iterator[Seller]:
    shop = shop_of("off:simulated")
    assert isinstance(shop.payments, Simulated)
    yield Seller(shop, shop.payments.webhook)


@contextmanager
def stripe() -> Iterator[Seller]:
    account = stripes.Account()

    def tells(session: str, done: Done) -> Told:
        kinds = {"paid": "completed", "expired": "expired"}
        kind = f"checkout.session.{kinds[done]}" if done in kinds else "charge.refunded"
        if done == "expired":
            paid = account.payments[session]
            paid.status = "expired"
        else:
            paid = account.pay(session)
        paid.refunded = done == "refunded"
        body = json.dumps(paid.event(kind)).encode()
        return body, stripe_words.signed(body)

    with stripes.ours(account) as address:
        yield Seller(shop_of(f"stripe:{address}"), tells)


@pytest.fixture(params=[simulated, stripe], ids=lambda seller: seller.__name__)
def seller(request: pytest.FixtureRequest) -> Iterator[Seller]:
    """Each of them in turn."""
    with request.param() as made:
        yield made


async def begun(database: Database, seller: Seller) -> Payment:
    user = await somebody(database, free=0)
    return await begin(database, seller.shop, user, "personal", NOW)


async def told(database: Database, seller: Seller, payment: Payment, done: Done) -> str:
    body, headers = seller.tells(str(payment.session), done)
    return await events.receive(database, seller.shop, body, headers, NOW)


async def bought(database: Database, payment: Payment) -> tuple[int, int]:
    """Credit and receipts that a payment has brought."""
    async with database.read() as session:
        receipts = await session.scalar(
            select(func.count()).select_from(Mail).where(Mail.letter == "receipt")
        )
    return await balance(database, payment.user_id, "personal"), receipts or 0


async def test_a_page_to_pay_on_is_the_same_when_asked_again(seller: Seller) -> None:
    provider = seller.shop.payments
    order = Order("01KB0", "personal", "Personal", 299, "usd", "ada@example.com", SITE, SITE)

    await provider.check()
    one, again = await provider.create_session(order), await provider.create_session(order)
    other = await provider.create_session(replace(order, payment="01KB1"))

    assert one == again
    assert one.id != other.id
    assert one.url.startswith("https://")


async def test_what_is_paid_is_granted_once_however_often_it_is_told(
    database: Database, seller: Seller
) -> None:
    payment = await begun(database, seller)
    before = await bought(database, payment)

    outcomes = [await told(database, seller, payment, "paid") for _ in range(3)]

    assert (before, outcomes) == ((0, 0), ["paid"] * 3)
    assert await bought(database, payment) == (1, 1)
    assert (await look(database, seller.shop, payment.id, NOW)).status == "paid"


async def test_whoever_leaves_the_page_has_bought_nothing(
    database: Database, seller: Seller
) -> None:
    payment = await begun(database, seller)

    assert await told(database, seller, payment, "expired") == "expired"

    assert await bought(database, payment) == (0, 0)


async def test_what_others_say_in_its_name_is_not_even_kept(
    database: Database, seller: Seller
) -> None:
    payment = await begun(database, seller)
    body, headers = seller.tells(str(payment.session), "paid")
    ((name, signature),) = headers.items()

    for said, by in (
        (body + b" ", headers),
        (body, {name: signature[:-1] + ("0" if signature[-1] != "0" else "1")}),
        (body, {}),
    ):
        with pytest.raises(BadSignature):
            await events.receive(database, seller.shop, said, by, NOW)

    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(PaymentEvent)) == 0
    assert await bought(database, payment) == (0, 0)


@pytest.mark.parametrize("by", ["us", "the provider"])
async def test_money_that_goes_back_takes_the_credit_with_it(
    by: str, database: Database, seller: Seller
) -> None:
    payment = await begun(database, seller)
    await told(database, seller, payment, "paid")

    if by == "us":
        about = {"by": payment.user_id, "reason": "a lost video"}
        outcome = await refunds.refund(database, seller.shop, payment.id, now=NOW, **about)
    else:
        outcome = await told(database, seller, payment, "refunded")

    assert outcome == "refunded"
    assert (await bought(database, payment))[0] == 0
    assert await told(database, seller, payment, "paid") in ("paid", "refunded")
    assert (await bought(database, payment))[0] == 0, "the ledger forgets nothing"
