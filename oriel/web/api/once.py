"""The name that a client gives to a request in; what keeps a second one from doing it again, out.

Programs send it as a header; a form of a page, which cannot, has it in a field that is made with it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from oriel.service.errors import BadFields
from oriel.web.api.call import Call

HEADER, FIELD = "Idempotency-Key", "idempotency_key"
HEADERS: Mapping[str, str] = {
    HEADER: "A name of yours for this request: sent again, it does nothing more."
}
_LONGEST = 200

Key = Annotated[
    str | None, Field(description="The same as the header Idempotency-Key, for forms of pages.")
]


def key(call: Call, field: str | None) -> str | None:
    """The request's name: its header's, else its field's."""
    return call.request.headers.get(HEADER, field)


def wrong(key: str | None) -> dict[str, str]:
    """What is wrong with it, by its name."""
    if key is None or (0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        return {}
    return {HEADER: f"must be 1 to {_LONGEST} printable ASCII characters"}


def checked(
    call: Call, field: str | None, others: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    """The request's name; raises BadFields where it is none, or where others are wrong, with all."""
    found = key(call, field)
    if problems := {**others, **wrong(found)}:
        raise BadFields(problems)
    return found


def replayed(call: Call) -> None:
    """Tell that the answer is that of the first time."""
    call.headers["Idempotency-Replayed"] = "true"
