"""Whatever goes wrong in a handler in; {"error": {"code", "message"}} and the right status out."""

import logging
import re
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from oriel.errors import UserError
from oriel.web.keys import ERROR_PAGE

_log = logging.getLogger(__name__)

_KEPT = ("Allow", "Retry-After", "Location", "Cache-Control")
_SENTENCES = {
    404: "There is nothing at {path}.",
    405: "{path} does not answer {method}.",
    413: "That is larger than {path} takes: send less.",
}


async def response(request: web.Request, status: int, code: str, message: str) -> web.Response:
    """An error as clients read it: a code and a sentence; for browsers, where there is one, a page."""
    if ERROR_PAGE in request.app and _by_a_person(request):
        return await request.app[ERROR_PAGE](request, status, message)
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into such a response; our own faults are logged whole."""
    try:
        return await handler(request)
    except UserError as error:
        return await response(request, 400, _code(type(error).__name__), _sentence(str(error)))
    except web.HTTPException as error:
        return await _told(request, error)
    except Exception:  # the outermost place of a request: it is logged, and the server goes on
        _log.exception("%s %s failed", request.method, request.rel_url.raw_path)
        said = "Something failed here, and it was noted down: try again, or tell whoever runs this."
        return await response(request, 500, "internal_error", said)


def not_found(message: str) -> web.HTTPNotFound:
    """To be raised where what is asked for does not exist."""
    return web.HTTPNotFound(text=message)


def bad_request(message: str) -> web.HTTPBadRequest:
    """To be raised where a parameter is not what it must be."""
    return web.HTTPBadRequest(text=message)


async def _told(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        raise error
    phrase = HTTPStatus(error.status).phrase
    said = error.text or ""
    if said == f"{error.status}: {error.reason}":  # aiohttp's own words
        sentence = _SENTENCES.get(error.status, f"{phrase}.")
        said = sentence.format(path=request.path, method=request.method)
    told = await response(request, error.status, _code(phrase), said)
    told.headers.update({name: error.headers[name] for name in _KEPT if name in error.headers})
    return told


def _by_a_person(request: web.Request) -> bool:
    """Whether somebody looks at the answer: browsers then ask for HTML; scripts and programs do not."""
    wants = "text/html" in request.headers.get("Accept", "")
    return wants and not request.path.startswith(("/api/", "/admin/api/"))


def _code(name: str) -> str:
    """Turn "BadLook" and "Not Found" into "bad_look" and "not_found"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", "_", name).lower()


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
