"""Tokens in, cookies that scripts cannot read out; and back.

Programs send `Authorization: Bearer …` instead, and need no cookies.
"""

from typing import Literal

from aiohttp import web

ACCESS = "oriel_access"
REFRESH = "oriel_refresh"
REFRESH_PATH = "/api/auth"  # where alone the refresh token is sent
_DAY = 86_400  # seconds


def bearer(request: web.Request) -> str | None:
    """The access token of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def give(
    response: web.StreamResponse, access: str, refresh: str, *, seconds: int, secure: bool
) -> None:
    """Have a browser keep both tokens; the access token for so many seconds."""
    _set(response, ACCESS, access, "/", seconds, secure)
    _set(response, REFRESH, refresh, REFRESH_PATH, 30 * _DAY, secure)


def take(response: web.StreamResponse, *, secure: bool) -> None:
    """Have a browser forget them."""
    _set(response, ACCESS, "", "/", 0, secure)
    _set(response, REFRESH, "", REFRESH_PATH, 0, secure)


def _set(
    response: web.StreamResponse, name: str, value: str, path: str, seconds: int, secure: bool
) -> None:
    same_site: Literal["Lax"] = "Lax"
    response.set_cookie(
        name, value, path=path, max_age=seconds, httponly=True, secure=secure, samesite=same_site
    )
