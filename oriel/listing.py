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
    lines = [[text for text in row.values() if isinstance(text, str) and text] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        line
        for row, words in zip(rows, lines, strict=True)
        for line in (_aligned(words, widths), *map(_parameter, row.get("parameters", ())))
    )


def _aligned(words: list[str], widths: list[int]) -> str:
    return "  ".join(f"{word:<{width}}" for word, width in zip(words, widths, strict=True)).rstrip()


def _parameter(one: Row) -> str:
    turned = f"{one['low']:g} to {one['high']:g}, default {one['default']:g}"
    return f"    {one['name']:<8}{turned:<24}{one['meaning']}"


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
