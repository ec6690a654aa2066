"""A shop whose Stripe is ours, who buys there, and what our books say of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stripe_words
import stripes
from people import somebody
from sqlalchemy import select

from oriel.service import credits, payments, plans
from oriel.service.db import Database
from oriel.service.models import Mail, Payment, User
from oriel.service.payments import events
from oriel.service.payments.purchases import Shop, begin
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


async def paid_unheard(
    database: Database, shop: Shop, account: stripes.Account, user: User, tier: str = "personal"
) -> tuple[Payment, stripes.Paid]:
    """A payment that was paid at its page, and that Stripe did not tell of yet."""
    begun = await begin(database, shop, user, tier, NOW)
    return begun, account.pay(begun.session)


async def bought(
    database: Database, shop: Shop, account: stripes.Account, user: User
) -> tuple[Payment, stripes.Paid]:
    """A payment that was paid, and that Stripe told of."""
    begun, paid = await paid_unheard(database, shop, account, user)
    assert await told(database, shop, "checkout.session.completed", paid) == "paid"
    return begun, paid
