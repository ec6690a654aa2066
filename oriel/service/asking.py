"""Questions that are asked all the time go in; rows come out, for a quarter of a session's work.

SQLAlchemy writes each question once, and asyncpg asks it, on connections that do nothing else: each
question is a transaction of its own, so nothing is to be begun, ended or reset between two of them.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVarTuple
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import ColumnClause, Dialect, Float, Label, Numeric, Row, Select
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from oriel.service.connections import FULL_SECONDS, NO_CONNECTION, Places, away, lost

Ts = TypeVarTuple("Ts")

Change = Callable[[Any], Any]

# What says that the connection is no good; OSError is a question that took too long, too.
_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
)


@dataclass(frozen=True)
class _Question:
    """A question as PostgreSQL is asked it."""

    text: str
    names: Sequence[str]  # of the values, in their order
    constants: Mapping[str, Any]
    writers: Mapping[str, Change]  # of values that asyncpg wants otherwise, or that are checked
    columns: SimpleResultMetaData
    readers: Sequence[tuple[int, Change]]  # of what asyncpg gives otherwise

    @classmethod
    def written(cls, asked: Select[*Ts], dialect: Dialect) -> Self | None:
        """None for a question whose text depends on the values, as that of a list does.

        And for one whose columns have no names of their own: SQLAlchemy makes some up.
        """
        compiled = asked.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        columns = list(asked.selected_columns)
        names = [one.name for one in columns if isinstance(one, ColumnClause | Label)]
        depends = compiled.post_compile_params or compiled.literal_execute_params
        if depends or len(set(names)) < len(columns):
            return None
        writers = {
            name: one.type.dialect_impl(dialect).bind_processor(dialect)
            for name, one in compiled.binds.items()
        }
        readers = [_reader(column.type, dialect) for column in columns]
        return cls(
            str(compiled),
            compiled.positiontup or (),
            {name: one.value for name, one in compiled.binds.items() if not one.required},
            {name: writer for name, writer in writers.items() if writer is not None},
            SimpleResultMetaData(names),
            [(at, reader) for at, reader in enumerate(readers) if reader is not None],
        )

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """What `text` leaves open; raises KeyError where one is missing."""
        values = {**self.constants, **given}
        for name, writer in self.writers.items():
            values[name] = writer(values[name])
        return [values[name] for name in self.names]

    def read(self, records: Sequence[asyncpg.Record]) -> Sequence[Row[*Ts]]:
        """The rows as SQLAlchemy gives them."""
        found: IteratorResult[*Ts] = IteratorResult(self.columns, map(self._read, records))
        return found.all()

    def _read(self, record: asyncpg.Record) -> tuple[Any, ...]:
        values = list(record)
        for at, reader in self.readers:
            values[at] = reader(values[at])
        return tuple(values)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Change | None:
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
    # All take turns, so that none is silent for so long that something between forgets it.
    _idle: deque[_Connection] = field(default_factory=deque)
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
            connection = self._idle.popleft()
            if not connection.driver.is_closed():
                return connection
            await connection.pooled.close()
        return await _connect(self.engine)

    async def fill(self) -> None:
        """Connect ahead, before anybody asks; raises DatabaseGone."""
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
        records: Sequence[asyncpg.Record] = await driver.fetch(
            question.text, *given, timeout=FULL_SECONDS
        )
    except Exception as error:
        if isinstance(error, _LOST) or driver.is_closed():
            driver.terminate()
            raise lost(error) from error
        raise
    return records
