"""What an address asks of a list."""

import re

from aiohttp import web

from oriel.service.errors import NotFound
from oriel.web.api.models import ID


def before(request: web.Request) -> str | None:
    """The identifier before which a list goes on; raises NotFound for what is none."""
    given = request.query.get("before")
    if given is not None and not re.fullmatch(ID, given):
        raise NotFound("There is no such part of this list.")
    return given
