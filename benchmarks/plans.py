"""What a service asks its database goes in; how the database goes about it comes out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import event

from oriel.service.asking import Asker
from oriel.service.db import Database
from oriel.service.models import Base

# Few rows, or read as a whole by intent: every other table grows with the service.
SMALL = frozenset({"figures", "workers", "segments"})
LARGE = frozenset(Base.metadata.tables) - SMALL


@dataclass(frozen=True)
class Asked:
    """A question, as the driver got it."""

    statement: str
    parameters: Any


@contextmanager
def overheard(database: Database) -> Iterator[list[Asked]]:
    """A list that fills with each question asked within the block."""
    found: list[Asked] = []

    def hear(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append(Asked(statement, parameters))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        with _overheard_past_sqlalchemy(found):
            yield found
    finally:
        event.remove(engine, "before_cursor_execute", hear)


@contextmanager
def _overheard_past_sqlalchemy(found: list[Asked]) -> Iterator[None]:
    answered = Asker.rows

    async def rows(asker: Asker, asked: Any, values: Mapping[str, Any]) -> Any:
        question = asker._questions[asked]
        assert question is not None
        found.append(Asked(question.text, tuple(question.values(values))))
        return await answered(asker, asked, values)

    with mock.patch.object(Asker, "rows", rows):
        yield


async def plan(database: Database, asked: Asked) -> list[str]:
    """The lines of the database's plan; on PostgreSQL as if no table could be read as a whole.

    A small one always is, so that what it would do with a large one is not seen otherwise.
    """
    async with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            explained = f"EXPLAIN QUERY PLAN {asked.statement}"
            rows = await connection.exec_driver_sql(explained, asked.parameters)
            return [str(detail) for *_, detail in rows]
        await connection.exec_driver_sql("SET enable_seqscan = off")
        explained = f"EXPLAIN {asked.statement}"
        rows = await connection.exec_driver_sql(explained, asked.parameters)
        return [str(row[0]).strip() for row in rows]


def whole_tables(lines: list[str]) -> set[str]:
    """The tables that a plan reads as a whole, row by row, and that may be large."""
    found = set()
    for line in lines:
        words = line.removeprefix("->").split()
        if words[:1] == ["SCAN"] and "INDEX" not in words:  # SQLite
            found.add(words[1])
        elif words[:3] == ["Seq", "Scan", "on"]:
            found.add(words[3])
    return found & LARGE


def sorted_by(lines: list[str]) -> set[str]:
    """Where SQLite sorts what it found: what it was found by, such as "user_id=?"."""
    if "USE TEMP B-TREE FOR ORDER BY" not in lines:
        return set()
    return {line[line.index("(") + 1 : line.index(")")] for line in lines if "(" in line}
