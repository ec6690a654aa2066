"""What the page is told of looks, effects and shaders: all there is, as it is."""

import json
import re
from typing import Any

import pytest
from asking import ask

import oriel
from oriel import effects, glsl, look


@pytest.fixture(scope="module")
def catalog(studio: str) -> Any:
    found = re.search(r"/assets/catalog-[0-9a-f]{16}\.json", ask(studio, "/").text)
    assert found is not None
    return ask(studio, found[0]).json


def with_includes(files: dict[str, str], name: str, included: set[str]) -> str:
    """A file's text with the others in the places where it asks for them, each once."""

    def insert(found: re.Match[str]) -> str:
        if found[1] in included:
            return ""
        included.add(found[1])
        return with_includes(files, found[1], included)

    return re.sub(r'^#include "(.+)"$', insert, files[name], flags=re.MULTILINE)


def test_every_look_is_complete(catalog: Any) -> None:
    assert catalog["version"] == oriel.__version__
    assert list(catalog["looks"]) == look.names()
    for name, document in catalog["looks"].items():
        assert document == look.load(name).to_json()
        assert document.keys() == catalog["schema"]["properties"].keys()


def test_the_schema_is_the_look_s_own(catalog: Any) -> None:
    assert catalog["schema"] == json.loads(json.dumps(look.schema()))
    assert len(catalog["schema"]["properties"]["shape"]["enum"]) == 20


def test_every_shader_is_there_as_it_lies_on_disk(catalog: Any) -> None:
    names = {path.relative_to(glsl.folder()).as_posix() for path in glsl.folder().rglob("*.*")}

    assert catalog["shaders"].keys() == names
    for name, text in catalog["shaders"].items():
        assert text == glsl.read(name)


def test_the_catalog_s_parts_make_the_very_shaders_that_python_makes(catalog: Any) -> None:
    switches = "#define USE_grain\n#define USE_rgb_shift\n"
    parts = {"effects.glsl": effects.compose({"grain": {}, "rgb_shift": {}})}

    files = catalog["shaders"] | {"effects.glsl": switches + catalog["effects_source"]}
    made = catalog["header"] + with_includes(files, "screen.frag", set())

    assert made == glsl.source("screen.frag", "300 es", parts)


def test_every_effect_tells_when_it_acts_and_whether_it_needs_a_beat(catalog: Any) -> None:
    assert list(catalog["effects"]) == effects.names()
    assert catalog["effects"]["zoom_pulse"]["needs_beat"]
    assert not catalog["effects"]["vignette"]["needs_beat"]
    for name, told in catalog["effects"].items():
        effect = effects.effect(name)
        assert (told["stage"], told["order"]) == (effect.stage, effect.order)
