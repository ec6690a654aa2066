"""Tokens in, cookies that scripts cannot read out; and back.

Both go with every request, so that whatever a browser asks first after an hour renews its sign-in.
Programs send `Authorization: Bearer …` instead, and need no cookies.
"""

from typing import Literal

from aiohttp import web

from oriel.service.sessions import Tokens

ACCESS = "oriel_access"
REFRESH = "oriel_refresh"
_DAY = 86_400  # seconds


def kept(request: web.Request, name: str, *, secure: bool) -> str | None:
    """What a browser keeps under one of these names."""
    return request.cookies.get(called(name, secure=secure))


def called(name: str, *, secure: bool) -> str:
    """What browsers know it as: under https, what neither http nor a neighbouring host can set."""
    return f"__Host-{name}" if secure else name


def carried(request: web.Request) -> bool:
    """Whether a request came with any of them, good or not, under either name."""
    ours = {called(name, secure=secure) for name in (ACCESS, REFRESH) for secure in (True, False)}
    return not ours.isdisjoint(request.cookies)


def bearer(request: web.Request) -> str | None:
    """The access token of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def give(response: web.StreamResponse, tokens: Tokens, *, secure: bool) -> None:
    """Have a browser keep both tokens; the access token for as long as it is good."""
    _set(response, ACCESS, tokens.access, tokens.seconds, secure)
    _set(response, REFRESH, tokens.refresh, 30 * _DAY, secure)


def take(response: web.StreamResponse, *, secure: bool) -> None:
    """Have a browser forget them."""
    _set(response, ACCESS, "", 0, secure)
    _set(response, REFRESH, "", 0, secure)


def _set(response: web.StreamResponse, name: str, value: str, seconds: int, secure: bool) -> None:
    same_site: Literal["Lax"] = "Lax"
    response.set_cookie(
        called(name, secure=secure),
        value,
        path="/",
        max_age=seconds,
        httponly=True,
        secure=secure,
        samesite=same_site,
    )
