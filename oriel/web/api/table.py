"""Every route of the service, and the document that describes them all."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import chain
from typing import Any

from aiohttp import web

from oriel.web.api import openapi, perform
from oriel.web.api.route import Route, routes

# The files whose routes are under one title for readers.
_SECTIONS: Mapping[str, Sequence[str]] = {
    "Signing in": ("auth", "visitor"),
    "Your account": ("user", "factor"),
    "Presets": ("presets",),
    "Renders": ("jobs", "songs", "events"),
    "Payments": ("payments",),
    "Administration": ("admin",),
    "Administration of renders": ("admin_renders",),
    "Administration of payments": ("admin_payments",),
    "Administration of letters": ("admin_mails", "admin_notices"),
    "Figures": ("admin_figures",),
    "Status": ("status",),
    "The API itself": ("about",),
}


@lru_cache
def own() -> tuple[Route, ...]:
    """The API's routes, section by section."""
    return tuple(chain.from_iterable(_own(names) for names in _SECTIONS.values()))


def sections() -> dict[str, list[Route]]:
    """All routes by the title that they are found under, those of pages and files included."""
    from oriel.web.api import site

    found = {title: [*_own(names)] for title, names in _SECTIONS.items()}
    for title, others in site.sections().items():
        found.setdefault(title, []).extend(others)
    return found


def served() -> list[web.RouteDef]:
    """The API's routes as aiohttp takes them."""
    return [_defined(route) for route in own()]


@lru_cache(maxsize=4)
def document(url: str) -> dict[str, Any]:
    """The OpenAPI document of all routes of a service at `url`."""
    return openapi.document(sections(), url)


@lru_cache
def _own(names: Sequence[str]) -> tuple[Route, ...]:
    return tuple(routes(import_module(f"oriel.web.api.{name}") for name in names))


def _defined(route: Route) -> web.RouteDef:
    return web.route(route.method, route.path, perform.handler(route), name=None)
