"""A request in; the same with an identifier that its response and its log lines carry, out."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from oriel.service import ids

HEADER = "X-Request-Id"
_LONGEST = 64


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an identifier; whoever asks may bring one, such as a proxy."""
    name = _usable(request.headers.get(HEADER, "")) or ids.new()
    with structlog.contextvars.bound_contextvars(request_id=name):
        response = await handler(request)
    if not response.prepared:
        response.headers[HEADER] = name
    return response


def _usable(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if len(name) <= _LONGEST and plain.isascii() and plain.isalnum() else ""
