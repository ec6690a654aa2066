"""The API told of: the OpenAPI document, and a page that people read."""

from functools import lru_cache
from typing import Any

from aiohttp import web

from oriel.web.api import docs, table
from oriel.web.api.call import Call
from oriel.web.api.route import Other, route

_HOUR = "public, max-age=3600"


@route(
    "GET",
    "/openapi.json",
    who="anybody",
    others={200: Other("This API as OpenAPI 3.1.", "application/json")},
)
async def openapi(call: Call) -> dict[str, Any]:
    """Every route, as a document for programs."""
    call.headers["Cache-Control"] = _HOUR
    return table.document(call.parts.settings.public_url)


@route(
    "GET",
    "/docs",
    who="anybody",
    others={200: Other("A page.", "text/html")},
)
async def page(call: Call) -> web.StreamResponse:
    """Every route, for people."""
    headers = {"Content-Security-Policy": docs.POLICY, "Cache-Control": _HOUR}
    text = _page(call.parts.settings.public_url)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


@route(
    "GET",
    "/docs/style.css",
    who="anybody",
    others={200: Other("A stylesheet.", "text/css")},
)
async def style(call: Call) -> web.StreamResponse:
    """How that page looks."""
    headers = {"Cache-Control": _HOUR}
    return web.Response(
        text=docs.style(), content_type="text/css", charset="utf-8", headers=headers
    )


@lru_cache(maxsize=4)
def _page(url: str) -> str:
    return docs.page(table.document(url))
