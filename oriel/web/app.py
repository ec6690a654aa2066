"""The parts in, one aiohttp application out."""

from collections.abc import AsyncIterator

from aiohttp import web

from oriel.web import errors, headers, places
from oriel.web.demo import Demo
from oriel.web.keys import DEMO, STUDIO
from oriel.web.routes import ROUTES
from oriel.web.studio import Studio


def create(where: places.Places | None = None) -> web.Application:
    """The application; raises BadOption where the studio's page was never built."""
    app = web.Application(middlewares=[errors.middleware])
    app[STUDIO] = Studio(where or places.find())
    app[STUDIO].now()  # no visitor waits for it
    app.on_response_prepare.append(headers.add)
    app.cleanup_ctx.append(_demo)
    app.add_routes(ROUTES)
    return app


async def _demo(app: web.Application) -> AsyncIterator[None]:
    app[DEMO] = Demo()
    yield
    app[DEMO].close()
