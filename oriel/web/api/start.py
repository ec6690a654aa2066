"""Settings in; the whole service on this machine, ready to be served, out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import select

from oriel.jobs import supervisor
from oriel.service import clock, db, plans, schema, users
from oriel.service.models import Song
from oriel.service.settings import Settings
from oriel.service.storage import Storage
from oriel.stopping import Stop
from oriel.web import app
from oriel.web.api.keys import VERSIONS
from oriel.web.keys import STUDIO


@asynccontextmanager
async def whole(settings: Settings, stop: Stop, url: str) -> AsyncIterator[web.Application]:
    """The application, with the queue and the worker that it needs where it has no others.

    `url` is where it will answer; links begin with it unless the settings name another. `stop` tells
    how soon they are to end.
    """
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": _reachable(url)})
    await _prepare(settings)
    async with supervisor.running(settings, stop=stop) as complete:
        application = app.create(settings=complete)
        files = application[STUDIO].now().assets.values()
        async with application[VERSIONS].keeping(files, partial(begin, settings.database_url)):
            yield application


async def begin(database_url: str, stored: Storage) -> None:
    """Begin the storage of a new service, or one into which an older one's files were moved.

    Where the database knows of songs and the newest does not lie there, the disk is not mounted: what
    a folder takes then is out of sight once it is. Raises StorageFailed for a folder like that.
    """
    async with db.open_database(database_url) as database, database.read() as session:
        sent = await session.scalar(select(Song.id).limit(1)) is not None
        kept = select(Song.key).where(Song.deleted_at.is_(None)).order_by(Song.id.desc())
        newest = await session.scalar(kept.limit(1))
    if not sent or await stored.exists(newest or "songs/none"):
        await stored.begin()


async def _prepare(settings: Settings) -> None:
    """Bring the embedded database up to date, and make the first administrator."""
    if settings.database_url.startswith("sqlite"):
        await schema.upgrade(settings.database_url)
    async with db.open_database(settings.database_url) as database:
        await schema.demand(database)
        await users.ensure_admin(database, plans.of(settings), settings, clock.now())


def _reachable(url: str) -> str:
    """Where this machine itself finds what answers at all of its addresses."""
    parts = urlsplit(url)
    with suppress(ValueError):  # it is a name
        if ip_address(parts.hostname or "").is_unspecified:
            return f"http://127.0.0.1:{parts.port}"
    return url
