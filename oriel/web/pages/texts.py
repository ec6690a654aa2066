"""Terms, privacy and licence: texts that an operator may replace by their own."""

from oriel.service import audit
from oriel.service.payments.licences import LICENCES
from oriel.web.api.call import Call
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import show

TITLES = {"terms": "Terms", "privacy": "Privacy", "licence": "Licence"}


@page("GET", "/{text:terms|privacy|licence}", who="anybody")
async def text(call: Call) -> Answer:
    """One of them."""
    name = call.path("text")
    return show(
        "text.html",
        name=name,
        title=TITLES[name],
        keep_days=call.parts.settings.keep_days,
        address_days=audit.ADDRESS_KEPT.days,
        plans=call.parts.plans.values(),
        licences=LICENCES,
    )
