"""The routes that the studio's and the storage's own code answers with files, told of."""

from collections.abc import Iterator

from aiohttp import web

from oriel.service.storage.file import PREFIX
from oriel.web.api.route import Other, Route
from oriel.web.routes import ROUTES

_ANSWERS = {
    "/": Other("The studio.", "text/html"),
    "/assets/{name:.+}": Other("The file.", "*/*"),
    "/meshes/{shape}": Other("Its vertices and edges.", "application/octet-stream"),
    "/demo/song.wav": Other("The song, in ranges too.", "audio/wav"),
    "/demo/beats.json": Other("Its tempo and beats.", "application/json"),
    "/health": Other("The server answers.", "application/json"),
}


def described() -> Iterator[Route]:
    """Those routes, as the API's are described."""
    for one in ROUTES:
        yield _open(one.method, one.path, one.handler, {200: _ANSWERS[one.path]})
    yield _open("GET", f"{PREFIX}{{key:.+}}", file, {200: Other("It, in ranges too.", "*/*")})


async def file(request: web.Request) -> None:
    """A stored file, by a signed link that expires."""


def _open(method: str, path: str, handler: object, answers: dict[int, Other]) -> Route:
    known = {404: Other("There is nothing there.", "application/json")}
    return Route(
        method,
        path,
        handler,  # type: ignore[arg-type] # it takes a request, not a call
        who="anybody",
        limit=None,
        others=answers | known,
    )
