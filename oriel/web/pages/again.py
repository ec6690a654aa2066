"""A render in; the looks, sizes and tiers in which its song can be made again, out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oriel import look
from oriel.service import plans
from oriel.service.models import Preset
from oriel.service.plans import Plan
from oriel.web.api.call import Call

_SHAPES = (
    *(("Wide", width, height) for width, height in ((1280, 720), (1920, 1080), (3840, 2160))),
    *(("Square", side, side) for side in (720, 1080)),
    *(("Vertical", width, height) for width, height in ((720, 1280), (1080, 1920))),
)


@dataclass(frozen=True)
class Choices:
    """What the form offers: (value, words) each, in groups where they have a name.

    A tier whose videos may not last as long says so in a third text.
    """

    looks: Mapping[str, Sequence[tuple[str, str]]]
    sizes: Sequence[tuple[str, str]]
    tiers: Sequence[tuple[str, str, str]]


def choices(
    call: Call, render: Mapping[str, Any], own: Sequence[Preset], left: Mapping[str, int]
) -> Choices:
    """The choices for whoever has these presets, and so many credits of each tier."""
    same = [(_written(render["look"]), "As it was")]
    looks = {
        "": same,
        "Your presets": [(_written(one.look), one.name) for one in own],
        "Looks": [(name, name.replace("-", " ").capitalize()) for name in look.names()],
    }
    offered = [
        plan for plan in call.parts.plans.values() if left.get(plan.tier, 0) or not plan.paid
    ]
    return Choices(
        looks={group: found for group, found in looks.items() if found},
        sizes=_sizes(render["size"], offered),
        tiers=[_tier(plan, left, render) for plan in offered],
    )


def _tier(plan: Plan, left: Mapping[str, int], render: Mapping[str, Any]) -> tuple[str, str, str]:
    seconds = _seconds(render)
    too_long = seconds is not None and plans.too_long(plan, seconds)
    said = f"up to {plans.clock(plan.seconds)}" if too_long else f"{left.get(plan.tier, 0)} left"
    return plan.tier, f"{plan.name}, {said}", too_long or ""


def _seconds(render: Mapping[str, Any]) -> float | None:
    """How long the video would be, where it is known how long the song is."""
    song = render["song"] and render["song"]["seconds"]
    if song is None:
        return None
    end = song if render["end"] is None else min(render["end"], song)
    return float(max(0.0, end - render["start"]))


def _sizes(same: str, offered: Sequence[Plan]) -> list[tuple[str, str]]:
    """Those that one of the plans includes, by their pixels."""
    fitting = [
        (f"{width}x{height}", f"{shape}, {width} × {height}")
        for shape, width, height in _SHAPES
        if any(_fits(plan, width, height) for plan in offered)
    ]
    return [(same, f"As it was, {same.replace('x', ' × ')}"), *fitting]


def _fits(plan: Plan, width: int, height: int) -> bool:
    return max(width, height) <= plan.width and min(width, height) <= plan.height


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
