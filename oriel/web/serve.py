"""A host and a port in; the studio, and the service unless told otherwise, are served there.

Until somebody asks it to stop. The port is taken first, so that links can name it.
"""

import asyncio
import errno
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from oriel.errors import BadOption
from oriel.grace import GRACE_SECONDS
from oriel.stopping import Stop
from oriel.web import app
from oriel.web.keys import REQUEST_ID
from oriel.web.runner import Runner

if TYPE_CHECKING:
    from oriel.service.settings import Settings

_LONGEST_PATH = 100  # letters of it that are logged
_WAITING = 1024  # connections that are not taken yet
_WHOLE_COLLECTION = 100  # after so many of the middle generation; Python does so after 10

Opened = AbstractAsyncContextManager[web.Application]


def serve(
    host: str,
    port: int,
    tell: Callable[[str], object],
    settings: "Settings | None" = None,
    grace: float = GRACE_SECONDS,
) -> None:
    """Serve until Ctrl-C; `tell` gets the URL once it answers. Raises BadOption.

    With settings it is the whole service; without, the studio alone. What is still being answered
    when it is asked to stop has `grace` seconds, or until it is asked again; who comes then is
    refused.
    """
    stop = Stop()
    if settings is None:
        logging.basicConfig(format="%(message)s", level=logging.INFO)
        _run(_serve(lambda url: _studio(), host, port, tell, grace, stop))
    else:
        from oriel.service import allocating, hiding, logs, telemetry
        from oriel.web.api import start

        hiding.hide()
        allocating.keep_freed()
        logs.configure(settings)
        with telemetry.reporting(settings, "web"):
            _run(_serve(partial(start.whole, settings, stop), host, port, tell, grace, stop))


def _run(work: Coroutine[object, object, None]) -> None:
    """Until it ends, in libuv's loop where that is installed: it answers a quarter more a second."""
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ModuleNotFoundError):
        import uvloop

        loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work)


class AccessLog(AbstractAccessLogger):
    """One short line a request: "200 GET /meshes/cube 3 ms"."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line; `time` in seconds."""
        # As it was sent: decoded, a path may hold the end of a line.
        path = request.rel_url.raw_path[:_LONGEST_PATH]
        milliseconds = round(time * 1000, 1)
        about = {"status": response.status, "method": request.method, "path": path}
        about["milliseconds"] = milliseconds
        if name := request.get(REQUEST_ID):
            about["request_id"] = name
        words = (response.status, request.method, path, milliseconds)
        self.logger.info("%d %s %s %.0f ms", *words, extra=about)


@asynccontextmanager
async def _studio() -> AsyncIterator[web.Application]:
    yield app.create()


async def _serve(
    opened: Callable[[str], Opened],
    host: str,
    port: int,
    tell: Callable[[str], object],
    grace: float,
    stop: Stop,
) -> None:
    sockets = _listening(host, port)
    url = _url(host, sockets[0].getsockname()[1])
    async with opened(url) as application:
        runner = Runner(application, access_log_class=AccessLog, grace=grace, stop=stop)
        await runner.setup()
        try:
            for one in sockets:
                await web.SockSite(runner, one, backlog=_WAITING).start()
            _collect_seldom()
            tell(url)
            stop.hear()
            await stop.asked.wait()
        finally:
            await runner.cleanup()


def _collect_seldom() -> None:
    """Have whole collections look at less, and come less often: everybody waits for each.

    What 500 event streams hold takes 65 ms to look through. Of what is read and answered, hardly
    anything is left to them: it has no cycles, or a young collection finds those.
    """
    gc.collect()
    gc.freeze()  # what was imported stays
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _WHOLE_COLLECTION)


def _listening(host: str, port: int) -> list[socket.socket]:
    """A socket at each of the host's addresses, at one port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise BadOption(
            f"There is no host {host!r} to serve at: give an address of this machine, such as"
            " 127.0.0.1, or 0.0.0.0 for all of them"
        ) from error
    sockets: list[socket.socket] = []
    for family, *_, address in dict.fromkeys(found):
        try:
            sockets.append(_bound(family, str(address[0]), port))
        except OSError as error:
            raise _refused(host, port, error) from error
        port = sockets[0].getsockname()[1]
    return sockets


def _bound(family: int, address: str, port: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind((address, port))
    return one


def _refused(host: str, port: int, error: OSError) -> BadOption:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65_535 else 8000
        return BadOption(
            f"Port {port} is taken by another program; choose one, such as --port {other}"
        )
    return BadOption(
        f"{host} port {port} cannot be served at ({error.strerror or error}): choose others"
    )


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
