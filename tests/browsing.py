"""Chromium as the tests drive it: how it is started, and what a page must never do."""

from typing import Any
from urllib.parse import urlsplit

FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

_UNHURRIED = """
const soon = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => setTimeout(() => soon(draw), 200);
window.cancelAnimationFrame = clearTimeout;
"""


def unhurried(context: Any) -> None:
    """Have pages draw no more than five times a second from now on.

    WebGL in software takes both cores for as many pictures as it can draw, from what else is tested.
    """
    context.add_init_script(_UNHURRIED)


def complaints_of(page: Any) -> list[str]:
    """A list that fills, from now on, with each error of a page and each request that leaves it."""
    found: list[str] = []
    origins: set[str] = set()

    def said(message: Any) -> None:
        if message.type == "error":
            found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def asked(request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme in ("http", "https", "ws", "wss"):
            origins.add(f"{place.scheme}://{place.netloc}")
            if len(origins) > 1 or place.hostname not in ("127.0.0.1", "localhost"):
                found.append(f"left its origin: {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: found.append(f"error: {error}"))
    page.on("request", asked)
    return found
