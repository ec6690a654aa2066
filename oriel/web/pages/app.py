"""An application with the API in; the same with every page for people, out."""

import pkgutil
from contextlib import suppress
from functools import lru_cache
from importlib import import_module

from aiohttp import web

from oriel.errors import Fault
from oriel.service.errors import Refused
from oriel.service.settings import Settings
from oriel.web import pages
from oriel.web.api.call import Call
from oriel.web.api.keys import PARTS
from oriel.web.keys import ERROR_PAGE
from oriel.web.pages import page, perform, templates
from oriel.web.pages.page import Page


def add(app: web.Application, settings: Settings) -> None:
    """Have the application serve the pages, and tell people what went wrong by one."""
    templates.add(app, settings.texts)
    app.add_routes([web.route(one.method, one.path, perform.handler(one)) for one in own()])
    app[ERROR_PAGE] = _told


@lru_cache
def own() -> tuple[Page, ...]:
    """Every page, found by looking into each file beside this one."""
    found = pkgutil.walk_packages(pages.__path__, f"{pages.__name__}.")
    return tuple(page.pages(import_module(name) for name in sorted(one.name for one in found)))


async def _told(request: web.Request, status: int, message: str) -> web.Response:
    """What went wrong outside of any page."""
    call = Call(request, request.app[PARTS])
    with suppress(Refused, Fault):  # it is told to strangers too
        await call.identify(required=False)
    response = templates.rendered(call, perform.problem(status, message))
    call.dress(response)
    return response
