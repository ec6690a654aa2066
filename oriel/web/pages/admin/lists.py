"""What the operator's lists share: how many at once, what they are narrowed by, where they go on."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

AT_ONCE = 50


def part(found: Sequence[Any]) -> dict[str, Any]:
    """What a template shows of a list, and before what the next part begins.

    `found` has one more where there is a next part; a row is what is listed, or begins with it.
    """
    shown = found[:AT_ONCE]
    if len(found) <= AT_ONCE:
        return {"found": shown, "more": None}
    last = shown[-1]
    return {"found": shown, "more": last.id if hasattr(last, "id") else last[0].id}


def narrowed(asked: BaseModel) -> dict[str, Any]:
    """What a list is narrowed by, for the links that keep it so."""
    return asked.model_dump(exclude_unset=True, exclude={"before", "limit"}, exclude_none=True)
