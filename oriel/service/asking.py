"""Questions that are asked all the time go in; rows come out, for a quarter of a session's work.

SQLAlchemy writes each question once, and asyncpg asks it, on connections that do nothing else: each
question is a transaction of its own, so nothing is to be begun, ended or reset between two of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVarTuple
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Dialect, Float, Numeric, Row, Select
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from oriel.service.connections import NO_CONNECTION, Places, away, lost

Ts = TypeVarTuple("Ts")

_LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)


@dataclass(frozen=True)
class _Question:
    """A question as PostgreSQL is asked it."""

    text: str
    names: Sequence[str]  # of the values, in their order
    constants: Mapping[str, Any]
    columns: SimpleResultMetaData
    readers: Sequence[tuple[int, Callable[[Any], Any]]]  # of what asyncpg gives otherwise

    @classmethod
    def written(cls, asked: Select[*Ts], dialect: Dialect) -> Self | None:
        """None for a question whose text depends on the values, as that of a list does."""
        compiled = asked.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params:
            return None
        columns = list(asked.selected_columns)
        readers = [_reader(column.type, dialect) for column in columns]
        return cls(
            str(compiled),
            compiled.positiontup or (),
            {name: one.value for name, one in compiled.binds.items() if not one.required},
            SimpleResultMetaData([getattr(column, "name", "") for column in columns]),
            [(at, reader) for at, reader in enumerate(readers) if reader is not None],
        )

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """What `text` leaves open; raises KeyError where one is missing."""
        constants = self.constants
        return [given[name] if name in given else constants[name] for name in self.names]

    def read(self, records: Sequence[asyncpg.Record]) -> Sequence[Row[*Ts]]:
        """The rows as SQLAlchemy gives them."""
        found: IteratorResult[*Ts] = IteratorResult(self.columns, map(self._read, records))
        return found.all()

    def _read(self, record: asyncpg.Record) -> tuple[Any, ...]:
        values = list(record)
        for at, reader in self.readers:
            values[at] = reader(values[at])
        return tuple(values)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes of asyncpg's value that of a column; None where they are the same."""
    if isinstance(kind, Numeric | Float):
        return None if kind.asdecimal else _float
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class _Connection:
    pooled: AsyncConnection
    driver: asyncpg.Connection


@dataclass
class Asker:
    """Asks one question at a time on each of so many connections of a PostgreSQL engine."""

    engine: AsyncEngine
    places: Places
    _idle: list[_Connection] = field(default_factory=list)
    # Kept for as long as the question is.
    _questions: WeakKeyDictionary[Select[*tuple[Any, ...]], _Question | None] = field(
        default_factory=WeakKeyDictionary
    )

    def can_ask(self, asked: Select[*Ts]) -> bool:
        """Whether this can ask that question; it is written once, so ask the same one again."""
        if asked not in self._questions:
            self._questions[asked] = _Question.written(asked, self.engine.dialect)
        return self._questions[asked] is not None

    async def rows(self, asked: Select[*Ts], values: Mapping[str, Any]) -> Sequence[Row[*Ts]]:
        """What a question that it can ask finds; raises DatabaseGone.

        Values are text, numbers and times with their zone.
        """
        question = self._questions[asked]
        assert question is not None
        async with self.places.one():
            connection = await self._connected()
            try:
                return question.read(await _fetched(connection.driver, question, values))
            finally:
                self._idle.append(connection)

    async def _connected(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.driver.is_closed():
                return connection
            await connection.pooled.close()
        return await _connect(self.engine)

    async def fill(self) -> None:
        """Connect ahead; raises DatabaseGone."""
        while len(self._idle) < self.places.count:
            self._idle.append(await _connect(self.engine))

    async def close(self) -> None:
        """Give all connections back."""
        while self._idle:
            await self._idle.pop().pooled.close()


async def _connect(engine: AsyncEngine) -> _Connection:
    try:
        pooled = await engine.connect()
    except NO_CONNECTION as error:
        raise away(error) from error
    raw = await pooled.get_raw_connection()
    assert isinstance(raw.driver_connection, asyncpg.Connection)
    return _Connection(pooled, raw.driver_connection)


async def _fetched(
    driver: asyncpg.Connection, question: _Question, values: Mapping[str, Any]
) -> Sequence[asyncpg.Record]:
    given = question.values(values)
    try:
        records: Sequence[asyncpg.Record] = await driver.fetch(question.text, *given)
    except Exception as error:
        if isinstance(error, _LOST) or driver.is_closed():
            driver.terminate()
            raise lost(error) from error
        raise
    return records
