"""What an address asks of a list."""

import re
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from oriel.service.errors import BadFields, NotFound
from oriel.web.api.models import ID, problems

T = TypeVar("T", bound=BaseModel)


def read(model: type[T], request: web.Request) -> T:
    """The query as this model has it; what a form left empty is not asked. Raises BadFields."""
    given = {name: value for name, value in request.query.items() if value.strip()}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadFields(problems(error)) from error


def before(request: web.Request) -> str | None:
    """The identifier before which a list goes on; raises NotFound for what is none."""
    given = request.query.get("before")
    if given is not None and not re.fullmatch(ID, given):
        raise NotFound("There is no such part of this list.")
    return given
