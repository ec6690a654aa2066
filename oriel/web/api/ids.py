"""A request in; the same with an identifier that its response and its log lines carry, out."""

from aiohttp import web
from aiohttp.typedefs import Handler

from oriel.service import ids, logs, telemetry
from oriel.web.keys import REQUEST_ID

HEADER = "X-Request-Id"
_LONGEST = 64


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an identifier; whoever asks may bring one, such as a proxy."""
    name = _usable(request.headers.get(HEADER, "")) or ids.new()
    request[REQUEST_ID] = name
    with logs.about(request_id=name):
        return await handler(request)


async def told(request: web.Request, response: web.StreamResponse) -> None:
    """Name the request in its response; a signal, sent before each begins, a stream's too."""
    if name := request.get(REQUEST_ID):  # none was given yet where no middleware was reached
        response.headers[HEADER] = name


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make the request a span; only where somebody wants spans is this among the middlewares."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else "unknown"
    with telemetry.span(f"{request.method} {path}", request_id=request[REQUEST_ID]):
        response = await handler(request)
        telemetry.note(status=response.status)
    return response


def _usable(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if len(name) <= _LONGEST and plain.isascii() and plain.isalnum() else ""
