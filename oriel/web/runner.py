"""An application in; a runner that serves it, is short with whoever speaks no HTTP, and ends politely.

aiohttp waits for a first request for ever, answers what it cannot read by plain text and a traceback
in the log, and reads no more of a body once it is to stop. It has no public place to change any of
it, so its connections are replaced where its runner makes its server.
"""

import asyncio
import select
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from oriel.stopping import Stop
from oriel.web import headers
from oriel.web.keys import HTTPS, LEAVE

HEAD_SECONDS = 20.0  # for the first request's head; OWASP's cheat sheet on denial of service
KEPT_SECONDS = 75.0  # a connection stays after an answer, and for the next request's head
_ON_ITS_WAY_SECONDS = 0.5  # for what a proxy sent before it knew that we stop
_LOOK_SECONDS = 0.05  # between looks whether all is answered
_CUT_SECONDS = 0.5  # for what is cut off to end
_UNREADABLE = "This is no HTTP request that can be read: check its first line and its headers."
_UNEXPECTED = "A request may expect 100-continue, and nothing else: leave that out."
_FAILED = "Something failed here, and it was noted down: try again, or tell whoever runs this."

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Told = Callable[[int, str, str], web.Response]  # a status, a code and a sentence


class Runner(web.AppRunner):
    """Serves as aiohttp's own does, over connections that know when they have waited enough.

    What is being answered when it is to stop has `grace` seconds, less if `stop` is to be at once;
    `leave` is called then, and ends what would otherwise last.
    """

    def __init__(
        self, app: web.Application, *, grace: float, stop: Stop | None = None, **given: Any
    ) -> None:
        super().__init__(app, shutdown_timeout=_CUT_SECONDS, **given)
        self._grace, self._stop = grace, stop or Stop()
        self._stopping = False
        app.on_response_prepare.append(self._last_of_its_connection)

    async def cleanup(self) -> None:
        """Take no new connection, answer what was asked, and end."""
        self._stopping = True
        for site in self.sites:
            await site.stop()
        if leave := self.app.get(LEAVE):
            leave()
        await self._stop.patiently(self._answered(), self._grace)
        await super().cleanup()

    async def _answered(self) -> None:
        """Wait until nothing is being answered any more; close what still waits to be asked after a while.

        Not at once: a proxy may have sent something that we have not read, and must not ask anybody
        else for a change. Each answer tells it to ask on this connection no more, so the busy ones end
        by themselves. What is sent in the very moment in which an idle one is closed stays lost: HTTP
        has no way to tell it (RFC 9112, section 9.5).
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + _ON_ITS_WAY_SECONDS
        while self.server is not None and self.server.connections:
            if loop.time() >= until:
                for connection in self.server.connections:
                    if isinstance(connection, _Connection) and connection.idle:
                        connection.force_close()  # close() leaves its socket open
            await asyncio.sleep(_LOOK_SECONDS)

    async def _last_of_its_connection(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        """Once we are to stop, no answer promises another one; a signal of aiohttp's."""
        if self._stopping:
            response.force_close()
            response.headers["Connection"] = "close"

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        told = partial(_told, https=self.app.get(HTTPS, False))
        return _Server(
            told,
            _expecting(made.request_handler, told),
            request_factory=made.request_factory,
            **{"loop": made._loop, "keepalive_timeout": KEPT_SECONDS, **made._kwargs},
        )


def _expecting(handler: Handler, told: Told) -> Handler:
    """The application, which refuses what Expect says before any middleware of ours is reached."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPExpectationFailed as error:
            return told(error.status, _code(error.status), _UNEXPECTED)

    return handle


class _Server(web.Server):
    def __init__(self, told: Told, handler: Handler, **given: Any) -> None:
        super().__init__(handler, **given)
        self._told = told

    def __call__(self) -> RequestHandler:
        return _Connection(self._told, self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ("_told",)

    def __init__(self, told: Told, server: web.Server, **given: Any) -> None:
        super().__init__(server, **given)
        self._told = told

    @property
    def idle(self) -> bool:
        """Whether it waits for a request's head, and nothing of one has come."""
        return self._waiter is not None and not self._unread()

    def _unread(self) -> bool:
        """Whether the kernel has something that the loop has not read yet."""
        if self.transport is None:
            return False
        looking = select.poll()
        looking.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(looking.poll(0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin as if an answer had just been sent: what is idle then is closed after a while."""
        super().connection_made(transport)
        self._next_keepalive_close_time = self._loop.time() + HEAD_SECONDS
        self._keepalive_handle = self._loop.call_at(
            self._next_keepalive_close_time, self._process_keepalive
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What no handler answered, told as handlers tell it; the access log has a line of it.

        What could not be read may hold anything, so it is neither logged nor sent back.
        """
        unreadable = isinstance(exc, HttpProcessingError)
        if not unreadable:
            self.log_exception("A request of %s failed", request.remote, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of the response is sent already.")
        if unreadable:
            return self._told(status, _code(status), _UNREADABLE)
        return self._told(status, "internal_error", _FAILED)


def _told(status: int, code: str, message: str, *, https: bool) -> web.Response:
    """An error as handlers tell it; the connection ends."""
    response = web.json_response({"error": {"code": code, "message": message}}, status=status)
    headers.dress(response, https=https)
    response.force_close()
    return response


def _code(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")
