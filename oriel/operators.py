"""What operators type beside `oriel serve` and `oriel worker`: `oriel db …` and `oriel admin …`."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from oriel.errors import BadOutput

if TYPE_CHECKING:
    from oriel.service.backup import Contents
    from oriel.service.settings import Settings

T = TypeVar("T")

_OPTIONS: Any = {
    "invoke_without_command": True,
    "rich_markup_mode": None,
    "add_completion": False,
}
db = typer.Typer(help="The service's database and files: upgrade, backup, restore.", **_OPTIONS)
admin = typer.Typer(help="Those who run the service.", **_OPTIONS)


Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the backup lies.")]


@db.callback()
@admin.callback()
def _alone(context: typer.Context) -> None:
    """Show what there is, where nothing was asked for."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@db.command()
def upgrade() -> None:
    """Bring the database to where this version of Oriel wants it.

    Doing so twice changes nothing more. What a newer version brought further stays as it is.
    """
    settings = _settings()
    from oriel.service import schema
    from oriel.service.db import named

    found = _run(schema.upgrade(settings.database_url))
    newer = "" if found == schema.newest() else ", of a newer version of Oriel; this one can use it"
    print(f"{named(settings.database_url)} is at revision {found}{newer}.")


@db.command()
def backup(folder: Folder) -> None:
    """Write the database and all files into a folder.

    The service may run meanwhile.
    Into the same folder again, only what is new is copied.
    """
    settings = _settings()
    from oriel.service import backup as backups
    from oriel.service.db import named

    try:
        contents = _run(backups.save(settings, folder))
    except OSError as error:
        raise BadOutput(
            f"{folder} cannot be written ({error.strerror or error}): name another folder"
        ) from error
    _told("Backed up", contents, f"of {named(settings.database_url)} to {folder}")


@db.command()
def restore(folder: Folder) -> None:
    """Put a backup back, into an empty database and storage.

    Nothing else may run meanwhile.
    """
    settings = _settings()
    from oriel.service import backup as backups
    from oriel.service.db import named

    contents = _run(backups.restore(settings, folder))
    _told("Restored", contents, f"from {folder} into {named(settings.database_url)}")


@admin.command()
def create(
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Their e-mail address.")],
) -> None:
    """Make somebody an administrator.

    A new account, or the one that confirmed the address or has this password. The password is asked
    for, or read from a pipe.
    """
    settings = _settings()
    password = _password()
    from oriel.service import clock, plans, schema, users
    from oriel.service.db import named, open_database

    async def made() -> str:
        async with open_database(settings.database_url) as database:
            await schema.demand(database)
            user = await users.create_admin(
                database, plans.of(settings), email=email, password=password, now=clock.now()
            )
            return user.email

    print(f"{_run(made())} is an administrator, in {named(settings.database_url)}.")


@admin.command()
def remove_second_factor(
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="The account's e-mail address.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the audit log.")],
) -> None:
    """Let somebody in by the password alone.

    For who lost phone and recovery codes; they are signed out.
    """
    settings = _settings()
    from oriel.service import clock, factors, users
    from oriel.service.db import open_database

    async def done() -> None:
        async with open_database(settings.database_url) as database, database.begin() as session:
            user = await users.known(session, email)
            await factors.take_away(session, user.id, by=None, reason=reason, now=clock.now())

    _run(done())
    print(f"The password of {email} alone signs in now; a letter tells of it.")


def _told(done: str, contents: "Contents", where: str) -> None:
    rows, files = sum(contents.rows.values()), len(contents.files)
    print(f"{done} {rows} rows and {files} files ({contents.bytes / 1e6:.1f} MB) {where}.")


def _settings() -> "Settings":
    """The settings of the environment; raises BadOption where the service is not installed."""
    from oriel.extras import needed_for

    with needed_for("This", "service"):
        import sqlalchemy.ext.asyncio  # noqa: F401 (its absence is to be told now)

        from oriel.service import schema, users  # noqa: F401
        from oriel.service.settings import Settings
    return Settings.read()


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
