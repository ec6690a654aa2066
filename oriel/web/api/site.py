"""The routes that the studio's and the storage's own code answers with files, told of."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from oriel.service.errors import BadLink, NotFound
from oriel.service.storage.file import PREFIX
from oriel.web.api.counted import RATE
from oriel.web.api.route import NAMED, Other, Route
from oriel.web.routes import FILES, HEALTH

_TAG = {"ETag": "What tells this content from any other."}
_SINCE = {"Last-Modified": "Since when it is so."}
_KNOWN = {304: Other("It is still what you have.", headers=_TAG)}
_ASKED = {"If-None-Match": "The `ETag` of what you have: it is not sent again."}
_ASKED_OF_A_FILE = {
    "Range": "The part that you want, as `bytes=0-999`; one part at a time.",
    "If-Range": "A `Last-Modified`: if there is something newer, all of it is sent.",
    **_ASKED,
    "If-Modified-Since": "The same by `Last-Modified`, where no `ETag` is sent.",
    "If-Match": "An `ETag`: nothing else is to be sent.",
    "If-Unmodified-Since": "The same by `Last-Modified`, where no `ETag` is sent.",
}
_BAD_NUMBER = Other(
    "`bad_request`: `size` or `seed` is none that a look may have.", "application/json"
)


def _whole_or_part(meaning: str, kind: str, always: dict[str, str]) -> dict[int, Other]:
    """What aiohttp answers for a file, whatever is asked of it, each with `always`."""
    which = always | _TAG | _SINCE
    sent = which | {"Accept-Ranges": "`bytes`."}
    return {
        200: Other(meaning, kind, sent),
        206: Other("That part.", kind, sent | {"Content-Range": "Which part, and of how much."}),
        304: Other("It is still what you have.", headers=which),
        412: Other("It is not what you asked for alone.", headers=always),
        416: Other("There is no such part.", headers=always | {"Content-Range": "Of how much."}),
    }


_ROUTES: Mapping[str, Mapping[str, Any]] = {
    "/": {"others": {200: Other("The studio.", "text/html", _TAG)} | _KNOWN, "headers": _ASKED},
    "/assets/{name:.+}": {
        "others": {200: Other("The file.", "*/*", _TAG)} | _KNOWN,
        "headers": _ASKED,
    },
    "/meshes/{shape}": {
        "others": {
            200: Other("Its vertices and edges.", "application/octet-stream", _TAG),
            400: _BAD_NUMBER,
        }
        | _KNOWN,
        "headers": _ASKED,
    },
    "/demo/song.wav": {
        "others": _whole_or_part("The song.", "audio/wav", {"Link": "Where its beats are."}),
        "headers": _ASKED_OF_A_FILE,
    },
    "/demo/beats.json": {
        "others": {200: Other("Its tempo and beats.", "application/json")},
        "refuses": (NotFound,),
    },
    "/health": {"others": {200: Other("The server answers.", "application/json")}},
}
"""What is to be told of each of the studio's routes."""


def sections() -> dict[str, list[Route]]:
    """Those routes, as the API's are described, by the titles that readers find them under."""
    stored = _open(
        "GET",
        f"{PREFIX}{{key:.+}}",
        file,
        RATE,
        others=_whole_or_part("The file.", "*/*", NAMED),
        headers=_ASKED_OF_A_FILE,
        refuses=(BadLink,),
    )
    return {
        "Status": [_of_studio(HEALTH, limit=None)],
        "The studio": [_of_studio(one, limit=RATE) for one in FILES],
        "Stored files": [stored],
    }


async def file(request: web.Request) -> None:
    """A stored file, by a signed link that expires."""


def _of_studio(one: web.RouteDef, limit: str | None) -> Route:
    return _open(one.method, one.path, one.handler, limit, **_ROUTES[one.path])


def _open(method: str, path: str, handler: object, limit: str | None, **about: Any) -> Route:
    return Route(
        method,
        path,
        handler,  # type: ignore[arg-type] # it takes a request, not a call
        who="anybody",
        limit=limit,
        **about,
    )
