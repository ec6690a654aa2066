"""A signed link to a folder's file in; the file, or the range of it that was asked for, out."""

from mimetypes import guess_type

from aiohttp import web

from oriel.service.storage import attachment
from oriel.service.storage.file import PREFIX, FileStorage
from oriel.web.headers import STRICTEST

# A file that strangers made must never run as a page of ours.
_HEADERS = {
    "Content-Security-Policy": f"{STRICTEST}; sandbox",
    "Cache-Control": "private, max-age=3600",
}


def route(storage: FileStorage) -> web.RouteDef:
    """What answers to the links of this storage; handlers raise BadLink for others."""

    async def answer(request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        path = storage.linked(key, request.query)
        if not path.is_file():
            raise web.HTTPNotFound(text="This file is no longer here: order its video again.")
        response = web.FileResponse(path, headers=_HEADERS)
        response.content_type = guess_type(key)[0] or "application/octet-stream"
        response.headers["Content-Disposition"] = attachment(request.query["filename"])
        return response

    return web.get(f"{PREFIX}{{key:.+}}", answer)
