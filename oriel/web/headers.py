"""Every response in; the same with the headers that keep browsers strict, out."""

from aiohttp import web

from oriel.web.keys import HTTPS

STRICTEST = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# A worker's script carries its own policy, which must let it import its modules.
FOR_SCRIPTS = f"{STRICTEST}; script-src 'self'; connect-src 'self'"

_ALWAYS = {
    "Content-Security-Policy": STRICTEST,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self),"
        " clipboard-write=(self), screen-wake-lock=(self), camera=(), geolocation=(), payment=(),"
        " usb=()"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_BY_HTTPS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def for_page(scripts: tuple[str, ...]) -> str:
    """The page's policy; `scripts` are the hashes of what is written in it: the import map.

    Sounds and pictures may come from blob: URLs, which are files that the visitor opened, and
    from data: URLs, which hold them.
    """
    return "; ".join(
        [
            STRICTEST,
            " ".join(["script-src 'self'", *scripts]),
            "style-src 'self'",
            "font-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "connect-src 'self' blob: data:",
            "img-src 'self' blob: data:",
            "media-src 'self' blob: data:",
        ]
    )


async def add(request: web.Request, response: web.StreamResponse) -> None:
    """Add what a handler has not set itself; a signal of aiohttp's, asked before each response."""
    dress(response, https=request.app.get(HTTPS, False))


def dress(response: web.StreamResponse, *, https: bool) -> None:
    """The same, of a response that no application makes.

    With `https`, browsers come by that from now on: for services whose public address begins so.
    """
    for name, value in (*_ALWAYS.items(), *(_BY_HTTPS.items() if https else ())):
        response.headers.setdefault(name, value)
    response.headers["Server"] = "Oriel"
