"""A kind of thing goes in (shapes, looks, effects, encoders); what there is of it comes out."""

from collections.abc import Sequence
from typing import Any, Literal

Kind = Literal["shapes", "looks", "effects", "encoders"]
Row = dict[str, Any]


def found(kind: Kind) -> list[Row]:
    """One row a thing, each with its `name`; the encoders are tried, so that takes a moment."""
    return {"shapes": _shapes, "looks": _looks, "effects": _effects, "encoders": _encoders}[kind]()


def table(rows: Sequence[Row]) -> str:
    """The rows as text, the name first; an effect's parameters follow on lines of their own."""
    width = max((len(row["name"]) for row in rows), default=0)
    return "\n".join(line for row in rows for line in _lines(row, width))


def _lines(row: Row, width: int) -> list[str]:
    said = [str(value) for key, value in row.items() if key not in ("name", "parameters") and value]
    head = f"{row['name']:<{width}}  {'  '.join(said)}".rstrip()
    return [head, *(f"    {_parameter(one)}" for one in row.get("parameters", ()))]


def _parameter(one: Row) -> str:
    return f"{one['name']} {one['low']:g}..{one['high']:g}, {one['default']:g}: {one['meaning']}"


def _shapes() -> list[Row]:
    from oriel import shapes

    return [{"name": name} for name in shapes.names()]


def _looks() -> list[Row]:
    from oriel import look

    rows = []
    for name in look.names():
        values = look.load(name)
        effects = ", ".join(values.effects)
        about = f"{values['shape']}, {values['style']}" + (f", {effects}" if effects else "")
        rows.append({"name": name, "about": about})
    return rows


def _effects() -> list[Row]:
    from dataclasses import asdict

    from oriel import effects

    return [
        {
            "name": name,
            "meaning": effects.effect(name).meaning,
            "parameters": [asdict(one) for one in effects.effect(name).parameters],
        }
        for name in effects.names()
    ]


def _encoders() -> list[Row]:
    from oriel import encoders

    return [
        {
            "name": one.name,
            "codec": one.codec,
            "works": "works" if one.works else "",
            "why": one.why,
        }
        for one in encoders.available()
    ]
