"""A route in, what aiohttp calls for it out: limits, who asks, what is asked, the answer, the error."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from oriel.errors import Fault
from oriel.service.errors import BadFields, NotSignedIn, Refused, TooMany
from oriel.web.api import cookies, origins
from oriel.web.api.call import Call
from oriel.web.api.codes import CODES, BadJson, WrongType
from oriel.web.api.keys import PARTS
from oriel.web.api.models import problems
from oriel.web.api.route import Route, Who

_log = logging.getLogger(__name__)

AWAY = "A part of the service cannot be reached just now: wait a little."
RETRY_SECONDS = 5  # seconds, while a part cannot be reached


def handler(route: Route) -> Handler:
    """The aiohttp handler of a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = Call(request, request.app[PARTS])
        try:
            response = await _answered(route, call)
        except Refused as refusal:
            call.note_refusal(refusal)
            response = refused(refusal)
        except Fault as fault:
            _log.warning("%s %s waits: %s", request.method, request.rel_url.raw_path, fault)
            response = unavailable()
        if not response.prepared:
            call.dress(response)
        return response

    return handle


def refused(refusal: Refused) -> web.Response:
    """An error of ours as clients read it."""
    headers = {}
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(max(1, round(refusal.retry_after)))
    if isinstance(refusal, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    message = str(refusal)
    error: dict[str, Any] = {"code": refusal.code, "message": sentence(message)}
    if refusal.details:
        error["details"] = refusal.details
    return web.json_response({"error": error}, status=CODES[refusal.code].status, headers=headers)


def unavailable() -> web.Response:
    """What is told while the database, the storage or somebody else cannot be reached."""
    error = {"code": "unavailable", "message": AWAY}
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return web.json_response({"error": error}, status=503, headers=headers)


async def _answered(route: Route, call: Call) -> web.StreamResponse:
    request = call.request
    if route.raw is None and cookies.bearer(request) is None:
        origins.check(request, call.parts.settings.cors_origins)
    await admit(call, route.who, route.limit)
    given: dict[str, BaseModel | None] = {}
    if route.query is not None:
        given["query"] = _query(route.query, request)
    if route.body is not None:
        given["body"] = await _body(route, call)
    return _response(route, await route.handler(call, **given))


async def admit(call: Call, who: Who, limit: str | None) -> None:
    """Count the request for who asks and for where it comes from.

    Raises NotSignedIn, TooMany, and what `Call.check_power` does where it is for administrators.
    """
    if who != "anybody":
        try:
            await call.identify()
        except NotSignedIn:
            await call.count("write")  # or tokens could be guessed for free
            raise
    if limit is not None:
        await call.count(limit)
    if who == "admin":
        call.check_power()


def _query(model: type[BaseModel], request: web.Request) -> BaseModel:
    given: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        given[name] = values[0] if len(values) == 1 else values
    return _read(lambda: model.model_validate(given))


async def _body(route: Route, call: Call) -> BaseModel | None:
    """The model of a JSON body; None where there is none and none is needed."""
    assert route.body is not None
    raw = await call.raw()
    if not raw and route.optional_body:
        return None
    if call.request.content_type != "application/json":
        raise WrongType("Send JSON, with the Content-Type application/json.")
    model = route.body
    return _read(lambda: model.model_validate_json(raw))


def _read(work: Callable[[], BaseModel]) -> BaseModel:
    try:
        return work()
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            raise BadJson("The body is no JSON: send a JSON object.") from error
        raise BadFields(problems(error)) from error


def _response(route: Route, result: object) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if isinstance(result, BaseModel):
        text = result.model_dump_json()
    elif isinstance(result, Mapping):
        text = json.dumps(result, separators=(",", ":"))
    elif result is None:
        return web.Response(status=route.status)
    else:
        raise TypeError(f"{route.name} answered a {type(result).__name__}")
    return web.json_response(text=text, status=route.status)


def sentence(text: str) -> str:
    """The same, beginning and ending as a sentence does."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
