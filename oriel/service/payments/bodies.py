"""The bytes of a signed webhook in; the event out, whatever shape the provider gave it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from oriel.service.payments import BadSignature, Event

_LONGEST_ID = 255  # letters that the table keeps


def event(body: bytes) -> Event:
    """The event of a body; raises BadSignature for what is no JSON object.

    One without an identifier gets one from its body: the same body is the same event.
    """
    try:
        told = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadSignature("This webhook's body is no JSON.") from error
    if not isinstance(told, dict):
        raise BadSignature("This webhook's body is no event.")
    identifier = word(told.get("id"))
    if identifier is None or len(identifier) > _LONGEST_ID:
        identifier = f"sha256_{hashlib.sha256(body).hexdigest()}"
    return Event(identifier, word(told.get("type")) or "", told)


def part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; an empty one where there is something else."""
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}


def word(value: object) -> str | None:
    """A text that can be kept and asked for; None for anything else."""
    return value if isinstance(value, str) and value.isprintable() and value else None


def named(value: object) -> str | None:
    """An identifier, of what may be the whole object."""
    return word(value.get("id") if isinstance(value, Mapping) else value)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
