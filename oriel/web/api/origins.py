"""Which pages of other sites may ask: none with this browser's cookies, the configured ones without.

The check against forged requests is that of Go's net/http.CrossOriginProtection (1.25): browsers
say in Sec-Fetch-Site or Origin where a request comes from, and other programs carry no cookies that
somebody else could abuse. SameSite does not keep cookies from a neighbour below the same domain, so
a configured origin is believed only where none of ours came along.
"""

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from oriel.web.api import cookies
from oriel.web.api.codes import CrossSite

Prepared = Callable[[web.Request, web.StreamResponse], Awaitable[None]]

_SAFE = ("GET", "HEAD", "OPTIONS")
_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
_SHOWN = "Idempotency-Replayed, Retry-After, X-Request-Id"
_DAY = "86400"  # seconds that browsers may remember what is allowed


def check(request: web.Request, trusted: Collection[str]) -> None:
    """Raise CrossSite where a page of another site would change something."""
    if request.method in _SAFE:
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none") or (origin in trusted and not cookies.carried(request)):
        return
    if site is None and (origin is None or host_of(origin) == request.host):
        return
    raise CrossSite("This was asked by a page of another site: do it on a page of ours.")


def of_our_page(request: web.Request) -> bool:
    """Whether a page of ours asks, as its browser says: what is answered, its scripts can read."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" or (
        site is None and origin is not None and host_of(origin) == request.host
    )


def host_of(url: str) -> str | None:
    """Host and port of what should be a URL; None of what is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def cors(trusted: Collection[str]) -> Middleware:
    """A middleware that lets pages of these origins ask the API, with Bearer tokens alone.

    What is answered to them is theirs to read by `shown_to`.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not (_asks_first(request) and _trusts(request, trusted)):
            return await handler(request)
        response = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
        response.headers["Access-Control-Allow-Headers"] = _HEADERS
        response.headers["Access-Control-Max-Age"] = _DAY
        return response

    return middleware


def shown_to(trusted: Collection[str]) -> Prepared:
    """A signal, sent before each response begins, a stream's too: pages of these origins may read it."""

    async def show(request: web.Request, response: web.StreamResponse) -> None:
        if trusted and _open(request.path):
            response.headers[hdrs.VARY] = "Origin"  # what is kept for one is not for another
        if _trusts(request, trusted):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = _SHOWN

    return show


def _trusts(request: web.Request, trusted: Collection[str]) -> bool:
    return request.headers.get("Origin") in trusted and _open(request.path)


def _asks_first(request: web.Request) -> bool:
    return request.method == "OPTIONS" and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers


def _open(path: str) -> bool:
    return path.startswith(("/api/", "/files/")) or path == "/openapi.json"
