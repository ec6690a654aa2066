"""What can be turned: every key of a look, with its kind, default, range and meaning."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from oriel import effects, shapes

Kind = Literal["choice", "number", "integer", "color"]

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Field:
    """One key of a look: its kind, default, range or choices, and meaning in words."""

    key: str
    kind: Kind
    default: str | float | int
    meaning: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "color":
            return 'a colour such as "#8309d5"'
        noun = "a whole number" if self.kind == "integer" else "a number"
        return f"{noun} from {self.low:g} to {self.high:.10g}"

    def accepts(self, value: object) -> bool:
        """Whether this value, of JSON's types, may stand here."""
        if self.kind == "choice":
            return isinstance(value, str) and value in self.choices
        if self.kind == "color":
            return isinstance(value, str) and _COLOR.fullmatch(value) is not None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.kind == "integer" and isinstance(value, float) and not value.is_integer():
            return False
        return self.low <= value <= self.high

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a value that this field accepts."""
        about = {"description": self.meaning, "default": self.default}
        if self.kind == "choice":
            return {"type": "string", "enum": list(self.choices), **about}
        if self.kind == "color":
            pattern = f"^{_COLOR.pattern}$"
            return {
                "type": "string",
                "pattern": pattern,
                "maxLength": 7,
                "format": "color",
                **about,
            }
        return {"type": self.kind, "minimum": self.low, "maximum": self.high, **about}

    def clean(self, value: Any) -> Any:
        """The accepted value in this field's own type; colours in lower case."""
        if self.kind == "integer":
            return int(value)
        if self.kind == "number":
            return float(value)
        return value.lower() if self.kind == "color" else value


def _fields() -> dict[str, Field]:
    listed = [
        # The eight of the original visualiser: names, defaults and meaning are theirs.
        Field("shape", "choice", "cube", "What is drawn", choices=tuple(shapes.names())),
        Field("size", "number", 4.0, "How large the shape is", 0.1, 12),
        Field("baseColor", "color", "#ffffff", "Colour without treble"),
        Field("glowColor", "color", "#8309d5", "Colour at full treble, and of the glow"),
        Field(
            "rotationSpeed", "number", 0.1, "Radians a second about x; y is 1.5 times that", -5, 5
        ),
        Field("pulseIntensity", "number", 1.5, "How much the bass enlarges the shape", 0, 5),
        Field("bassFrequency", "integer", 2, "Analyser bin of the bass, 172 Hz each", 0, 126),
        Field("trebleFrequency", "integer", 50, "Analyser bin of the treble", 0, 126),
        # Oriel's own.
        Field(
            "hearing",
            "choice",
            "precise",
            "precise: never late; classic: the browser's analyser",
            choices=("precise", "classic"),
        ),
        Field("sensitivity", "number", 1.0, "How strongly bass and treble count", 0, 3),
        Field(
            "smoothing",
            "number",
            0.0,
            "Seconds to either side over which bass and treble even out",
            0,
            1,
        ),
        Field(
            "style",
            "choice",
            "wireframe",
            "How the shape is drawn",
            choices=("wireframe", "solid", "points"),
        ),
        Field(
            "lineWidth",
            "number",
            0.0025,
            "Width of lines, in shorter sides of the picture",
            0.0005,
            0.03,
        ),
        Field(
            "pointSize",
            "number",
            0.009,
            "Size of points, in shorter sides of the picture",
            0.001,
            0.06,
        ),
        Field("depthFade", "number", 0.0, "How much the far side fades", 0, 1),
        Field("glow", "number", 0.6, "Strength of the bloom", 0, 2),
        Field("glowRadius", "number", 0.6, "How far the bloom reaches", 0, 1),
        Field("background", "color", "#000000", "Background in the middle"),
        Field("backgroundEdge", "color", "#000000", "Background at the corners"),
        Field("seed", "integer", 0, "Chooses among the random shapes and grains", 0, 2**31 - 1),
    ]
    return {one.key: one for one in listed}


FIELDS: dict[str, Field] = _fields()


def of_effect(name: str) -> dict[str, Field]:
    """The parameters of an effect as fields, by name."""
    return {one.name: _field(one) for one in effects.effect(name).parameters}


def _field(parameter: effects.Parameter) -> Field:
    kind: Kind = "integer" if parameter.kind == "int" else "number"
    default = int(parameter.default) if parameter.kind == "int" else parameter.default
    return Field(parameter.name, kind, default, parameter.meaning, parameter.low, parameter.high)
