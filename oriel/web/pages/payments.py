"""What somebody bought: all of it, each with its receipt, and the page that waits for a payment."""

from contextlib import suppress

from oriel.service import credits, history, purchased
from oriel.service.errors import NotFound
from oriel.service.models import Payment
from oriel.service.payments import PaymentsFailed, licences, purchases
from oriel.web.api import payments as api
from oriel.web.api.call import Call
from oriel.web.api.lists import after
from oriel.web.api.models import ID
from oriel.web.pages.page import Answer, page
from oriel.web.pages.query import before
from oriel.web.pages.shown import go, show

_AT_ONCE = 50
_ONE = f"/payments/{{id:{ID}}}"


@page("GET", "/payments")
async def listed(call: Call) -> Answer:
    """The payments of whoever is signed in, the newest first, and what is left to spend."""
    async with call.parts.database.read() as session:
        found = await history.payments(
            session, call.user.id, before=before(call.request), most=_AT_ONCE + 1
        )
        left = await credits.balances(session, call.user.id)
    plans = call.parts.plans
    return show(
        "account/payments.html",
        payments=found[:_AT_ONCE],
        more=after(found, _AT_ONCE),
        plans=plans,
        left=[(plan, left.get(plan.tier, 0)) for plan in plans.values()],
    )


@page("GET", _ONE, limit="pay")
async def one(call: Call) -> Answer:
    """A receipt; or how a payment stands, asked of the provider while it is not paid."""
    payment = await _mine(call)
    with suppress(PaymentsFailed):  # then the webhook will tell
        payment = await purchases.look(
            call.parts.database, api.shop(call), payment.id, call.parts.now()
        )
    async with call.parts.database.read() as session:
        video = await purchased.video_of(session, payment)
    return show(
        "account/payment.html",
        video=video,
        payment=payment,
        plan=call.parts.plans.get(payment.tier),
        licence=licences.of(payment.licence),
        left="left" in call.request.query,
    )


@page("GET", f"{_ONE}/pay", limit="pay")
async def pay(call: Call) -> Answer:
    """On the way to the provider's page: browsers follow no form to another site."""
    payment = await _mine(call)
    if payment.status != "created" or payment.url is None:
        return go(f"/payments/{payment.id}")
    plan = call.parts.plans.get(payment.tier)
    return show("pay.html", payment=payment, plan=plan)


async def _mine(call: Call) -> Payment:
    async with call.parts.database.read() as session:
        payment = await session.get(Payment, call.path("id"))
    if payment is None or payment.user_id != call.user.id:
        raise NotFound("There is no such payment.")
    return payment
