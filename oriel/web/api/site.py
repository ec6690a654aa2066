"""The routes that the studio's and the storage's own code answers with files, told of."""

from aiohttp import web

from oriel.service.errors import BadLink, Refused
from oriel.service.storage.file import PREFIX
from oriel.web.api.counted import RATE
from oriel.web.api.route import Other, Route
from oriel.web.routes import FILES, HEALTH

_ANSWERS = {
    "/": Other("The studio.", "text/html"),
    "/assets/{name:.+}": Other("The file.", "*/*"),
    "/meshes/{shape}": Other("Its vertices and edges.", "application/octet-stream"),
    "/demo/song.wav": Other("The song, in ranges too.", "audio/wav"),
    "/demo/beats.json": Other("Its tempo and beats.", "application/json"),
    "/health": Other("The server answers.", "application/json"),
}
_FILE = Other("It, in ranges too.", "*/*")


def sections() -> dict[str, list[Route]]:
    """Those routes, as the API's are described, by the titles that readers find them under."""
    return {
        "Status": [_of_studio(HEALTH, limit=None)],
        "The studio": [_of_studio(one, limit=RATE) for one in FILES],
        "Stored files": [_open("GET", f"{PREFIX}{{key:.+}}", file, _FILE, RATE, (BadLink,))],
    }


async def file(request: web.Request) -> None:
    """A stored file, by a signed link that expires."""


def _of_studio(one: web.RouteDef, limit: str | None) -> Route:
    return _open(one.method, one.path, one.handler, _ANSWERS[one.path], limit)


def _open(
    method: str,
    path: str,
    handler: object,
    answer: Other,
    limit: str | None,
    refuses: tuple[type[Refused], ...] = (),
) -> Route:
    known = {404: Other("There is nothing there.", "application/json")}
    return Route(
        method,
        path,
        handler,  # type: ignore[arg-type] # it takes a request, not a call
        who="anybody",
        limit=limit,
        refuses=refuses,
        others={200: answer} | known,
    )
