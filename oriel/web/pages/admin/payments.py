"""Everybody's payments, refunded where need be, and what the provider told of them, replayed."""

import json
import re

from sqlalchemy import select

from oriel.service import credits, listings
from oriel.service.errors import NotFound
from oriel.service.models import Credit, Payment, PaymentEvent, User
from oriel.web.api import acts, admin_payments
from oriel.web.api.admin_payments import EVENT, Reason, WhichEvents, WhichPayments
from oriel.web.api.call import Call
from oriel.web.api.models import ID
from oriel.web.pages import flash, query
from oriel.web.pages.admin.lists import AT_ONCE, narrowed, part
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_ONE = f"/admin/payments/{{id:{ID}}}"
_EVENT = "/admin/events/{id}"


@page("GET", "/admin/payments", who="admin")
async def payments(call: Call) -> Answer:
    """All payments."""
    asked = query.read(WhichPayments, call.request)
    wanted = listings.payments(
        status=asked.status, user=asked.user, before=asked.before, limit=AT_ONCE + 1
    )
    async with call.parts.database.read() as session:
        found = (await session.execute(wanted)).all()
    provider = call.parts.payments
    return show(
        "admin/payments.html",
        asked=asked,
        narrowed=narrowed(asked),
        provider=provider,
        **part(found),
    )


@page("POST", "/admin/payments/check", who="admin", again=payments)
async def check(call: Call) -> Answer:
    """Compare the last days with the provider."""
    found = await admin_payments.check_payments.handler(call)
    flash.say(
        call,
        f"Compared: {found.compared}. Events that never came: {found.missed}."
        f" Differences: {len(found.differences)}.",
    )
    return go("/admin/payments")


@page("GET", _ONE, who="admin")
async def payment(call: Call) -> Answer:
    """One payment, and what it did to the ledger."""
    async with call.parts.database.read() as session:
        found = await session.get(Payment, call.path("id"))
        if found is None:
            raise NotFound("There is no such payment.")
        owner = await session.get_one(User, found.user_id)
        ours = credits.of_payment(found.user_id, found.id)
        ledger = list(await session.scalars(select(Credit).where(ours).order_by(Credit.id)))
        left = await credits.balance(session, found.user_id, found.tier)
    return show(
        "admin/payment.html",
        payment=found,
        owner=owner,
        ledger=ledger,
        left=left,
        provider=call.parts.payments,
    )


@page("POST", f"{_ONE}/refund", who="admin", again=payment)
async def refund(call: Call, form: Reason) -> Answer:
    """Return the money."""
    await acts.refund(call, call.path("id"), form.reason)
    flash.say(call, "It is refunded. The ledger shows what became of its credit.")
    return go(f"/admin/payments/{call.path('id')}")


@page("GET", "/admin/events", who="admin")
async def events(call: Call) -> Answer:
    """What the provider told."""
    asked = query.read(WhichEvents, call.request)
    wanted = listings.events(state=asked.state, before=asked.before, limit=AT_ONCE + 1)
    async with call.parts.database.read() as session:
        found = list(await session.scalars(wanted))
    return show("admin/events.html", asked=asked, narrowed=narrowed(asked), **part(found))


@page("GET", _EVENT, who="admin")
async def event(call: Call) -> Answer:
    """One event, as it came."""
    found = await _event(call)
    body = json.dumps(found.body, indent=2, ensure_ascii=False)
    return show("admin/event.html", event=found, body=body)


@page("POST", f"{_EVENT}/replay", who="admin", again=event)
async def replay(call: Call) -> Answer:
    """Act upon it once more."""
    found = await _event(call)
    outcome = await acts.replay(call, found.id)
    flash.say(call, f"It was acted upon once more: {outcome}.")
    return go(f"/admin/events/{found.id}")


async def _event(call: Call) -> PaymentEvent:
    found = None
    if re.fullmatch(EVENT, call.path("id")):
        async with call.parts.database.read() as session:
            found = await session.get(PaymentEvent, call.path("id"))
    if found is None:
        raise NotFound("There is no such event.")
    return found
