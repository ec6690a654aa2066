"""How the shop does: what waits, what needs somebody, and figures of any days."""

from datetime import date, timedelta
from typing import Any

from oriel.service import days, metrics
from oriel.service.charts import TITLES
from oriel.web.api import admin_figures
from oriel.web.api.admin_figures import Span
from oriel.web.api.call import Call
from oriel.web.pages import query
from oriel.web.pages.page import Answer, page
from oriel.web.pages.shown import go, show

_PRESETS = {"7 days": 7, "30 days": 30, "90 days": 90, "1 year": 365}


@page("GET", "/admin", who="admin")
async def typed(call: Call) -> Answer:
    """Lead whoever typed the address to the dashboard."""
    return go("/admin/")


@page("GET", "/admin/", who="admin")
async def overview(call: Call) -> Answer:
    """The dashboard."""
    first, last = admin_figures.span(call, query.read(Span, call.request))
    async with call.parts.database.read() as session:
        now = await metrics.read(session, call.parts.now())
    return show(
        "admin/overview.html",
        now=now,
        first=first,
        last=last,
        today=days.of(call.parts.now()),
        presets=_presets(days.of(call.parts.now()), first, last),
        charts=TITLES,
    )


def _presets(today: date, first: date, last: date) -> list[dict[str, Any]]:
    """Spans up to today that one click chooses, and whether they are."""
    begins = {words: today - timedelta(days=count - 1) for words, count in _PRESETS.items()}
    return [
        {"words": words, "first": begin, "chosen": (first, last) == (begin, today)}
        for words, begin in begins.items()
    ]
