"""Effects by name: each `shaders/effects/NAME.glsl` in, its stage and its parameters out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from oriel import glsl

Stage = Literal["coordinates", "split", "light", "display"]
STAGES: dict[Stage, str] = {
    "coordinates": "vec2 NAME(vec2 p): where in the picture to look",
    "split": "vec2 NAME(vec2 p, float channel): the same, apart for red (-1), green (0), blue (1)",
    "light": "vec3 NAME(vec3 light, vec2 p): linear light, before tone mapping",
    "display": "vec3 NAME(vec3 color, vec2 p): what the screen shows, 0..1",
}

_INCLUDE = re.compile(r'^#include ".+"$', re.MULTILINE)
_STAGE = re.compile(r"^// stage: (?P<stage>\w+) (?P<order>\d+)$", re.MULTILINE)
_PARAMETER = re.compile(
    r"^uniform (?P<kind>float|int) (?P<name>\w+);"
    r" +// (?P<low>-?[\d.]+)\.\.(?P<high>-?[\d.]+) = (?P<default>-?[\d.]+) \| (?P<meaning>.+)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Parameter:
    """One number of an effect that an artist may turn; the uniform is `EFFECT_NAME`."""

    name: str
    kind: Literal["float", "int"]
    low: float
    high: float
    default: float
    meaning: str


@dataclass(frozen=True)
class Effect:
    """One effect as its file describes it; `order` sorts the effects of one stage."""

    name: str
    meaning: str
    stage: Stage
    order: int
    parameters: tuple[Parameter, ...]
    source: str


def names() -> list[str]:
    """Every effect's name, sorted: one a file in `shaders/effects/`."""
    return sorted(name.removesuffix(".glsl") for name in glsl.files("effects"))


@cache
def effect(name: str) -> Effect:
    """The effect of this name; raises KeyError where there is none."""
    if name not in names():
        raise KeyError(name)
    source = glsl.read(f"effects/{name}.glsl")
    meaning = source.partition("\n")[0].removeprefix("//").strip()
    stage = _STAGE.search(source)
    if stage is None or stage["stage"] not in STAGES:
        raise ValueError(f"effects/{name}.glsl needs a line '// stage: STAGE ORDER'")
    return Effect(
        name=name,
        meaning=meaning,
        stage=stage["stage"],
        order=int(stage["order"]),
        parameters=_parameters(name, source),
        source=source,
    )


def compose(chosen: Mapping[str, object]) -> str:
    """GLSL of the chosen effects: a line that switches each on, and the library of them all.

    Its four functions are `see(p)` for coordinates, `see_apart(p, channel)` for split,
    `develop_light(light, p)` and `develop_display(color, p)`, which call the effects in their
    order; `SPLIT` and `BENT` are defined when the picture must be looked up three times or
    elsewhere than at the pixel itself. Raises KeyError where there is no such effect.
    """
    return "".join(f"#define USE_{effect(name).name}\n" for name in sorted(chosen)) + library()


def library() -> str:
    """GLSL of every effect, each there only where `USE_` and its name are defined.

    So whoever switches effects on, here or in a browser, needs to know nothing of their order.
    What effects include comes first, for all: a text is included once only.
    """
    every = sorted((effect(name) for name in names()), key=lambda e: (e.order, e.name))
    by_stage = {stage: [e for e in every if e.stage == stage] for stage in STAGES}
    included = dict.fromkeys(line for e in every for line in _INCLUDE.findall(e.source))
    return "\n".join(
        [
            *included,
            _defined("SPLIT", by_stage["split"]),
            _defined("BENT", by_stage["split"] + by_stage["coordinates"]),
            *(_if_used(e, _INCLUDE.sub("", e.source)) for e in every),
            _chain("vec2 see(vec2 p)", "p", by_stage["coordinates"], "p"),
            _chain("vec2 see_apart(vec2 p, float channel)", "p", by_stage["split"], "p, channel"),
            _chain("vec3 develop_light(vec3 x, vec2 p)", "x", by_stage["light"], "x, p"),
            _chain("vec3 develop_display(vec3 x, vec2 p)", "x", by_stage["display"], "x, p"),
        ]
    )


def _parameters(effect_name: str, source: str) -> tuple[Parameter, ...]:
    declared = len(re.findall(r"^uniform ", source, re.MULTILINE))
    if declared != len(_PARAMETER.findall(source)):
        raise ValueError(
            f"effects/{effect_name}.glsl: each uniform needs its line to read"
            f" 'uniform float {effect_name}_NAME; // LOW..HIGH = DEFAULT | meaning'"
        )
    return tuple(
        Parameter(
            name=found["name"].removeprefix(f"{effect_name}_"),
            kind="int" if found["kind"] == "int" else "float",
            low=float(found["low"]),
            high=float(found["high"]),
            default=float(found["default"]),
            meaning=found["meaning"].strip(),
        )
        for found in _PARAMETER.finditer(source)
    )


def _defined(name: str, effects: list[Effect]) -> str:
    used = " || ".join(f"defined(USE_{e.name})" for e in effects)
    return f"#if {used}\n#define {name}\n#endif\n" if effects else ""


def _if_used(effect: Effect, text: str) -> str:
    return f"#ifdef USE_{effect.name}\n{text.rstrip()}\n#endif\n"


def _chain(signature: str, value: str, effects: list[Effect], arguments: str) -> str:
    calls = "".join(_if_used(e, f"    {value} = {_call(e, arguments)};") for e in effects)
    return f"{signature} {{\n{calls}    return {value};\n}}\n"


def _call(effect: Effect, arguments: str) -> str:
    # A screen shows no more than white; video has room for more, which players show differently.
    called = f"{effect.name}({arguments})"
    return f"clamp({called}, 0.0, 1.0)" if effect.stage == "display" else called


def need_beat(chosen: Mapping[str, object]) -> bool:
    """Whether one of the chosen effects moves with the beat: it then has to be looked for."""
    return any(asks_for_the_beat(effect(name).source) for name in chosen)


def asks_for_the_beat(source: str) -> bool:
    """Whether GLSL, its comments aside, uses the uniform that moves with the beat."""
    return re.search(r"\bpulse\b", re.sub(r"//.*", "", source)) is not None
