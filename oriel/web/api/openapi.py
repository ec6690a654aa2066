"""Routes, section by section, in; the OpenAPI 3.1 document that describes each of them out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from oriel import __version__
from oriel.web.api import codes
from oriel.web.api.route import Other, Route

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(?P<name>\w+)(?::(?P<pattern>(?:[^{}]|\{[^{}]*\})+))?\}")

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_ABOUT = """A song goes in; a video that moves with it comes out.

Sign in with `POST /api/auth/login` and send the access token as `Authorization: Bearer …`; in a
browser the same answer sets cookies that scripts cannot read. Errors are
`{"error": {"code", "message", "details"}}`; the codes are listed at `/docs`. Who prefers HTML, as
browsers do, is shown those of the studio and of stored files as a page.

Whatever answers `GET` answers `HEAD` too, with the same status and headers.
"""

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "enum": list(codes.CODES)},
                "message": {"type": "string", "description": "A sentence for people."},
                "details": {"type": "object", "description": "For programs."},
            },
        }
    },
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "oriel_access"},
}


def document(sections: Mapping[str, Iterable[Route]], url: str = "/") -> dict[str, Any]:
    """The document of routes, by the titles of their sections; `url` is where the service answers."""
    table = [(title, route) for title, routes in sections.items() for route in routes]
    schemas, of_model = _schemas(route for _, route in table)
    paths: dict[str, dict[str, Any]] = {}
    for title, route in table:
        operation = {"tags": [title]} | _operation(route, of_model)
        paths.setdefault(plain(route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Oriel", "version": __version__, "description": _ABOUT},
        "servers": [{"url": url}],
        "tags": [{"name": title} for title in sections],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Error": _ERROR},
            "securitySchemes": _SCHEMES,
        },
    }


def plain(path: str) -> str:
    """A path without patterns: "/api/jobs/{id}/status"."""
    return _PARAMETER.sub(r"{\g<name>}", path)


def _schemas(routes: Iterable[Route]) -> tuple[dict[str, Any], dict[tuple[Any, str], Any]]:
    wanted: dict[tuple[type[BaseModel], str], None] = {}
    for route in routes:
        for model in (route.body, route.form):
            if model is not None:
                wanted[model, "validation"] = None
        if route.answer is not None:
            wanted[route.answer, "serialization"] = None
    of_model, whole = models_json_schema(list(wanted), ref_template=_REF)  # type: ignore[arg-type]
    return dict(whole.get("$defs", {})), of_model  # type: ignore[return-value]


def _operation(route: Route, of_model: Mapping[tuple[Any, str], Any]) -> dict[str, Any]:
    summary, rest = route.words
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": summary.rstrip("."),
        "responses": _responses(route, of_model),
    }
    if rest:
        operation["description"] = rest
    if parameters := [*_in_path(route), *_in_query(route), *_in_headers(route)]:
        operation["parameters"] = parameters
    if body := _body(route, of_model):
        operation["requestBody"] = body
    operation["security"] = [] if route.who == "anybody" else [{"bearer": []}, {"cookie": []}]
    return operation


def _in_path(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": _text(found["pattern"]),
        }
        for found in _PARAMETER.finditer(route.path)
    ]


def _text(pattern: str | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if pattern is not None:
        schema["pattern"] = f"^{pattern}$"
    return schema


def _in_query(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _unless_null(about)}
        for name, about in schema["properties"].items()
    ]


def _unless_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A query's value may be absent, but is never null."""
    found = dict(schema)
    choices = [one for one in found.pop("anyOf", ()) if one != {"type": "null"}]
    if found.get("default", ...) is None:
        del found["default"]
    return found | (choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {})


def _in_headers(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": meaning,
            "schema": {"type": "string", "maxLength": 200},
        }
        for name, meaning in route.headers.items()
    ]


def _body(route: Route, of_model: Mapping[tuple[Any, str], Any]) -> dict[str, Any] | None:
    if route.raw is not None:
        content = {route.raw: {"schema": {"type": "object"}}}
        return {"required": True, "content": content}
    model, kinds = (route.form, _FORMS) if route.form else (route.body, ("application/json",))
    if model is None:
        return None
    schema = {"schema": of_model[model, "validation"]}
    return {"required": not route.optional_body, "content": dict.fromkeys(kinds, schema)}


def _responses(route: Route, of_model: Mapping[tuple[Any, str], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if route.answer is not None:
        schema = of_model[route.answer, "serialization"]
        found[str(route.status)] = _response("Done.", "application/json", schema)
    elif route.status not in route.others:
        found[str(route.status)] = {"description": "Done."}
    for status, other in route.others.items():
        found[str(status)] = _other(other)
    if route.leads:
        found[str(route.status)]["links"] = {one.operation: one.described for one in route.leads}
    for status, names in sorted(_refusals(route).items()):
        meanings = " ".join(f"`{name}`: {codes.CODES[name].meaning}" for name in names)
        error = _response(meanings, "application/json", {"$ref": _REF.format(model="Error")})
        if status in (429, 503):
            error["headers"] = {"Retry-After": _header("Seconds to wait.")}
        found[str(status)] = error
    return found


def _other(other: Other) -> dict[str, Any]:
    schema = {"type": "string"} if (other.kind or "").startswith("text/") else {}
    told = _response(other.meaning, other.kind, schema)
    if other.headers:
        told["headers"] = {name: _header(meaning) for name, meaning in other.headers.items()}
    return told


def _header(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": "string"}}


def _response(meaning: str, kind: str | None, schema: Any) -> dict[str, Any]:
    return {"description": meaning} | ({"content": {kind: {"schema": schema}}} if kind else {})


def _refusals(route: Route) -> dict[int, list[str]]:
    """The codes that a route may answer with, by status."""
    names = {refused.code for refused in route.refuses}
    if route.body is not None:
        names |= {"bad_json", "invalid", "too_large", "too_slow", "unsupported_media_type"}
    if route.form is not None:
        names |= {"bad_form", "invalid", "too_large", "too_slow", "unsupported_media_type"}
    if route.raw is not None:
        names |= {"too_large", "too_slow"}
    if route.query is not None:
        names |= {"invalid"}
    if "{" in route.path:
        names |= {"not_found"}
    if route.who != "anybody":
        names |= {"not_signed_in"}
    if route.who == "admin":
        names |= {"forbidden", "second_factor_missing"}
    if route.writes and route.raw is None:
        names |= {"cross_site"}
    if route.limit is not None:
        names |= {"too_many", "unavailable"}
    if route.writes:
        names |= {"unavailable"}
    found: dict[int, list[str]] = {}
    for name in sorted(names):
        found.setdefault(codes.CODES[name].status, []).append(name)
    return found
