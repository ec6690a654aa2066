"""The service's settings in; the API, and all that surrounds it, out on the studio's application."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from oriel.jobs import queue
from oriel.service import (
    afterwards,
    db,
    events,
    limits,
    payments,
    plans,
    presence,
    storage,
    telemetry,
)
from oriel.service.settings import Settings
from oriel.service.storage.file import FileStorage
from oriel.web import files
from oriel.web.api import ids, origins, proxies, table
from oriel.web.api.counted import counted
from oriel.web.api.keys import PARTS, VERSIONS
from oriel.web.api.parts import Parts
from oriel.web.api.versions import Versions
from oriel.web.keys import HTTPS, LEAVE, OTHERS


def add(app: web.Application, settings: Settings) -> None:
    """Have the application serve the API; its parts are open for as long as it runs."""
    stored = storage.of(settings)
    app.middlewares[:0] = [
        ids.middleware,
        *([ids.traced] if telemetry.traced() else []),
        proxies.middleware(settings.trusted_proxies),
        origins.cors(settings.cors_origins),
    ]
    app.on_response_prepare.extend([ids.told, origins.shown_to(settings.cors_origins)])
    app[HTTPS] = settings.public_url.startswith("https:")
    app[VERSIONS] = Versions(stored)
    app[OTHERS] = app[VERSIONS].asset
    app.add_routes(table.served())
    if isinstance(stored, FileStorage):
        app.add_routes([counted(files.route(stored))])

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            database = await enter(db.open_database(settings.database_url))
            await database.fill()
            url = settings.redis_url
            app[PARTS] = Parts(
                settings=settings,
                plans=plans.of(settings),
                database=database,
                storage=stored,
                payments=payments.of(settings),
                limits=await enter(limits.open_limits(url, settings.rate_factor)),
                events=await enter(events.opened(database, url)),
                presence=await enter(presence.opened(database)),
                afterwards=await enter(afterwards.opened()),
                queue=None if url is None else await enter(queue.opened(url, patient=False)),
            )
            yield

    app.cleanup_ctx.append(opened)
    app[LEAVE] = lambda: app[PARTS].presence.leave()  # browsers take event streams up elsewhere
