"""What can be ordered and what it costs; and the way to the page where it is paid."""

from oriel.service import credits
from oriel.web.api import payments
from oriel.web.api.call import Call
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show


@page("GET", "/pricing", who="anybody")
async def pricing(call: Call) -> Answer:
    """Every plan, from the one table of plans."""
    left = {}
    if call.who is not None:
        async with call.parts.database.read() as session:
            left = await credits.balances(session, call.user.id)
    provider = call.parts.payments
    return show(
        "pricing.html",
        plans=call.parts.plans.values(),
        left=left,
        sells=provider.name != "off",
        simulated=provider.simulated,
    )


@page("POST", "/pricing", limit="pay", again=pricing)
async def buy(call: Call, form: payments.Purchase) -> Answer:
    """Begin to buy a credit."""
    begun = await payments.create_session.handler(call, form)
    return go(f"/payments/{begun.id}/pay")
