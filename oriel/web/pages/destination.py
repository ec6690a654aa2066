"""Where somebody wanted to go before they signed in: a path of this site, and nothing else."""

from urllib.parse import quote, urlsplit

from aiohttp import web

from oriel.web.api.origins import host_of

HOME = "/dashboard"
_LONGEST = 1000


def wanted(request: web.Request, otherwise: str = HOME) -> str:
    """The path that the query names as `next`, if it is one of ours."""
    return _ours(request.query.get("next", "")) or otherwise


def sign_in(request: web.Request) -> str:
    """The sign-in page that leads back to what was asked for, or to the page with its form."""
    return with_next("/sign-in", _asked(request))


def second_factor(request: web.Request) -> str:
    """The page where a second factor is turned on, which leads back in the same way."""
    return with_next("/account/second-factor", _asked(request))


def with_next(path: str, after: str) -> str:
    """A path that leads on to another one."""
    return path if after == HOME else f"{path}?next={quote(after, safe='/')}"


def _asked(request: web.Request) -> str:
    return request.path_qs if request.method in ("GET", "HEAD") else _page_before(request)


def _page_before(request: web.Request) -> str:
    """The page of ours that a form was sent from."""
    referer = request.headers.get("Referer", "")
    if host_of(referer) != request.host:
        return HOME
    before = urlsplit(referer)
    path = f"{before.path}?{before.query}" if before.query else before.path
    return _ours(path) or HOME


def _ours(text: str) -> str | None:
    """The same, if every browser takes it for a path here.

    Browsers read "\\" as "/", "//host" as another site, and skip tabs and line ends.
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > _LONGEST:
        return None
    return text if text.isprintable() and "\\" not in text else None
