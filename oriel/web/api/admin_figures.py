"""Numbers of days, for charts, for spreadsheets, and for Prometheus."""

import hmac
from datetime import date, timedelta
from typing import Literal

from aiohttp import web
from pydantic import Field

from oriel.service import charts, days, figures, keys, metrics, sheets
from oriel.service.charts import NAMES, Charts, Shape, Whole
from oriel.service.errors import BadFields, Forbidden, NotSignedIn, SecondFactorMissing
from oriel.web.api import cookies, prometheus
from oriel.web.api.call import Call
from oriel.web.api.models import Asked, Told
from oriel.web.api.route import NAMED, Other, route

DAYS = 30  # unless others are asked for
MOST_DAYS = 731


class Span(Asked):
    """From which day to which, both included; days are UTC's."""

    first: date | None = Field(default=None, description="30 days up to the last, if absent.")
    last: date | None = Field(default=None, description="Today if absent.")


class Sheet(Span):
    """Which chart, too."""

    of: Literal[NAMES]  # type: ignore[valid-type]


class Series(Told):
    """One value a day; null where nothing is known."""

    name: str
    shape: Shape
    whole: Whole = Field(description="How one number is made of all days.")
    values: list[float | None]


class Chart(Told):
    """Some series of the same unit."""

    name: str
    title: str
    unit: str
    series: list[Series]


class Drawn(Told):
    """Charts of the same days."""

    days: list[date]
    charts: list[Chart]


@route("GET", "/admin/api/figures", who="admin")
async def all_figures(call: Call, query: Span) -> Drawn:
    """What the dashboard draws."""
    return Drawn.model_validate(await read(call, *span(call, query)))


@route(
    "GET",
    "/admin/api/figures.csv",
    who="admin",
    others={200: Other("The chart as a table.", "text/csv", NAMED)},
)
async def sheet(call: Call, query: Sheet) -> web.StreamResponse:
    """One chart, for a spreadsheet."""
    first, last = span(call, query)
    rows = charts.table(await read(call, first, last), query.of)
    name = f"oriel-{query.of}-{first}-{last}.csv"
    return web.Response(
        text=sheets.written(rows),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@route(
    "GET",
    "/metrics",
    who="anybody",
    others={200: Other("Metrics as Prometheus reads them.", "text/plain")},
    refuses=(NotSignedIn, Forbidden, SecondFactorMissing),
)
async def scrape(call: Call) -> web.StreamResponse:
    """For who sends ORIEL_METRICS_TOKEN as a Bearer token, or is an administrator: the service's numbers.

    They are written as Prometheus reads them.
    """
    await _admit(call)
    async with call.parts.database.read() as session:
        told = await metrics.read(session, call.parts.now())
    return web.Response(
        text=prometheus.written(told), headers={"Content-Type": prometheus.CONTENT_TYPE}
    )


def span(call: Call, query: Span) -> tuple[date, date]:
    """The days that are asked for; raises BadFields."""
    today = days.of(call.parts.now())
    last = query.last or today
    first = query.first or max(date.min, last - timedelta(days=DAYS - 1))
    if last > today:
        raise BadFields({"last": f"must not be after today, {today}"})
    if first > last:
        raise BadFields({"first": "must not come after the last day"})
    if (last - first).days >= MOST_DAYS:
        raise BadFields({"first": f"at most {MOST_DAYS} days can be shown at once"})
    return first, last


async def read(call: Call, first: date, last: date) -> Charts:
    """The charts of these days."""
    async with call.parts.database.read() as session:
        return charts.of(await figures.read(session, first, last), first, last)


async def _admit(call: Call) -> None:
    """Let in who knows the token, or is an administrator."""
    token, given = call.parts.settings.metrics_token, cookies.bearer(call.request) or ""
    # As bytes, for of text it compares ASCII alone.
    if token is not None and hmac.compare_digest(token.encode(), keys.told(given)):
        return
    await call.identify()
    call.check_power()
