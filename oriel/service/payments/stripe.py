"""Stripe Checkout as provider of payments.

`stripe:`, with a key and a webhook's secret; both keys of a rotation may be given, with a comma
between. What Checkout shows is a price of ours: Stripe learns it under a lookup key that holds the
amount, so that a changed plan makes a new price.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from oriel.service.payments import (
    About,
    BadSignature,
    Event,
    Order,
    PaymentsFailed,
    Session,
    State,
    bodies,
)
from oriel.service.settings import Settings

T = TypeVar("T")

_TIMEOUT = 20.0  # seconds
_OLDEST = 300  # seconds that a signature may be old; Stripe's own choice
_REFUNDS = "payment_intent.latest_charge.refunds"  # with the charge and the intent on the way
_IN_VAIN = ("failed", "canceled")  # what a refund comes to that returns nothing after all
# What is worth a look; a webhook endpoint at Stripe needs no others.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)


def made(settings: Settings) -> "Stripe":
    """Stripe with the settings' keys; after "stripe:" there may be another address of its API."""
    secrets = (settings.stripe_webhook_secret or "").split(",")
    base = settings.payments.removeprefix("stripe:") or None
    return Stripe(settings.stripe_key or "", tuple(secret.strip() for secret in secrets), base)


@dataclass(frozen=True)
class Stripe:
    """Stripe's client waits for the network, so that it is called in threads."""

    key: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    base: str | None = None
    name: str = "stripe"
    simulated: bool = False
    _prices: dict[str, str] = field(default_factory=dict, repr=False)

    async def create_session(self, order: Order) -> Session:
        """As Payments says; the payment's identifier is Stripe's idempotency key."""
        price = await _asked(self._price, order)
        session = await _asked(
            self._client.v1.checkout.sessions.create,
            _session(order, price),
            {"idempotency_key": f"oriel-session-{order.payment}"},
        )
        return Session(session.id, session.url)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """As Payments says; over the very bytes that came."""
        from stripe import SignatureVerificationError, WebhookSignature

        given = {name.lower(): value for name, value in headers.items()}.get("stripe-signature")
        for secret in self.secrets:
            try:
                WebhookSignature.verify_header(body, given, secret, _OLDEST)
                return bodies.event(body)
            except (SignatureVerificationError, UnicodeDecodeError, TypeError):
                continue
        raise BadSignature(
            "Stripe did not sign this, or too long ago: see to"
            " ORIEL_STRIPE_WEBHOOK_SECRET and the clock."
        )

    def about(self, event: Mapping[str, Any]) -> About | None:
        """As Payments says."""
        thing = bodies.part(bodies.part(event, "data"), "object")
        payment = bodies.word(bodies.part(thing, "metadata").get("payment"))
        intent = bodies.named(thing.get("payment_intent"))
        if thing.get("object") == "checkout.session":
            return About(payment, bodies.named(thing), intent)
        if thing.get("object") in ("charge", "refund", "dispute"):
            return About(payment, intent=intent)
        return None

    async def read(self, about: About) -> State | None:
        """As Payments says."""
        return await _asked(self._read, about)

    async def refund(self, about: About, failed: int = 0) -> None:
        """As Payments says; asked again, Stripe knows by the key that it is the same refund."""
        again = f"-{failed}" if failed else ""
        made = await _asked(
            self._client.v1.refunds.create,
            {"payment_intent": about.intent, "reason": "requested_by_customer"},
            {"idempotency_key": f"oriel-refund-{about.payment}{again}"},
        )
        if _get(made, "status") in _IN_VAIN:
            raise PaymentsFailed("Stripe could not return the money.")

    async def check(self) -> None:
        """As Payments says; prices are what a restricted key must be able to read."""
        await _asked(self._client.v1.prices.list, {"limit": 1})

    async def events(self, since: datetime) -> AsyncIterator[Event]:
        """As Payments says; Stripe keeps them for 30 days."""
        asked = {"types": list(EVENTS), "created": {"gte": int(since.timestamp())}, "limit": 100}
        pages = await _asked(lambda: self._client.v1.events.list(asked).auto_paging_iter())
        while (found := await _asked(lambda: next(pages, None))) is not None:
            told = found.to_dict(for_json=True)
            yield Event(told["id"], told["type"], told)

    async def states(self, since: datetime) -> AsyncIterator[State]:
        """As Payments says."""
        created = {"gte": int(since.timestamp())}
        asked = {"created": created, "limit": 100, "expand": [f"data.{_REFUNDS}"]}
        pages = await _asked(
            lambda: self._client.v1.checkout.sessions.list(asked).auto_paging_iter()
        )
        while (found := await _asked(lambda: next(pages, None))) is not None:
            if (state := await _asked(self._state, found)) is not None:
                yield state

    @cached_property
    def _client(self) -> Any:
        import stripe

        return stripe.StripeClient(
            self.key,
            base_addresses={"api": self.base} if self.base else None,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT),
            max_network_retries=2,
        )

    def _price(self, order: Order) -> str:
        """Stripe's identifier of the price, made where it is not there yet."""
        key = f"oriel-{order.tier}-{order.amount_cents}-{order.currency}"
        if key not in self._prices:
            prices = self._client.v1.prices
            known = prices.list({"lookup_keys": [key], "active": True}).data
            fitting = [price.id for price in known if _get(price, "lookup_key") == key]
            self._prices[key] = fitting[0] if fitting else self._new_price(key, order)
        return self._prices[key]

    def _new_price(self, key: str, order: Order) -> str:
        product = self._client.v1.products.create(
            {"name": order.label, "metadata": {"tier": order.tier}},
            {"idempotency_key": f"{key}-product"},
        )
        price = self._client.v1.prices.create(
            {
                "product": product.id,
                "currency": order.currency,
                "unit_amount": order.amount_cents,
                "lookup_key": key,
            },
            {"idempotency_key": f"{key}-price"},
        )
        return str(price.id)

    def _read(self, about: About) -> State | None:
        session = self._session(about)
        return self._state(session) if session is not None else None

    def _session(self, about: About) -> Any:
        sessions = self._client.v1.checkout.sessions
        if about.session:
            return _found(lambda: sessions.retrieve(about.session, {"expand": [_REFUNDS]}))
        if about.intent:
            asked = {"payment_intent": about.intent, "limit": 1, "expand": [f"data.{_REFUNDS}"]}
            return next(iter(sessions.list(asked).data), None)
        return None

    def _state(self, session: Any) -> State | None:
        payment = _get(_get(session, "metadata"), "payment")
        if payment is None:
            return None
        intent = _get(session, "payment_intent")
        charge = _get(intent, "latest_charge")
        return State(
            payment,
            _status(session, intent),
            session.id,
            _id(intent),
            _get(session, "amount_total"),
            _get(session, "currency"),
            refunded=bool(_get(charge, "refunded")),
            failed_refunds=_failed(charge),
            dispute=self._dispute(_id(intent)) if _get(charge, "disputed") else None,
        )

    def _dispute(self, intent: str | None) -> Any:
        """How a dispute stands; where there were several, the worst counts."""
        disputes = self._client.v1.disputes.list({"payment_intent": intent, "limit": 10}).data
        stand = {_stand(dispute.status) for dispute in disputes}
        return next((one for one in ("lost", "open", "won") if one in stand), None)


def _session(order: Order, price: str) -> dict[str, Any]:
    """What Checkout is asked for; https://docs.stripe.com/api/checkout/sessions/create."""
    metadata = {"payment": order.payment, "tier": order.tier}
    return {
        "mode": "payment",
        "line_items": [{"price": price, "quantity": 1}],
        "success_url": order.paid_url,
        "cancel_url": order.left_url,
        "client_reference_id": order.payment,
        "customer_email": order.email,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }


def _status(session: Any, intent: Any) -> Any:
    if session.payment_status in ("paid", "no_payment_required"):
        return "paid"
    if session.status == "expired":
        return "expired"
    failed = session.status == "complete" and _get(intent, "status") in (
        "requires_payment_method",
        "canceled",
    )
    return "failed" if failed else "open"


def _failed(charge: Any) -> int:
    """How many refunds of a charge came to nothing."""
    refunds = _get(_get(charge, "refunds"), "data") or ()
    return sum(refund.status in _IN_VAIN for refund in refunds)


def _stand(status: str) -> str | None:
    """What Stripe calls a dispute's status, in our words; an inquiry takes no money."""
    if status in ("won", "lost"):
        return status
    return None if status.startswith("warning_") else "open"


def _id(thing: Any) -> str | None:
    """An identifier, of what may be the whole object."""
    if thing is None or isinstance(thing, str):
        return thing
    return str(thing["id"])


def _get(thing: Any, name: str) -> Any:
    """A field that may be missing, of an object that may be missing or be an identifier alone."""
    return None if thing is None or isinstance(thing, str) else getattr(thing, name, None)


def _found(call: Callable[[], T]) -> T | None:
    from stripe import InvalidRequestError

    try:
        return call()
    except InvalidRequestError as error:
        if error.http_status == 404:
            return None
        raise


async def _asked(call: Callable[..., T], *values: Any) -> T:
    with _ours():
        return await asyncio.to_thread(call, *values)


@contextmanager
def _ours() -> Iterator[None]:
    from stripe import StripeError

    try:
        yield
    except StripeError as error:
        raise PaymentsFailed(f"Stripe did not do it: {error}") from error
