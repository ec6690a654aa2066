"""What the operator's lists share: how many at once, what they are narrowed by, where they go on."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from oriel.web.api.lists import after

AT_ONCE = 50


def part(found: Sequence[Any]) -> dict[str, Any]:
    """What a template shows of a list, and before what the next part begins.

    `found` has one more where there is a next part; a row is what is listed, or begins with it.
    """
    return {"found": found[:AT_ONCE], "more": after(found, AT_ONCE)}


def narrowed(asked: BaseModel) -> dict[str, Any]:
    """What a list is narrowed by, for the links that keep it so."""
    return asked.model_dump(exclude_unset=True, exclude={"before", "limit"}, exclude_none=True)
