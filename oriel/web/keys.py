"""What an application carries, by typed keys."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from oriel.web.assets import Asset
from oriel.web.demo import Demo
from oriel.web.studio import Studio

ErrorPage = Callable[[web.Request, int, str], Awaitable[web.Response]]

STUDIO = web.AppKey("studio", Studio)
DEMO = web.AppKey("demo", Demo)
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")
OTHERS: web.AppKey[Callable[[str], Awaitable[Asset | None]]] = web.AppKey(
    "others"
)  # versions' files
HTTPS = web.AppKey("https", bool)  # whether browsers are to come by https alone
LEAVE: web.AppKey[Callable[[], None]] = web.AppKey("leave")  # ends what lasts, to stop
REQUEST_ID = web.RequestKey("request_id", str)
