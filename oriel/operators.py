"""What operators type beside `oriel serve` and `oriel worker`: `oriel db …` and `oriel admin …`."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from oriel.errors import BadOption

if TYPE_CHECKING:
    from oriel.service.settings import Settings

T = TypeVar("T")

_OPTIONS: Any = {
    "no_args_is_help": True,
    "rich_markup_mode": None,
    "add_completion": False,
}
db = typer.Typer(help="The database of the service.", **_OPTIONS)
admin = typer.Typer(help="Those who run the service.", **_OPTIONS)


@db.callback()
def _of_databases() -> None:
    """Keep `upgrade` a command of its own, though it is the only one."""


@admin.callback()
def _of_admins() -> None:
    """The same for `create`."""


@db.command()
def upgrade() -> None:
    """Bring the database to where this version of Oriel wants it; safe to repeat."""
    settings = _settings()
    from oriel.service import schema

    _run(schema.upgrade(settings.database_url))
    print(f"The database is at revision {schema.newest()}.")


@admin.command()
def create(
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Their e-mail address.")],
) -> None:
    """Make somebody an administrator, with a password that is asked for, or read from a pipe."""
    settings = _settings()
    password = _password()
    from oriel.service import clock, users
    from oriel.service.db import open_database

    async def made() -> str:
        async with open_database(settings.database_url) as database:
            user = await users.create_admin(
                database, email=email, password=password, now=clock.now()
            )
            return user.email

    print(f"{_run(made())} is an administrator.")


def _settings() -> "Settings":
    """The settings of the environment; raises BadOption where the service is not installed."""
    try:
        import sqlalchemy.ext.asyncio  # noqa: F401 (its absence is to be told now)

        from oriel.service import schema, users  # noqa: F401
        from oriel.service.settings import Settings
    except ModuleNotFoundError as error:
        raise BadOption(
            f"This needs {error.name}, which is not installed: pip install 'oriel[service]'"
        ) from error
    return Settings.read()


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
