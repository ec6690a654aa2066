"""The OpenAPI document in; a page that people read out: no scripts, nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from oriel.service import wording
from oriel.web.api import codes

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " style-src 'self'"
)
POLICY_OF_FORMS = POLICY.replace("form-action 'none'", "form-action 'self'")
_SHALLOW = 3  # levels of a body that are shown


def page(document: Mapping[str, Any]) -> str:
    """The page as HTML."""
    about, sections = document["info"], _sections(document)
    tables = {"codes": codes.CODES, "failures": codes.FAILURES}
    return rendered("docs.html", about=about, sections=sections, **tables)


def rendered(name: str, **words: object) -> str:
    """One of the pages beside this file."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= wording.FILTERS
    environment.filters |= {"marked": _marked, "anchor": _anchor}
    return environment.from_string(_file(name)).render(**words)


def _marked(text: str) -> Markup:
    """What stands between backticks as code."""
    words = (
        Markup("<code>{}</code>").format(one) if n % 2 else escape(one)
        for n, one in enumerate(text.split("`"))
    )
    return Markup("").join(words)


def _anchor(title: str) -> str:
    """What a link to a section ends with."""
    return "section-" + title.lower().replace(" ", "-")


def style() -> str:
    """The page's stylesheet."""
    return _file("docs.css")


@lru_cache
def _file(name: str) -> str:
    return (files("oriel.web.api") / "pages" / name).read_text("utf-8")


def _sections(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {one["name"]: [] for one in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entry = _entry(document, method, path, operation)
            found[operation["tags"][0]].append(entry)
    return found


def _entry(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> dict[str, Any]:
    fields = [_parameter(one) for one in operation.get("parameters", ())]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        fields += _properties(document, content["schema"], kind)
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "signed_in": bool(operation["security"]),
        "fields": fields,
        "answers": list(_answers(document, operation)),
    }


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "required": parameter["required"],
        "kind": _kind(parameter["schema"]),
        "meaning": parameter.get("description") or parameter["schema"].get("description", ""),
    }


def _properties(
    document: Mapping[str, Any], schema: Mapping[str, Any], kind: str
) -> Iterator[dict[str, Any]]:
    found = _resolved(document, schema)
    for name, about in found.get("properties", {}).items():
        yield {
            "name": name,
            "place": "form" if kind.startswith("multipart") else "body",
            "required": name in found.get("required", ()),
            "kind": _kind(about),
            "meaning": about.get("description", ""),
        }


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if kind != "null")
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "$ref" in schema:
        return "object"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _answers(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for status, answer in sorted(operation["responses"].items()):
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        own = schema is not None and schema.get("$ref", "").rpartition("/")[2] != "Error"
        example = json.dumps(_example(document, schema), indent=2) if own and schema else ""
        yield {"status": status, "meaning": answer["description"], "example": example}


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """What a body looks like: its fields, and of what kind each is."""
    found = _resolved(document, schema)
    if depth > _SHALLOW:
        return "…"
    if "properties" in found:
        return {
            name: _example(document, about, depth + 1)
            for name, about in found["properties"].items()
        }
    if found.get("type") == "array":
        return [_example(document, found.get("items", {}), depth + 1)]
    if "anyOf" in found and "$ref" in found["anyOf"][0]:
        return _example(document, found["anyOf"][0], depth + 1)
    return _kind(found)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = document["components"]["schemas"][name]
    return found
