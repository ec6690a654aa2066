"""A tier in, a page to pay on out; and what the provider tells about it afterwards."""

from typing import Literal

from aiohttp import web
from pydantic import Field

from oriel.service import history
from oriel.service.errors import KeyUsed, NotFound
from oriel.service.models import Payment
from oriel.service.payments import Back, BadSignature, PaymentsOff, events, purchases
from oriel.service.payments.off import PATH, Simulated
from oriel.service.payments.purchases import Shop
from oriel.web.api import docs, once
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.models import ID, Asked, Page, Text, Told
from oriel.web.api.route import Other, route
from oriel.web.api.shown import Bought

_SESSION = r"simulated_[0-9A-HJKMNP-TV-Z]{26}"


class Purchase(Asked):
    """What to buy: the right to one render of a tier. The price is the server's."""

    tier: Text = Field(min_length=1, max_length=20)
    back: Back = Field(
        default="payment", description="Which page the browser comes to once it is paid, or left."
    )
    idempotency_key: once.Key = None


class Returning(Asked):
    """Which page a simulated payment leads back to."""

    back: Back = "payment"


class Paying(Told):
    """Where to pay."""

    id: str
    session_id: str
    url: str
    tier: str
    amount_cents: int
    currency: str
    simulated: bool = Field(description="Whether no money moves on this server.")


class Received(Told):
    """What came of an event."""

    received: Literal[True] = True
    outcome: str


class Tier(Told):
    """A tier: its price, and what it includes."""

    tier: str
    name: str
    price_cents: int
    currency: str
    welcome: int = Field(description="Credits that a new account gets.")
    width: int
    height: int
    fps: int
    seconds: int
    watermark: bool
    codecs: list[str]
    licence: str


class Tiers(Told):
    """All tiers."""

    tiers: list[Tier]
    upload_limit_mb: int = Field(description="Of a song.")
    song_limit_minutes: int = Field(description="Of a whole song, whatever part is ordered.")
    payments: str = Field(description="Who takes the money; off where nobody does.")
    simulated: bool


class Payments(Told):
    """A page of payments."""

    payments: list[Bought]
    next: str | None = Field(description="To be asked for as `before`; null at the end.")


@route(
    "POST",
    "/api/payments/create-session",
    status=201,
    limit="pay",
    refuses=(KeyUsed, PaymentsOff),
    headers=once.HEADERS,
    leads=[
        *leads("payments_one", id="id"),
        *leads("payments_simulated", "payments_simulate", session="session_id"),
    ],
)
async def create_session(call: Call, body: Purchase) -> Paying:
    """Begin to buy one render of a tier; it is paid at `url`."""
    unsold = purchases.unsold(call.parts.plans, body.tier)
    key = once.checked(call, body.idempotency_key, unsold)
    payment = await purchases.begin(
        call.parts.database, shop(call), call.user, body.tier, call.parts.now(), body.back, key
    )
    return Paying(
        id=payment.id,
        session_id=payment.session or "",
        url=payment.url or "",
        tier=payment.tier,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        simulated=call.parts.payments.simulated,
    )


@route(
    "POST",
    "/api/payments/webhook",
    who="anybody",
    limit=None,
    raw="application/json",
    refuses=(BadSignature,),
)
async def webhook(call: Call) -> Received:
    """What the payment provider tells, signed; it is kept, and acted upon once."""
    body = await call.raw()
    headers = dict(call.request.headers)
    parts = call.parts
    outcome = await events.receive(parts.database, shop(call), body, headers, parts.now())
    return Received(outcome=outcome)


@route("GET", "/api/payments/history", leads=leads("payments_one", id="payments/0/id"))
async def past(call: Call, query: Page) -> Payments:
    """Your payments, the newest first."""
    async with call.parts.database.read() as session:
        found = await history.payments(
            session, call.user.id, before=query.before, most=query.limit + 1
        )
    shown = [Bought.model_validate(one) for one in found[: query.limit]]
    return Payments(payments=shown, next=shown[-1].id if len(found) > query.limit else None)


@route("GET", "/api/payments/tiers", who="anybody")
async def tiers(call: Call) -> Tiers:
    """What can be ordered, and what it costs."""
    paid = call.parts.payments
    return Tiers(
        tiers=[Tier.model_validate(plan) for plan in call.parts.plans.values()],
        upload_limit_mb=call.parts.settings.upload_limit_mb,
        song_limit_minutes=call.parts.settings.song_limit_minutes,
        payments=paid.name,
        simulated=paid.simulated,
    )


@route("GET", f"/api/payments/{{id:{ID}}}", limit="pay")
async def one(call: Call) -> Bought:
    """A payment of yours as it stands now: the provider is asked while it is not paid."""
    await _mine(call, call.path("id"))
    payment = await purchases.look(
        call.parts.database, shop(call), call.path("id"), call.parts.now()
    )
    return Bought.model_validate(payment)


@route(
    "GET",
    f"{PATH}{{session:{_SESSION}}}",
    who="anybody",
    others={200: Other("A page with a button.", "text/html")},
)
async def simulated(call: Call, query: Returning) -> web.StreamResponse:
    """Where payments are simulated: the page to "pay" on, which says that no money moves."""
    payment = await _simulated(call)
    headers = {"Content-Security-Policy": docs.POLICY_OF_FORMS}
    left = purchases.ways_back(payment.id, query.back)[1]
    plan = call.parts.plans.get(payment.tier)
    name = plan.name if plan else payment.tier
    text = docs.rendered("simulated.html", payment=payment, plan=name, left=left)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


@route(
    "POST",
    f"{PATH}{{session:{_SESSION}}}",
    who="anybody",
    status=303,
    others={303: Other("It is paid: back to where it was bought.", headers={"Location": "Where."})},
)
async def simulate(call: Call, query: Returning) -> web.StreamResponse:
    """Where payments are simulated: "pay"."""
    payment = await _simulated(call)
    parts = call.parts
    assert isinstance(parts.payments, Simulated)
    body, headers = parts.payments.webhook(call.path("session"))
    await events.receive(parts.database, shop(call), body, headers, parts.now())
    paid = purchases.ways_back(payment.id, query.back)[0]
    return web.Response(status=303, headers={"Location": paid})


def shop(call: Call) -> Shop:
    """What is sold here, and through whom."""
    parts = call.parts
    return Shop(parts.payments, parts.plans, parts.settings.public_url)


async def _mine(call: Call, payment_id: str) -> Payment:
    async with call.parts.database.read() as session:
        payment = await session.get(Payment, payment_id)
    if payment is None or payment.user_id != call.user.id:
        raise NotFound("There is no such payment.")
    return payment


async def _simulated(call: Call) -> Payment:
    """The payment of a simulated page; raises NotFound where nothing is simulated."""
    payment_id = call.path("session").partition("_")[2]
    async with call.parts.database.read() as session:
        payment = await session.get(Payment, payment_id)
    if payment is None or not isinstance(call.parts.payments, Simulated):
        raise NotFound("There is no such payment.")
    return payment
