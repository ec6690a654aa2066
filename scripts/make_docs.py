"""Fills in what docs/ says of fields, effects, stages, commands, routes and settings, and draws it.

Between "<!-- NAME -->" and "<!-- end NAME -->" their text is made from the fields and the shaders;
all else is written by hand. Run it when a field or an effect has changed:

    python -m scripts.make_docs            the text and the pictures (make docs)
    python -m scripts.make_docs --text     the text alone
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, dropwhile, takewhile
from pathlib import Path
from typing import Any

from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

import oriel
from oriel import cli, demo, effects, fields, glsl, look
from oriel.service.settings import Settings
from oriel.web.api import openapi, table

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("looks.md", "effects.md", "cli.md", "http.md", "settings.md")
TILE = 240, 135  # pixels
COLUMNS = 3
SHAPE_COLUMNS = 5

# Seconds of the demo song: between two kicks, without treble, and on a beat with everything.
CALM, LOW, LOUD = 14.033, 13.7, 14.267

_MARKED = re.compile(r"(<!-- (?P<name>\w+) -->\n).*?(<!-- end (?P=name) -->)", re.DOTALL)
_UNIFORM = re.compile(r"^uniform (?P<kind>\w+) (?P<name>\w+); +// (?P<meaning>.+)$", re.MULTILINE)

Look = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a field's picture shows: these values of it, in this look, at this moment."""

    values: tuple[Any, ...]
    look: Look = field(default_factory=dict)
    moment: float = CALM


SHOWN = {
    "shape": Shown(
        fields.FIELDS["shape"].choices, {"size": 5, "rotationSpeed": 0.04, "pulseIntensity": 0.5}
    ),
    "size": Shown((2, 4, 6)),
    "baseColor": Shown(("#ffffff", "#ffb000", "#00d0ff"), moment=LOW),
    "glowColor": Shown(("#8309d5", "#ff2d6f", "#00c2ff"), moment=LOUD),
    "rotationSpeed": Shown((0, 0.1, 0.5)),
    "pulseIntensity": Shown((0, 1.5, 3)),
    "bassFrequency": Shown((2, 12, 60), moment=LOW),
    "trebleFrequency": Shown((4, 20, 80), {"lineWidth": 0.008}),
    "hearing": Shown(("precise", "classic"), moment=LOUD),
    "sensitivity": Shown((0, 1, 3)),
    "smoothing": Shown((0, 0.1, 1), moment=LOUD),
    "style": Shown(("wireframe", "solid", "points"), {"shape": "torusKnot"}),
    "lineWidth": Shown((0.001, 0.0025, 0.012)),
    "pointSize": Shown((0.004, 0.009, 0.03), {"shape": "sphere", "style": "points"}),
    "depthFade": Shown((0, 0.5, 1), {"shape": "icosahedron", "lineWidth": 0.008}),
    "glow": Shown((0, 0.6, 2)),
    "glowRadius": Shown((0, 0.5, 1), {"glow": 2}),
    "background": Shown(("#000000", "#182848", "#7a2048")),
    "backgroundEdge": Shown(("#000000", "#182848", "#7a2048")),
    "seed": Shown((0, 1, 2), {"shape": "randomPoly"}),
}
EFFECT_LOOK = {
    "shape": "icosahedron",
    "size": 8,
    "pulseIntensity": 0.3,
    "lineWidth": 0.008,
    "glowColor": "#ffb347",
    "background": "#4a6488",
    "backgroundEdge": "#2b3f5c",
}
# Which of its values an effect is shown with; without an entry, its first parameter at its most.
EFFECTS_SHOWN: dict[str, tuple[Mapping[str, float], ...]] = {
    "kaleidoscope": ({}, {"wedges": 3, "shift": 0.6}),
    "mirror": ({}, {"axis": 2, "offset": -0.45}),
    "grain": ({"amount": 0.6, "size": 3}, {"amount": 1, "size": 6}),
    "scanlines": ({"amount": 0.6}, {"amount": 1, "count": 60}),
}


# Each table of settings, by its first; the last of all ends with the fields.
SETTINGS = {
    "settings_places": "data",
    "settings_people": "environment",
    "settings_telling": "log",
    "settings_making": "plans",
}
BARE = ("ADMIN_EMAIL", "ADMIN_PASSWORD")  # known without ORIEL_
# What is made when a setting is not set.
MADE = {
    "data": "`~/.local/share/oriel`",
    "database_url": "`sqlite:///` in the data folder",
    "redis_url": "a private Valkey",
    "storage": "`file://` in the data folder",
    "mail": "`outbox:` in the data folder",
    "environment": "`development`",
    "secret_keys": "one, made at the first start",
}


def filled(text: str) -> str:
    """A page with each marked section made anew."""
    return _MARKED.sub(lambda found: found[1] + SECTIONS[found["name"]]() + found[3], text)


def pictures(song: Path) -> Iterator[tuple[str, Image.Image]]:
    """Every picture that the pages show, by its name in docs/pictures."""
    for key, one in fields.FIELDS.items():
        shown = _shown(one)
        looks = [{**shown.look, key: value} for value in shown.values]
        yield _place("fields", key), _strip(song, looks, shown.moment)
    for name in effects.names():
        looks = [EFFECT_LOOK, *({**EFFECT_LOOK, "effects": {name: v}} for v in _values(name))]
        yield _place("effects", name), _strip(song, looks, LOUD)


def _fields() -> str:
    return "\n".join(_field(one) for one in fields.FIELDS.values())


def _field(one: fields.Field) -> str:
    values = " · ".join(f"`{_json(value)}`" for value in _shown(one).values)
    allowed = "One of these" if one.kind == "choice" else one.allowed[0].upper() + one.allowed[1:]
    return (
        f"### `{one.key}`\n\n{one.meaning}. {allowed}; default `{_json(one.default)}`.\n\n"
        f"![{one.key}]({_link('fields', one.key)})\n\n{values}\n"
    )


def _shown(one: fields.Field) -> Shown:
    ends = (one.default,) if one.kind == "color" else (one.low, one.default, one.high)
    return SHOWN.get(one.key) or Shown(one.choices or ends)


def _effects() -> str:
    return "\n".join(_effect(effects.effect(name)) for name in effects.names())


def _effect(one: effects.Effect) -> str:
    shown = " · ".join(f"`{_json(dict(values))}`" for values in _values(one.name))
    rows = "".join(
        f"| `{p.name}` | {p.low:g} to {p.high:g} | {p.default:g} | {p.meaning} |\n"
        for p in one.parameters
    )
    return (
        f"### `{one.name}`\n\n{one.meaning}\n\n"
        f"![{one.name}]({_link('effects', one.name)})\n\nwithout it · {shown}\n\n"
        f"| parameter | range | default | meaning |\n|---|---|---|---|\n{rows}"
    )


def _looks() -> str:
    rows = "".join(f"| `{name}` | {_about(look.load(name))} |\n" for name in look.names())
    return f"| look | what it is made of |\n|---|---|\n{rows}"


def _about(chosen: look.Look) -> str:
    with_effects = f", with {', '.join(sorted(chosen.effects))}" if chosen.effects else ""
    return f"{chosen['shape']}, {chosen['style']}{with_effects}"


def _stages() -> str:
    rows = [_stage(stage, about) for stage, about in effects.STAGES.items()]
    return "| stage | the effect's function | effects, in order |\n|---|---|---|\n" + "".join(rows)


def _stage(stage: effects.Stage, about: str) -> str:
    signature, _, meaning = about.partition(": ")
    here = [one for one in map(effects.effect, effects.names()) if one.stage == stage]
    order = ", ".join(f"{e.name} {e.order}" for e in sorted(here, key=lambda e: (e.order, e.name)))
    return f"| `{stage}` | `{signature}`: {meaning} | {order} |\n"


def _uniforms() -> str:
    rows = "".join(
        f"| `{found['kind']} {found['name']}` | {found['meaning']} |\n"
        for found in _UNIFORM.finditer(glsl.read("frame.glsl"))
    )
    return f"| uniform | |\n|---|---|\n{rows}"


def _commands() -> str:
    """Each command's own help, `oriel db upgrade` and the like included."""
    found = []
    for words in _named(get_command(cli.app), ("oriel",)):
        shown = CliRunner(env={"COLUMNS": "96", "TERMINAL_WIDTH": "96"}).invoke(
            cli.app, [*words[1:], "--help"], prog_name="oriel", terminal_width=96
        )
        lines = "\n".join(line.rstrip() for line in shown.stdout.strip().splitlines())
        found.append(f"### `{' '.join(words)}`\n\n```text\n{lines}\n```\n")
    return "\n".join(found)


def _named(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    if not inner or len(words) == 1:
        yield words
    for name, one in inner.items():
        yield from _named(one, (*words, name))


def _routes() -> str:
    rows = "".join(
        f"| `{route.method}` | `{openapi.plain(route.path)}` | {route.who} | {route.words[0]} |\n"
        for route in chain.from_iterable(table.sections().values())
    )
    return f"| method | path | who | what |\n|---|---|---|---|\n{rows}"


def _settings(first: str) -> str:
    """One table of them: up to where the next one begins."""
    others = {*SETTINGS.values()} - {first}
    names = dropwhile(lambda name: name != first, Settings.model_fields)
    rows = "".join(map(_setting, takewhile(lambda name: name not in others, names)))
    return f"| variable | default | what it does, and what breaks without it, if anything does |\n|---|---|---|\n{rows}"


def _setting(name: str) -> str:
    one = Settings.model_fields[name]
    if one.description is None:
        return ""  # told with the one before
    variable = f"`ORIEL_{name.upper()}`"
    if name.upper() in BARE:
        variable = ", ".join(f"`{bare}`" for bare in BARE)
    meaning = " ".join(one.description.split())
    return f"| {variable} | {MADE.get(name) or _default(one.default)} | {meaning} |\n"


def _default(value: object) -> str:
    if value in (None, ()):
        return ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


SECTIONS: dict[str, Callable[[], str]] = {
    "fields": _fields,
    "effects": _effects,
    "looks": _looks,
    "stages": _stages,
    "uniforms": _uniforms,
    "commands": _commands,
    "routes": _routes,
    **{name: partial(_settings, first) for name, first in SETTINGS.items()},
}


def _values(name: str) -> tuple[Mapping[str, float], ...]:
    first = effects.effect(name).parameters[0]
    return EFFECTS_SHOWN.get(name, ({}, {first.name: first.high}))


def _strip(song: Path, looks: Sequence[Look], moment: float) -> Image.Image:
    columns = COLUMNS if len(looks) <= COLUMNS else SHAPE_COLUMNS
    rows = -(-len(looks) // columns)
    width = min(columns, len(looks))
    whole = Image.new("RGB", (width * TILE[0], rows * TILE[1]))
    for index, wanted in enumerate(looks):
        place = index % columns * TILE[0], index // columns * TILE[1]
        whole.paste(_tile(song, wanted, moment), place)
    return whole


def _tile(song: Path, wanted: Look, moment: float) -> Image.Image:
    # Drawn at twice the size, so that thin lines are as fine as in the video.
    drawn = oriel.picture(song, moment, look=wanted, size=(2 * TILE[0], 2 * TILE[1]))
    return Image.fromarray(drawn).resize(TILE, Image.Resampling.LANCZOS)


def _place(kind: str, name: str) -> str:
    return f"{kind}/{name}.webp"


def _link(kind: str, name: str) -> str:
    return f"pictures/{_place(kind, name)}"


def _json(value: Any) -> str:
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def main() -> None:
    """Write the pages, and the pictures unless asked not to."""
    parser = argparse.ArgumentParser(description="Make docs/ true.")
    parser.add_argument("--text", action="store_true", help="leave the pictures alone")
    asked = parser.parse_args()
    for page in PAGES:
        path = DOCS / page
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
    if asked.text:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, image in pictures(demo.write(Path(folder) / "demo.wav")):
            place = DOCS / "pictures" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            image.save(place, quality=82, method=6)
            print(place, file=sys.stderr)


if __name__ == "__main__":
    main()
