"""Days in UTC: of a column, of a range, and how long it is from one column's moment to another's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Double, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class day_of(GenericFunction[str]):  # noqa: N801 - it is called as SQL's functions are
    """The day of a moment, such as "2026-11-26"."""

    type = String()
    inherit_cache = True


class seconds_between(GenericFunction[float]):  # noqa: N801
    """The seconds from the first moment to the second."""

    type = Double()
    inherit_cache = True


def of(moment: datetime) -> date:
    """The day of a moment."""
    return moment.astimezone(UTC).date()


def begin(day: date) -> datetime:
    """A day's first moment."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def among(first: date, last: date) -> Iterator[date]:
    """All days from the first to the last, both included."""
    while first <= last:
        yield first
        first += timedelta(days=1)


@compiles(day_of)
def _day(element: day_of, compiler: SQLCompiler, **given: Any) -> str:
    return f"substr({compiler.process(element.clauses, **given)}, 1, 10)"


@compiles(day_of, "postgresql")
def _day_there(element: day_of, compiler: SQLCompiler, **given: Any) -> str:
    moment = compiler.process(element.clauses, **given)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


@compiles(seconds_between)
def _seconds(element: seconds_between, compiler: SQLCompiler, **given: Any) -> str:
    first, second = (compiler.process(one, **given) for one in element.clauses)
    return f"((julianday({second}) - julianday({first})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _seconds_there(element: seconds_between, compiler: SQLCompiler, **given: Any) -> str:
    first, second = (compiler.process(one, **given) for one in element.clauses)
    return f"CAST(extract(epoch FROM ({second} - {first})) AS double precision)"
