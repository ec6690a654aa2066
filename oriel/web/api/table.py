"""Every route of the service, and the document that describes them all."""

from functools import lru_cache
from importlib import import_module
from typing import Any

from aiohttp import web

from oriel.web.api import openapi, perform
from oriel.web.api.route import Route, routes

GROUPS = (
    "auth",
    "visitor",
    "user",
    "factor",
    "presets",
    "jobs",
    "songs",
    "events",
    "payments",
    "admin",
    "admin_renders",
    "admin_payments",
    "admin_mails",
    "admin_notices",
    "admin_figures",
    "status",
    "outbox",
    "about",
)


@lru_cache
def own() -> tuple[Route, ...]:
    """The API's routes, group by group."""
    return tuple(routes(import_module(f"oriel.web.api.{name}") for name in GROUPS))


def served() -> list[web.RouteDef]:
    """The same as aiohttp takes them."""
    return [_defined(route) for route in own()]


@lru_cache(maxsize=4)
def document(url: str) -> dict[str, Any]:
    """The OpenAPI document of all routes, the studio's included, of a service at `url`."""
    from oriel.web.api import site

    return openapi.document([*own(), *site.described()], url)


def _defined(route: Route) -> web.RouteDef:
    return web.route(route.method, route.path, perform.handler(route), name=None)
