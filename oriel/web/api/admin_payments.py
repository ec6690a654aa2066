"""Everybody's payments, and what the provider told of them, as administrators see them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from oriel.service import listings
from oriel.service.errors import NotFound
from oriel.service.models import PaymentEvent
from oriel.service.payments import PaymentsOff, check
from oriel.service.payments.refunds import NotRefundable
from oriel.web.api import acts, payments
from oriel.web.api.admin import One
from oriel.web.api.call import Call
from oriel.web.api.leads import leads
from oriel.web.api.lists import part
from oriel.web.api.models import ID, Asked, Page, Text, Told
from oriel.web.api.route import route
from oriel.web.api.shown import Bought, Paying

EVENT = r"[A-Za-z0-9_.:-]{1,255}"


class WhichPayments(Page):
    """Whose payments, and how they stand."""

    user: One | None = None
    status: Paying | None = None


class Paid(Bought):
    """A payment as administrators see it."""

    user_id: str
    provider: str
    session: str | None
    intent: str | None


class AllPayments(Told):
    """A page of payments."""

    payments: list[Paid]
    next: str | None


class Reason(Asked):
    """Why the money goes back."""

    reason: Annotated[Text, Field(min_length=1, max_length=300)]


class Refunded(Told):
    """How the payment stands now."""

    status: Paying


class Difference(Told):
    """A payment of which the provider says something else."""

    payment: str
    ours: str
    theirs: str
    mended: str


class Checked(Told):
    """What a comparison with the provider found."""

    missed: int = Field(description="Events that never came.")
    compared: int
    differences: list[Difference]


class WhichEvents(Asked):
    """Which events of the provider."""

    before: Annotated[str, Field(pattern=f"^{EVENT}$")] | None = None
    limit: int = Field(default=20, ge=1, le=100)
    state: listings.Handled = "all"


class Event(Told):
    """What the provider told, and what came of it."""

    id: str
    type: str
    received_at: datetime
    handled_at: datetime | None
    outcome: str
    attempts: int


class EventWhole(Event):
    """The same with all that it holds."""

    body: dict[str, Any]


class Events(Told):
    """A page of events."""

    events: list[Event]
    next: str | None


class Replayed(Told):
    """What came of it now."""

    outcome: str


@route(
    "GET",
    "/admin/api/payments",
    who="admin",
    leads=leads("admin_payments_refund", id="payments/0/id"),
)
async def all_payments(call: Call, query: WhichPayments) -> AllPayments:
    """Payments, the newest first."""
    wanted = listings.payments(
        status=query.status, user=query.user, before=query.before, limit=query.limit + 1
    )
    shown, more = await part(call, wanted, query.limit)
    return AllPayments(payments=[Paid.model_validate(one) for one in shown], next=more)


@route(
    "POST",
    f"/admin/api/payments/{{id:{ID}}}/refund",
    who="admin",
    refuses=(NotRefundable, PaymentsOff),
)
async def refund(call: Call, body: Reason) -> Refunded:
    """Return a payment in full through the provider, and take its credit if it is unused."""
    status = await acts.refund(call, call.path("id"), body.reason)
    return Refunded.model_validate({"status": status})


@route("POST", "/admin/api/payments/check", who="admin")
async def check_payments(call: Call) -> Checked:
    """Compare the last days with the payment provider, and mend what can be."""
    parts = call.parts
    report = await check.check(parts.database, payments.shop(call), parts.now())
    async with parts.database.begin() as session:
        about = {"differences": len(report.differences)}
        await acts.note(call, session, "payments.check", "payments", about)
    return Checked.model_validate(report)


@route(
    "GET",
    "/admin/api/events",
    who="admin",
    leads=leads("admin_payments_one_event", "admin_payments_replay", id="events/0/id"),
)
async def all_events(call: Call, query: WhichEvents) -> Events:
    """What the payment provider told, the newest first."""
    wanted = listings.events(state=query.state, before=query.before, limit=query.limit + 1)
    shown, more = await part(call, wanted, query.limit)
    return Events(events=[Event.model_validate(one) for one in shown], next=more)


@route("GET", f"/admin/api/events/{{id:{EVENT}}}", who="admin")
async def one_event(call: Call) -> EventWhole:
    """One of these events, as it came."""
    return EventWhole.model_validate(await _event(call))


@route("POST", f"/admin/api/events/{{id:{EVENT}}}/replay", who="admin")
async def replay(call: Call) -> Replayed:
    """Act upon an event once more; nothing is granted or taken twice."""
    await _event(call)
    return Replayed(outcome=await acts.replay(call, call.path("id")))


async def _event(call: Call) -> PaymentEvent:
    async with call.parts.database.read() as session:
        event = await session.get(PaymentEvent, call.path("id"))
    if event is None:
        raise NotFound("There is no such event.")
    return event
