"""What each tier costs and includes: one table, which an operator's file may change.

Prices are the server's alone; whoever buys names a tier.
"""

import json
import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from oriel.service.settings import BadSettings, Settings

ANY = "any"  # among codecs


@dataclass(frozen=True)
class Plan:
    """One tier: its price, what one of its credits may be spent on, and what comes with it.

    `width` and `height` are of the largest lying picture; a standing one may be as large.
    """

    tier: str
    name: str
    price_cents: int = 0
    currency: str = "usd"
    welcome: int = 0  # credits that a new account gets
    width: int = 1920
    height: int = 1080
    fps: int = 30
    seconds: int = 1200
    watermark: bool = False
    codecs: tuple[str, ...] = ("h264",)
    licence: str = "personal"

    @property
    def paid(self) -> bool:
        """Whether it is bought, and so is drawn before what is not."""
        return self.price_cents > 0


Plans = Mapping[str, Plan]

PLANS: Plans = {
    plan.tier: plan
    for plan in (
        Plan("free", "Free", welcome=5, width=1280, height=720, seconds=180, watermark=True),
        Plan("personal", "Personal", 299),
        Plan("commercial", "Commercial", 999, fps=60, licence="commercial"),
        Plan(
            *("premium", "Premium", 1999),
            width=3840,
            height=2160,
            fps=60,
            codecs=(ANY,),
            licence="commercial",
        ),
    )
}


class Ordered(Protocol):
    """What a plan looks at in an order; sizes in pixels, `start` and `end` in seconds."""

    @property
    def sizes(self) -> Sequence[tuple[int, int]]: ...  # noqa: D102
    @property
    def fps(self) -> Fraction: ...  # noqa: D102
    @property
    def start(self) -> float: ...  # noqa: D102
    @property
    def end(self) -> float | None: ...  # noqa: D102
    @property
    def codec(self) -> str: ...  # noqa: D102


def allow(plan: Plan, order: Ordered) -> dict[str, str]:
    """What an order asks for beyond a plan, as a sentence by field; {} where it may be drawn.

    The song's own end counts once it is known: `too_long` is asked again then.
    """
    problems = {}
    for width, height in order.sizes:
        if max(width, height) > plan.width or min(width, height) > plan.height:
            most = f"{plan.width} × {plan.height}"
            problems["size"] = f"{width} × {height} is more than the {most} of {plan.name}"
    if order.fps > plan.fps:
        problems["fps"] = f"{order.fps} frames/s are more than the {plan.fps} of {plan.name}"
    if not takes(plan, order.codec):
        allowed = ", ".join(plan.codecs)
        problems["codec"] = f"{plan.name} has no {order.codec}, only {allowed}"
    if order.end is not None and (problem := too_long(plan, order.end - order.start)):
        problems["end"] = problem
    return problems


def takes(plan: Plan, codec: str) -> bool:
    """Whether a plan's videos may have this codec."""
    return ANY in plan.codecs or codec in plan.codecs


def too_long(plan: Plan, seconds: float) -> str | None:
    """What is wrong with a video of so many seconds, or None."""
    if seconds <= plan.seconds:
        return None
    most, this = clock(plan.seconds), clock(math.ceil(seconds))
    return f"its videos last at most {most}, and this one would last {this}"


def clock(seconds: int) -> str:
    """Whole seconds as minutes and seconds, such as "3:05"."""
    return f"{seconds // 60}:{seconds % 60:02}"


def of(settings: Settings) -> Plans:
    """The plans of this service: the table above, changed by the settings' file."""
    if settings.plans is None:
        return PLANS
    return changed(PLANS, _read(settings.plans))


def changed(plans: Plans, changes: Mapping[str, Any]) -> Plans:
    """Plans with some fields changed, and new tiers added; raises BadSettings, naming all wrong.

    Changes are by tier: {"personal": {"price_cents": 399}}.
    """
    problems: list[str] = []
    result = dict(plans)
    for tier, change in changes.items():
        plan = plans.get(tier, Plan(tier, tier.capitalize()))
        wrong = list(_problems(plan, change))
        problems += [f"ORIEL_PLANS: in {tier}, {one}" for one in wrong]
        if not wrong:
            given: dict[str, Any] = {
                key: tuple(v) if isinstance(v, list) else v for key, v in change.items()
            }
            result[tier] = replace(plan, **given)
    if problems:
        raise BadSettings(*problems)
    return result


def _problems(plan: Plan, change: object) -> list[str]:
    if not isinstance(change, Mapping):
        return ["there must be a table of fields"]
    known = asdict(plan)
    allowed = known.keys() - {"tier"}
    problems = [_unknown(key, allowed) for key in change if key not in allowed]
    for field in fields(plan):
        value = change.get(field.name, known[field.name])
        kind = list if field.name == "codecs" else type(known[field.name])
        if field.name in change and type(value) is not kind:
            problems.append(f"{field.name} must be of the kind of {_written(known[field.name])}")
        elif field.name in change and kind is int and value < 0:
            problems.append(f"{field.name} must not be negative")
    return problems


def _unknown(key: str, known: Collection[str]) -> str:
    near = get_close_matches(key, known, 1)
    return f"there is no field {key}" + (f" (did you mean {near[0]}?)" if near else "")


def _written(value: object) -> str:
    """As a file of plans has it."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _read(path: Path) -> Mapping[str, Any]:
    text = path.read_text("utf-8")
    try:
        read = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise BadSettings(f"ORIEL_PLANS: {path} cannot be read ({error}): mend it") from error
    if not isinstance(read, dict):
        raise BadSettings(f"ORIEL_PLANS: {path} must hold a table by tier")
    return read
