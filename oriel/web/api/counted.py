"""A route that answers with files in; the same, for so many requests of one address, out.

Where a part of the service is away, it says so, as the API does.
"""

import logging

from aiohttp import web

from oriel.errors import Fault
from oriel.service.errors import TooMany
from oriel.web import errors
from oriel.web.api import perform, proxies
from oriel.web.api.call import Call
from oriel.web.api.keys import PARTS

_log = logging.getLogger(__name__)

RATE = "file"


def counted(route: web.RouteDef) -> web.RouteDef:
    """The route, which tells whoever asks too often when to come back."""

    async def answer(request: web.Request) -> web.StreamResponse:
        call = Call(request, request.app[PARTS])
        try:
            await call.parts.limits.count(RATE, proxies.counted(call.address))
        except TooMany as refusal:
            call.note_refusal(refusal)
            later = max(1, round(refusal.retry_after))
            return await _later(request, 429, refusal.code, str(refusal), later)
        try:
            return await route.handler(request)
        except Fault as fault:
            _log.warning("%s %s waits: %s", request.method, request.rel_url.raw_path, fault)
            told = ("unavailable", perform.AWAY, perform.RETRY_SECONDS)
            return await _later(request, 503, *told)

    return web.RouteDef(route.method, route.path, answer, route.kwargs)


async def _later(
    request: web.Request, status: int, code: str, message: str, seconds: int
) -> web.Response:
    response = await errors.response(request, status, code, message)
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response
