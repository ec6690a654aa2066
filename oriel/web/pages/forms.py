"""A posted form in; its model, and what is to be shown again should it be refused, out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.http import HttpProcessingError
from pydantic import BaseModel, ValidationError

from oriel.service.errors import BadFields, Refused
from oriel.web.api.codes import BadForm, TooLarge
from oriel.web.api.models import problems
from oriel.web.api.patience import soon
from oriel.web.api.perform import sentence

_DAMAGE = (ValueError, RuntimeError, HttpProcessingError, web.RequestPayloadError)
_SECRET = ("password", "code")  # ends of names of fields that are never shown again


@dataclass
class Sent:
    """The form that a request brought: its name, what was typed or chosen, and what is wrong with it."""

    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    said: str = ""

    def refused(self, refusal: Refused) -> None:
        """Take down why the form was refused; what concerns no field of it concerns it whole."""
        self.problems = {
            name: str(problem) for name, problem in refusal.details.items() if name in self.typed
        }
        self.said = "" if self.problems else sentence(str(refusal))


FORM = web.RequestKey("form", Sent)


async def keep(request: web.Request) -> None:
    """Take down what was chosen in a form that is read elsewhere: what is wrong concerns it whole."""
    if request.content_type == "application/x-www-form-urlencoded":
        request[FORM].chosen = await _fields(request)


async def read(model: type[BaseModel], request: web.Request) -> BaseModel:
    """The form's model; raises BadFields, which names what is wrong with each field."""
    fields = await _fields(request)
    request[FORM].typed = {
        name: "" if name.endswith(_SECRET) else value for name, value in fields.items()
    }
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise BadFields(problems(error)) from error


async def _fields(request: web.Request) -> dict[str, str]:
    try:
        sent = await soon(request.post())
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge("A form may have at most 1 MB: send less.") from error
    except _DAMAGE as error:
        raise BadForm("The form is damaged: load its page again.") from error
    return {name: value for name, value in sent.items() if isinstance(value, str)}
