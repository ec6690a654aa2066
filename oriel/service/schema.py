"""A database's URL goes in, and its tables are brought to where this version of Oriel wants them.

The steps are in `migrations/`, one file each. They run as one transaction under a lock, so that of
two processes which start at once one does the work, and a step that fails changes nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, make_url, text

import oriel
from oriel.errors import BadOption, BadOutput, Fault
from oriel.service import db, models

T = TypeVar("T")

_TAKE_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
_LOCK = 0x6F7269656C  # of PostgreSQL, whose advisory locks are numbers; any that nobody else uses


class BadSchema(Fault):
    """The database's tables are those of another version of Oriel."""


async def upgrade(url: str, to: str = "head") -> str:
    """Bring a database forward to a revision, the newest by default; make it where SQLite's is not.

    Doing so twice, or in several processes at once, changes nothing more; what a newer version of
    Oriel brought further stays as it is. Returns the revision that it is at then.
    """
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and place.database:
        _make_folder(Path(place.database).parent)
    return await _run(url, lambda connection: _brought(connection, to))


def _brought(connection: Connection, to: str) -> str:
    from alembic import command

    found = _revision(connection)
    if to == "head" and found is not None and found not in _known():
        return found
    command.upgrade(_config(connection), to)
    brought = _revision(connection)
    assert brought is not None
    return brought


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadOutput(
            f"{folder} cannot be made ({error.strerror}): name another folder in ORIEL_DATA"
        ) from error


async def downgrade(url: str, to: str) -> None:
    """Take a database back to a revision; "base" is before the first, without any table."""
    from alembic import command

    await _run(url, lambda connection: command.downgrade(_config(connection), to))


async def differences(url: str) -> list[Any]:
    """What the models have that the database does not, or the other way round; [] is as it should be."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts=comparison())
        return list(compare_metadata(context, models.Base.metadata))

    return await _run(url, compare)


async def revision(database: db.Database) -> str | None:
    """The revision that a database is at; None before its first upgrade."""
    async with database.read() as session:
        return await (await session.connection()).run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this version of Oriel wants."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory(str(_folder())).get_current_head()
    assert found is not None
    return found


async def check(database: db.Database) -> None:
    """Raise BadOption where the tables are not as this version of Oriel wants them."""
    found, wanted = await revision(database), newest()
    if found is not None and found not in _known():
        raise BadOption(
            f"The database is at revision {found}, of a newer version of Oriel: use that one"
        )
    if found != wanted:
        have = f"is at revision {found}, not {wanted}" if found else "has no tables yet"
        raise BadOption(f"The database {have}: run oriel db upgrade first")


async def fits(database: db.Database) -> bool:
    """Whether this version of Oriel can work with the tables: its own, or those of a newer one.

    Each step leaves the version before it working, so that an upgrade needs no pause.
    """
    found = await revision(database)
    return found is not None and (found == newest() or found not in _known())


async def demand(database: db.Database) -> None:
    """Raise BadOption where this version of Oriel cannot work with the tables."""
    if not await fits(database):
        raise BadOption(
            "The database has no tables of this version of Oriel: run oriel db upgrade first"
        )


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {step.revision for step in ScriptDirectory(str(_folder())).walk_revisions()}


def comparison() -> dict[str, Any]:
    """How Alembic is to look at our tables."""
    return {
        "target_metadata": models.Base.metadata,
        "compare_type": True,
        "compare_server_default": True,
        "render_as_batch": True,  # SQLite changes a table by copying it
        "render_item": _rendered,
    }


def _rendered(kind: str, item: Any, context: object) -> str | bool:
    """A migration never imports our types: they may change after it."""
    if kind == "type" and isinstance(item, models.Moment):
        return "sa.DateTime(timezone=True)"
    return False


async def _run(url: str, work: Callable[[Connection], T]) -> T:
    from alembic.util import CommandError

    engine = db.engine_of(url, foreign_keys=False)
    try:
        async with db.transaction(engine) as connection:  # on SQLite this is the lock
            if engine.dialect.name == "postgresql":
                await connection.execute(_TAKE_LOCK, {"lock": _LOCK})
            return await connection.run_sync(work)
    except CommandError as error:
        raise BadSchema(
            f"The database cannot be brought there ({error}): use a newer version of Oriel"
        ) from error
    finally:
        await engine.dispose()


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _folder() -> Path:
    """Within the installed package, or beside it in a checkout."""
    package = Path(oriel.__file__).parent
    built = package / "migrations"
    return built if built.is_dir() else package.parent / "migrations"
