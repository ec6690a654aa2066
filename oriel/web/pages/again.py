"""A render in; the looks, sizes, formats and tiers in which its song can be made again, out."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oriel import look
from oriel.service import orders, plans, wording
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

    A tier that does not include such a video, whatever its size, says so in a third text. `chosen` is
    what an order is most likely to be of, by field; it is one that its tier includes.
    """

    looks: Mapping[str, Sequence[tuple[str, str]]]
    sizes: Sequence[tuple[str, str]]
    codecs: Sequence[tuple[str, str]]
    tiers: Sequence[tuple[str, str, str]]
    fps: str
    chosen: Mapping[str, str]


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
    fps = _fps(render["fps"], offered)
    limits = {plan.tier: _limit(plan, _seconds(render), fps) for plan in offered}
    sizes, codecs = _sizes(render["size"], offered), _codecs(render["codec"], offered)
    return Choices(
        looks={group: found for group, found in looks.items() if found},
        sizes=sizes,
        codecs=codecs,
        tiers=[
            (plan.tier, f"{plan.name}, {limits[plan.tier] or _left(plan, left)}", limits[plan.tier])
            for plan in offered
        ],
        fps=fps,
        chosen=_chosen(render, sizes, codecs, [plan for plan in offered if not limits[plan.tier]]),
    )


def _left(plan: Plan, left: Mapping[str, int]) -> str:
    return f"{left.get(plan.tier, 0)} left"


def _limit(plan: Plan, seconds: float | None, fps: str) -> str:
    """What a plan's videos may be at most, where this one would be more; "" where it includes it."""
    if seconds is not None and plans.too_long(plan, seconds):
        return f"up to {plans.clock(plan.seconds)}"
    return f"up to {plan.fps} frames/s" if orders.rate(fps) > plan.fps else ""


def _fps(same: str, offered: Sequence[Plan]) -> str:
    """The rate as it was, or the most that any plan includes."""
    most = max((plan.fps for plan in offered), default=0)
    return same if not offered or orders.rate(same) <= most else str(most)


def _chosen(
    render: Mapping[str, Any],
    sizes: Sequence[tuple[str, str]],
    codecs: Sequence[tuple[str, str]],
    fitting: Sequence[Plan],
) -> Mapping[str, str]:
    """The plan, format and size as before; else a plan for that size; else the largest alike."""
    same, codec = render["size"], render["codec"]
    likely = sorted(
        fitting, key=lambda plan: (not plans.takes(plan, codec), plan.tier != render["tier"])
    )
    for plan in likely:
        if _fits(plan, *_pixels(same)):
            return {"tier": plan.tier, "size": same, "codec": _taken(plan, codecs)}
    for plan in likely:
        inside = [size for size, _ in sizes if _fits(plan, *_pixels(size))]
        if inside:
            size = max(inside, key=lambda size: _likeness(size, same))
            return {"tier": plan.tier, "size": size, "codec": _taken(plan, codecs)}
    return {}


def _taken(plan: Plan, codecs: Sequence[tuple[str, str]]) -> str:
    return next((codec for codec, _ in codecs if plans.takes(plan, codec)), "")


def _likeness(size: str, same: str) -> tuple[float, int]:
    """More is more alike: first the shape, then the number of pixels."""
    (width, height), (was_wide, was_high) = _pixels(size), _pixels(same)
    return -abs(math.log(width * was_high / (height * was_wide))), width * height


def _pixels(size: str) -> tuple[int, int]:
    width, height = size.split("x")
    return int(width), int(height)


def _seconds(render: Mapping[str, Any]) -> float | None:
    """How long the video would be, where it is known how long the song is."""
    song = render["song"] and render["song"]["seconds"]
    if song is None:
        return None
    end = song if render["end"] is None else min(render["end"], song)
    return float(max(0.0, end - render["start"]))


def _sizes(same: str, offered: Sequence[Plan]) -> list[tuple[str, str]]:
    """Those that one of the plans includes, by their pixels; first, so it does, as it was."""
    fitting = [
        (f"{width}x{height}", f"{shape}, {width} × {height}")
        for shape, width, height in _SHAPES
        if any(_fits(plan, width, height) for plan in offered)
    ]
    if fitting and not any(_fits(plan, *_pixels(same)) for plan in offered):
        return fitting
    return [(same, f"As it was, {same.replace('x', ' × ')}"), *fitting]


def _codecs(same: str, offered: Sequence[Plan]) -> list[tuple[str, str]]:
    """Those that one of the plans takes; first, so it does, as it was; else it is said why not."""
    taken = [
        codec for codec in wording.FORMATS if any(plans.takes(plan, codec) for plan in offered)
    ]
    if same in taken:
        rest = [codec for codec in taken if codec != same]
        return [
            (same, f"As it was, {wording.FORMATS[same]}"),
            *((codec, wording.FORMATS[codec]) for codec in rest),
        ]
    lacks = f": none of these plans has {wording.FORMATS[same]}"
    return [(codec, wording.FORMATS[codec] + lacks) for codec in taken]


def _fits(plan: Plan, width: int, height: int) -> bool:
    return max(width, height) <= plan.width and min(width, height) <= plan.height


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
