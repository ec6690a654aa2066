"""A shop for tests of the operator's pages: an operator, a customer, and a Stripe that does as told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apis
import pytest
import stripe_words
import stripes
from apis import PASSWORD, Client
from databases import Schemas
from loops import Loop
from sqlalchemy import select
from stripes import Account, Paid

from oriel.service import credits, endings, leases
from oriel.service.models import Mail, Payment, User
from oriel.web import app

OPERATOR, EVE = "operator@example.com", "eve@example.com"


@dataclass(frozen=True)
class Shop:
    """A server with an operator and a customer, whose Stripe is `account`."""

    client: Client
    account: Account
    loop: Loop
    operator: Client
    eve: Client

    def run(self, work: Any) -> Any:
        """What a coroutine returns."""
        return self.loop.run(work)

    @property
    def url(self) -> str:
        """Where it is."""
        return self.client.url

    async def failed(self) -> str:
        """A render of Eve's that failed."""
        render = str((await self.eve.order(apis.a_song())).json["id"])
        parts = self.client.parts
        async with parts.database.begin() as session:
            now = parts.now()
            work = await leases.claim(session, "a worker", now, 60)
            assert work is not None
            told = {"code": "bad_song", "message": "The song ends in the middle."}
            assert await endings.fail(session, work, **told, log="Mesa: gone", now=now)
        return render

    async def bought(self) -> Payment:
        """A payment of Eve's, which Stripe says is paid."""
        answer = await self.eve.post("/api/payments/create-session", {"tier": "premium"})
        begun = answer.json["id"]
        self.account.add(Paid(begun, 1999, payment_status="paid", status="complete"))
        assert (await self.eve.get(f"/api/payments/{begun}")).json["status"] == "paid"
        return await self.row(Payment, begun)

    async def spent(self, payment_id: str) -> None:
        """Make something of a payment's credit."""
        payment = await self.row(Payment, payment_id)
        async with self.client.parts.database.begin() as session:
            source = f"render:{payment_id}:spend"
            await credits.spend(session, payment.user_id, payment.tier, source=source)

    async def letters(self, payment_id: str) -> list[str]:
        """What was written about a payment."""
        about = Mail.source.startswith(f"payment:{payment_id}:")
        async with self.client.parts.database.read() as session:
            return sorted(await session.scalars(select(Mail.letter).where(about)))

    async def row(self, table: Any, key: str) -> Any:
        """A row as it is now."""
        async with self.client.parts.database.read() as session:
            return await session.get_one(table, key)


@pytest.fixture(scope="module")
def shop(schemas: Schemas, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    loop, account = Loop(), Account()
    with stripes.ours(account) as address:
        chosen = apis.settings(
            schemas.sqlite(),
            tmp_path_factory.mktemp("shop"),
            payments=f"stripe:{address}",
            stripe_key="sk_test",
            stripe_webhook_secret=stripe_words.SECRET,
        )
        for client in apis.opened(
            apis.served(chosen, lambda settings: app.create(settings=settings)), loop
        ):
            operator = loop.run(client.registered(OPERATOR))
            loop.run(_made_admin(operator))
            yield Shop(client, account, loop, operator, loop.run(client.registered(EVE)))
    loop.close()


async def _made_admin(somebody: Client) -> None:
    async with somebody.parts.database.begin() as session:
        (await session.get_one(User, somebody.user["id"])).role = "admin"


@pytest.fixture
def admin(page: Any, shop: Shop) -> Any:
    """A page on which the operator is signed in; less motion, so that it is still when looked at."""
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, shop.url, OPERATOR)
    return page


def sign_in(page: Any, url: str, email: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


def confirm(page: Any, words: str, yes: str) -> None:
    """Ask for an act that is asked for twice."""
    page.locator("summary", has_text=words).click()
    page.get_by_role("button", name=yes).click()
