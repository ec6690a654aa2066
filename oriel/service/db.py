"""A database's URL goes in, transactions come out; the same on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVarTuple
from urllib.parse import unquote

from sqlalchemy import URL, Connection, Engine, Row, Select, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.util import greenlet_spawn

from oriel.service.connections import (
    FULL_SECONDS,
    NO_CONNECTION,
    DatabaseGone,
    Places,
    away,
    lost,
)
from oriel.service.models import Base

if TYPE_CHECKING:
    from oriel.service.asking import Asker

Ts = TypeVarTuple("Ts")

_BUSY_SECONDS = 30  # how long a writer waits for another on SQLite
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",  # as some hosts write it
}
_READING = "oriel_reading"


@dataclass(frozen=True)
class Database:
    """An open database; `async with` closes it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    _places: Places = field(repr=False)
    # SQLite has one writer at a time; waiting here is fair, and its own waiting is not.
    _writing: asyncio.Lock | None = field(default=None, repr=False)
    _asker: "Asker | None" = field(default=None, repr=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def fill(self) -> None:
        """Open ahead what connections the server gives, so that nobody's request waits for one.

        Each takes 5 ms, one after the other; SQLite's take none.
        """
        if self._writing is not None:
            return
        async with AsyncExitStack() as held:
            with suppress(DatabaseGone):
                for _ in range(self._places.count):
                    await held.enter_async_context(self.read())
                if self._asker is not None:
                    await self._asker.fill()

    async def close(self) -> None:
        """Give all connections back."""
        if self._asker is not None:
            await self._asker.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """One transaction that may write; kept when the block ends well, undone otherwise.

        Keep it short, and never open a second one within it: SQLite has one writer at a time.
        """
        async with self._turn(), self._transaction({}) as session:
            yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._writing is None:
            yield
            return
        try:
            async with asyncio.timeout(_BUSY_SECONDS):
                await self._writing.acquire()
        except TimeoutError as error:
            raise DatabaseGone("The database is busy writing: try again in a while.") from error
        try:
            yield
        finally:
            self._writing.release()

    @cached_property
    def _reader(self) -> Engine:
        return self.engine.sync_engine.execution_options(**self._reading)

    @cached_property
    def _reading(self) -> dict[str, Any]:
        if self.engine.dialect.name == "sqlite":
            return {_READING: True}
        # Statement by statement it would see what is committed anyway; BEGIN and COMMIT take longer
        # than most of what lies between them.
        return {"isolation_level": "AUTOCOMMIT"}

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads, and on SQLite waits for no writer."""
        async with self._transaction(self._reading) as session:
            yield session

    async def rows(self, asked: Select[*Ts], **values: Any) -> Sequence[Row[*Ts]]:
        """What one question finds: for what is asked all the time, and changes nothing.

        A session around it, its objects and a step into SQLAlchemy for each of connecting, asking
        and leaving take ten times as long. Have the question at hand: to write it takes longest.
        """
        if self._asker is not None and self._asker.can_ask(asked):
            return await self._asker.rows(asked, values)
        async with self._places.one():
            return await greenlet_spawn(self._found, asked, values)

    def _found(self, asked: Select[*Ts], values: Mapping[str, Any]) -> Sequence[Row[*Ts]]:
        try:
            connection = self._reader.connect()
        except NO_CONNECTION as error:
            raise away(error) from error
        with connection, _lost():
            return connection.execute(asked, values).all()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads, and sees one moment of the database however long it takes."""
        one_moment = {"isolation_level": "REPEATABLE READ"}
        sqlite = self.engine.dialect.name == "sqlite"
        async with self._transaction(self._reading if sqlite else one_moment) as session:
            yield session

    @asynccontextmanager
    async def _transaction(self, options: dict[str, Any]) -> AsyncIterator[AsyncSession]:
        async with self._places.one(), self.sessions() as session:
            await _connected(session, options)
            with _lost():
                yield session
                await session.commit()


@contextmanager
def _lost() -> Iterator[None]:
    """Tell a database that went away from one that refuses what it is asked."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise lost(error.orig) from error
        raise


async def _connected(session: AsyncSession, options: dict[str, Any]) -> None:
    try:
        await session.connection(execution_options=options)
    except NO_CONNECTION as error:
        raise away(error) from error


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction on a connection of its own, as migrations need it."""
    connection = engine.connect()
    try:
        await connection.start()
    except NO_CONNECTION as error:
        raise away(error) from error
    try:
        async with connection.begin():
            yield connection
    finally:
        await connection.close()


def open_database(url: str, connections: int = 10) -> Database:
    """The database of a URL such as "sqlite:///oriel.db" or "postgresql://user@host/oriel".

    Nothing is connected yet; it belongs to the event loop that first uses it.
    """
    engine = engine_of(url, connections)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    if engine.dialect.name == "sqlite":
        return Database(engine, sessions, Places(connections), asyncio.Lock())
    from oriel.service.asking import Asker

    to_ask = connections // 2  # each request asks two questions, and most do nothing else
    asker = Asker(engine, Places(to_ask)) if to_ask else None
    return Database(engine, sessions, Places(connections - to_ask), None, asker)


def named(url: str) -> str:
    """The database's URL as it may be shown: without its password."""
    return unquote(make_url(url).render_as_string(hide_password=True))


async def insert_once(session: AsyncSession, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one that is unique with it is there; whether it was inserted.

    The transaction goes on either way; where another transaction is about to insert the same, this
    waits for it. Columns without a value get their defaults.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    done = await session.execute(insert(table).values(**values).on_conflict_do_nothing())
    return bool(getattr(done, "rowcount", 0))


def engine_of(url: str, connections: int = 10, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine with our drivers; migrations alone do without foreign keys, as they copy tables."""
    asked = _with_driver(make_url(url))
    if asked.get_backend_name() != "sqlite":
        engine = create_async_engine(
            asked,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=FULL_SECONDS,
            hide_parameters=True,
        )

        @event.listens_for(engine.sync_engine, "checkout")
        def check(connection: Any, record: object, proxy: object) -> None:
            """What pool_pre_ping does, without asking the server: the driver sees the end itself."""
            if connection.driver_connection.is_closed():
                raise DisconnectionError

        return engine
    engine = create_async_engine(
        asked,
        pool_size=connections,
        connect_args={"timeout": 30},
        hide_parameters=True,  # they hold addresses and hashes, and errors are logged
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what is acknowledged outlives a power cut
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _with_driver(url: URL) -> URL:
    """The URL with our driver's name, and libpq's way to ask for TLS turned into asyncpg's."""
    url = url.set(drivername=_DRIVERS[url.drivername.partition("+")[0]])
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
