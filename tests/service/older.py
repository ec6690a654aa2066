"""What a version of Oriel asks of each table that it knows: rows written, read, changed, taken away.

The statements are made from the tables as a database has them, and name each column, as ours do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, MetaData, String, Table
from sqlalchemy import UniqueConstraint as Unique

from oriel.service.db import Database

Rows = dict[str, dict[str, Any]]

_THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Version:
    """The tables that a version knows, those that others point to first."""

    tables: list[Table]

    async def write(self, database: Database, number: int, *, all_columns: bool = True) -> None:
        """A row in each table; of two numbers they differ where they must, and nowhere else."""
        async with database.begin() as session:
            for table in self.tables:
                told = [one for one in table.c if all_columns or not one.nullable]
                values = {one.name: _value(one, number) for one in told}
                await session.execute(table.insert().values(values))

    async def read(self, database: Database, number: int) -> Rows:
        """The row of this number in each table."""
        found = {}
        async with database.read() as session:
            for table in self.tables:
                rows = await session.execute(table.select().where(*_is(table, number)))
                found[table.name] = dict(rows.one()._mapping)
        return found

    async def change(self, database: Database, number: int) -> None:
        """Set each column of these rows but for those that name them, to what it is."""
        async with database.begin() as session:
            for table in self.tables:
                values = {one.name: _value(one, number) for one in table.c if not one.primary_key}
                done = await session.execute(
                    table.update().where(*_is(table, number)).values(values)
                )
                assert done.rowcount == 1, table.name  # type: ignore[attr-defined]

    async def take_away(self, database: Database, number: int) -> None:
        """Delete these rows."""
        async with database.begin() as session:
            for table in reversed(self.tables):
                done = await session.execute(table.delete().where(*_is(table, number)))
                assert done.rowcount == 1, table.name  # type: ignore[attr-defined]


async def version(database: Database) -> Version:
    """The version whose tables a database has now."""

    def told(connection: Connection) -> Version:
        found = MetaData()
        found.reflect(connection)
        return Version([one for one in found.sorted_tables if one.name != "alembic_version"])

    async with database.read() as session:
        return await (await session.connection()).run_sync(told)


def _is(table: Table, number: int) -> Iterator[Any]:
    return (one == _value(one, number) for one in table.primary_key)


def _value(column: Column[Any], number: int) -> Any:
    """What a column holds in the rows of a number."""
    for key in column.foreign_keys:
        # Two rows may be of one user, or of one render, unless the tables say that they may not.
        return _value(key.column, number if _unique(column) else 1)
    alone = number if _unique(column) else 0
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, DateTime):
        return _THEN
    if isinstance(column.type, JSON):
        return {"number": alone}
    if isinstance(column.type, String):
        return f"{alone}{column.table.name}.{column.name}"[: column.type.length]
    return alone


def _unique(column: Column[Any]) -> bool:
    """Whether two rows must differ in it."""
    table = column.table
    assert isinstance(table, Table)
    indexes = [one.columns for one in table.indexes if one.unique]
    said = [one.columns for one in table.constraints if isinstance(one, Unique)]
    return any(column.name in each for each in (table.primary_key.columns, *indexes, *said))
