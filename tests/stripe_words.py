"""Stripe's objects, events and signatures, and its own schema to hold them against."""

import hashlib
import hmac
import json
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from openapi_schema_validator import OAS30Validator

SECRET = "whsec_of_these_tests"
_SPEC = json.loads((Path(__file__).parent / "stripe_schema" / "schema.json").read_text("utf-8"))


@cache
def _validator(name: str) -> OAS30Validator:
    schema = _SPEC["requests"].get(name) or {"$ref": f"#/components/schemas/{name}"}
    return OAS30Validator({**schema, "components": {"schemas": _SPEC["schemas"]}})


def problems(name: str, value: Any) -> list[str]:
    """What is wrong with an object ("charge") or a request ("POST /v1/prices")."""
    return [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(value)]


def minimal(name: str, **fields: Any) -> dict[str, Any]:
    """The smallest object that the schema allows, with some fields set."""
    made = _minimal(_SPEC["schemas"][name])
    return {**made, **fields}


def event(identifier: str, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
    """An event about an object."""
    return minimal(
        "event",
        id=identifier,
        type=kind,
        data={"object": thing},
        created=int(time.time()),
        api_version=_SPEC["version"],
    )


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The header that Stripe sends with a webhook.

    https://docs.stripe.com/webhooks#verify-manually
    """
    moment = int(time.time() if at is None else at)
    signature = hmac.digest(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hex()
    return {"Stripe-Signature": f"t={moment},v1={signature}"}


def form(body: str) -> dict[str, Any]:
    """A request's body, such as "metadata[tier]=x&line_items[0][price]=y", as the schema has it."""
    made: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        place = made
        for word in rest:
            place = place.setdefault(first, {})
            first = word
        place[first] = int(value) if value.isdigit() else value
    return {name: _listed(value) for name, value in made.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


def _minimal(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _minimal(_SPEC["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _minimal(schema["anyOf"][0])
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        return {name: _minimal(schema["properties"][name]) for name in needed}
    return {"array": [], "boolean": False, "integer": 0, "number": 0}.get(schema["type"], "x")
