"""The parts in, one aiohttp application out."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from oriel.web import errors, headers, places
from oriel.web.demo import Demo
from oriel.web.keys import DEMO, STUDIO
from oriel.web.routes import FILES, HEALTH, ROUTES
from oriel.web.studio import Studio

if TYPE_CHECKING:
    from oriel.service.settings import Settings


def create(
    where: places.Places | None = None, settings: "Settings | None" = None
) -> web.Application:
    """The application, with the API and its pages where the service's settings are given.

    Raises BadOption where the studio's page was never built.
    """
    app = web.Application(middlewares=[errors.middleware])
    app[STUDIO] = Studio(where or places.find(), service=settings is not None)
    app[STUDIO].now()  # no visitor waits for it
    app.on_response_prepare.append(headers.add)
    app.cleanup_ctx.append(_demo)
    if settings is None:
        app.add_routes(ROUTES)
    else:
        from oriel.web.api import app as api
        from oriel.web.api.counted import counted
        from oriel.web.pages import app as pages

        app.add_routes([*map(counted, FILES), HEALTH])
        api.add(app, settings)
        pages.add(app, settings)
    return app


async def _demo(app: web.Application) -> AsyncIterator[None]:
    app[DEMO] = Demo()
    yield
    app[DEMO].close()
