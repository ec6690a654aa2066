"""Figures of some days in; what is drawn of them, written as tables, and handed out as CSV, out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from oriel.service import days
from oriel.service.figures import Figures

Shape = Literal["bars", "line"]
Whole = Literal["sum", "most", "last"]


@dataclass(frozen=True)
class Series:
    """One value a day; None where nothing is known. Bars of a chart stand on each other.

    `whole` is how one number is made of all days.
    """

    name: str
    values: tuple[float | None, ...]
    shape: Shape = "bars"
    whole: Whole = "sum"


@dataclass(frozen=True)
class Chart:
    """Some series of the same unit: "" for counts, or such as "minutes", "GB", "USD"."""

    name: str
    title: str
    unit: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Charts:
    """All charts of the same days, such as "2026-11-26"."""

    days: tuple[str, ...]
    charts: tuple[Chart, ...]


TITLES: Mapping[str, str] = {
    "renders": "Renders",
    "speed": "Render speed",
    "waits": "Wait before work begins",
    "queue": "Longest queue",
    "failures": "Failures by reason",
    "revenue": "Revenue by tier",
    "refunds": "Refunds by tier",
    "users": "New and active users",
    "storage": "Storage",
}
"""Each chart's name and what stands above it."""

NAMES = tuple(TITLES)

_ENDS = ("done", "failed", "cancelled")


def of(figures: Figures, first: date, last: date) -> Charts:
    """The charts of these days."""
    span = tuple(str(day) for day in days.among(first, last))
    told = _Told(figures, span)
    charts = [
        _chart("renders", "", _renders(told)),
        _chart("speed", "frames/s", (_ratio(told, "Speed", "frames", "drawing"),)),
        _chart("waits", "minutes", (_waits(told),)),
        _chart("queue", "", (Series("Waiting", told.counts("queue"), whole="most"),)),
        _chart("failures", "", _by_label(told, "failed")),
        *_money(told, "revenue", "paid"),
        *_money(told, "refunds", "refunded"),
        _chart("users", "", _users(told)),
        _chart("storage", "GB", _stored(told)),
    ]
    return Charts(span, tuple(charts))


def table(charts: Charts, name: str) -> list[list[object]]:
    """A chart as rows, the first of which names the columns."""
    series = [
        (f"{one.name} ({chart.unit})" if chart.unit else one.name, one.values)
        for chart in charts.charts
        if chart.name == name
        for one in chart.series
    ]
    head: list[object] = ["day", *(title for title, _ in series)]
    rows: list[list[object]] = [
        [day, *(values[n] for _, values in series)] for n, day in enumerate(charts.days)
    ]
    return [head, *rows]


@dataclass(frozen=True)
class _Told:
    """Figures as one value a day."""

    figures: Figures
    span: Sequence[str]

    def labels(self, name: str) -> list[str]:
        """All labels of these days."""
        return sorted({label for _, label in self.figures.get(name, {})})

    def counts(self, name: str, label: str = "") -> tuple[float | None, ...]:
        found = self.figures.get(name, {})
        return tuple(found.get((day, label), (0, 0.0))[0] for day in self.span)

    def amounts(self, name: str, label: str = "") -> tuple[float | None, ...]:
        found = self.figures.get(name, {})
        return tuple(found[day, label][1] if (day, label) in found else None for day in self.span)


def _chart(name: str, unit: str, series: tuple[Series, ...]) -> Chart:
    return Chart(name, TITLES[name], unit, series)


def _renders(told: _Told) -> tuple[Series, ...]:
    ends = [Series(end.capitalize(), told.counts("ended", end)) for end in _ENDS]
    ordered = _sum(told.counts("ordered", label) for label in told.labels("ordered"))
    return (*ends, Series("Ordered", ordered or (0,) * len(told.span), "line"))


def _ratio(told: _Told, title: str, above: str, below: str) -> Series:
    pairs = zip(told.amounts(above), told.amounts(below), strict=True)
    return Series(title, _each(pairs, lambda a, b: a / b), "line", "last")


def _waits(told: _Told) -> Series:
    """The mean of the renders that ended on a day."""
    pairs = zip(told.amounts("waiting"), told.counts("waiting"), strict=True)
    return Series(
        "Mean wait", _each(pairs, lambda total, count: total / count / 60), "line", "last"
    )


def _by_label(told: _Told, name: str) -> tuple[Series, ...]:
    labels = told.labels(name) or [""]
    return tuple(
        Series(label.replace("_", " ").capitalize() or "None", told.counts(name, label))
        for label in labels
    )


def _money(told: _Told, name: str, figure: str) -> list[Chart]:
    """A chart for each currency: they cannot be summed."""
    found: dict[str, list[Series]] = {}
    for label in told.labels(figure):
        tier, _, currency = label.rpartition(" ")
        cents = told.amounts(figure, label)
        values = tuple((one or 0.0) / 100 for one in cents)
        found.setdefault(currency.upper(), []).append(Series(tier.capitalize(), values))
    if not found:
        return [_chart(name, "", (Series("None", (0,) * len(told.span)),))]
    return [_chart(name, unit, tuple(series)) for unit, series in sorted(found.items())]


def _users(told: _Told) -> tuple[Series, ...]:
    return (
        Series("New", told.counts("joined")),
        Series("Active", told.counts("active"), "line", "last"),
    )


def _stored(told: _Told) -> tuple[Series, ...]:
    return tuple(
        Series(
            what.capitalize(),
            tuple(None if size is None else size / 1e9 for size in told.amounts("stored", what)),
            "line",
            "last",
        )
        for what in ("videos", "songs")
    )


def _each(
    pairs: Iterable[tuple[float | None, float | None]], work: Callable[[float, float], float]
) -> tuple[float | None, ...]:
    return tuple(
        round(work(above, below), 2) if above is not None and below else None
        for above, below in pairs
    )


def _sum(columns: Iterable[tuple[float | None, ...]]) -> tuple[float | None, ...]:
    return tuple(sum(one or 0 for one in row) for row in zip(*columns, strict=True))
