"""A host and a port in; the studio is served there until somebody asks it to stop."""

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Callable

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from oriel.errors import BadOption
from oriel.web import app

_STOPS = (signal.SIGINT, signal.SIGTERM)
_LONGEST_PATH = 100  # letters of it that are logged
_PATIENCE_SECONDS = 2.0  # for requests that are still being answered


def serve(host: str, port: int, tell: Callable[[str], object]) -> None:
    """Serve until Ctrl-C; `tell` gets the URL once it answers. Raises BadOption."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    asyncio.run(_serve(app.create(), host, port, tell))


class AccessLog(AbstractAccessLogger):
    """One short line a request: "200 GET /meshes/cube 3 ms"."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line; `time` in seconds."""
        # As it was sent: decoded, a path may hold the end of a line.
        path = request.rel_url.raw_path[:_LONGEST_PATH]
        self.logger.info("%d %s %s %.0f ms", response.status, request.method, path, time * 1000)


async def _serve(
    application: web.Application, host: str, port: int, tell: Callable[[str], object]
) -> None:
    runner = web.AppRunner(
        application, access_log_class=AccessLog, shutdown_timeout=_PATIENCE_SECONDS
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await _started(site, host, port)
        tell(_url(host, runner.addresses[0][1]))
        await _asked_to_stop()
    finally:
        await runner.cleanup()


async def _started(site: web.TCPSite, host: str, port: int) -> None:
    try:
        await site.start()
    except socket.gaierror as error:
        raise BadOption(f"There is no host {host!r} to serve at") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65_535 else 8000
            raise BadOption(
                f"Port {port} is taken by another program; choose one, such as --port {other}"
            ) from error
        raise BadOption(
            f"{host} port {port} cannot be served at: {error.strerror or error}"
        ) from error


async def _asked_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOPS:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
