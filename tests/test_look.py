"""Looks: their fields and defaults, and one sentence for each mistake that says what to mend."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from oriel import effects, fields, look
from oriel.errors import BadLook
from oriel.fields import FIELDS

# The original visualiser's own fields, whose names, defaults and meaning may never change.
ORIGINAL = {
    "shape": "cube",
    "size": 4,
    "baseColor": "#ffffff",
    "glowColor": "#8309d5",
    "rotationSpeed": 0.1,
    "pulseIntensity": 1.5,
    "bassFrequency": 2,
    "trebleFrequency": 50,
}
VALIDATOR = jsonschema.Draft202012Validator(look.schema())


def test_the_originals_fields_keep_their_names_and_defaults() -> None:
    assert {key: FIELDS[key].default for key in ORIGINAL} == ORIGINAL


def test_an_empty_look_is_the_default() -> None:
    assert look.load({}) == look.load("default") == look.load("{}") == look.Look()


def test_every_default_is_allowed() -> None:
    for one in [
        *FIELDS.values(),
        *(p for n in effects.names() for p in fields.of_effect(n).values()),
    ]:
        assert one.accepts(one.default), one.key
        assert one.meaning
        jsonschema.validate(one.default, one.schema())


def test_the_schema_is_a_schema_with_every_default_and_meaning() -> None:
    schema = look.schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    for key, one in FIELDS.items():
        assert schema["properties"][key]["default"] == one.default
        assert schema["properties"][key]["description"] == one.meaning
    assert set(schema["properties"]["effects"]["properties"]) == set(effects.names())


def test_there_are_twelve_looks_or_more_and_all_differ() -> None:
    loaded = [look.load(name) for name in look.names()]

    assert len(loaded) >= 12
    assert all(one != other for i, one in enumerate(loaded) for other in loaded[:i])


@pytest.mark.parametrize("name", look.names())
def test_a_built_in_look_is_what_its_file_says(name: str) -> None:
    text = (Path(look.__file__).parent / "looks" / f"{name}.json").read_text("utf-8")
    document = json.loads(text)

    VALIDATOR.validate(document)
    assert look.load(name) == look.load(document)


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    written = tmp_path / "look.json"
    written.write_text('{"shape": "torusKnot"}', "utf-8-sig")

    assert look.load(written)["shape"] == "torusKnot"


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + 400 * "0"]
)
@pytest.mark.parametrize("key", ["size", "seed", "glow", "bassFrequency"])
def test_numbers_beyond_all_bounds_are_refused(key: str, text: str) -> None:
    with pytest.raises(BadLook, match=rf"^{key} is .+ but must be a .*number from"):
        look.load(f'{{"{key}": {text}}}')


def test_a_number_of_a_million_digits_is_refused_at_once() -> None:
    with pytest.raises(BadLook, match="too deep or its numbers too long"):
        look.load('{"size": ' + 900_000 * "1" + "}")

    with pytest.raises(BadLook, match=r"^size is .+ but must be a number"):
        look.load({"size": 10**5000})


@pytest.mark.parametrize("value", [True, False, None, "4", [4], {}, {"a": 4}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(BadLook, match=r"^size is .+ but must be a number from 0\.1 to 12$"):
        look.load({"size": value})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert look.load('{"seed": 7.0}')["seed"] == 7
    assert isinstance(look.load('{"seed": 7.0}')["seed"], int)
    assert isinstance(look.load('{"size": 4}')["size"], float)

    with pytest.raises(
        BadLook, match=r"^seed is 7.5 but must be a whole number from 0 to 2147483647$"
    ):
        look.load('{"seed": 7.5}')


@pytest.mark.parametrize(
    "color", ["#fff", "8309d5", "#8309d5ff", "red", "#83 9d5", "#8309d5\n", "#８309d5"]
)
def test_what_is_no_colour_is_refused(color: str) -> None:
    with pytest.raises(BadLook, match=r'^glowColor is .+ but must be a colour such as "#8309d5"$'):
        look.load({"glowColor": color})
    assert not VALIDATOR.is_valid({"glowColor": color})


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"glwo": 1}, 'a look has no key "glwo" (did you mean glow?)'),
        ({"effect": {}}, 'a look has no key "effect" (did you mean effects?)'),
        ({"basecolor": 1}, 'a look has no key "basecolor" (did you mean baseColor?)'),
        ({"zzz": 1}, 'a look has no key "zzz"'),
        ({"effects": {"vignete": {}}}, 'there is no effect "vignete" (did you mean vignette?)'),
        (
            {"effects": {"vignette": {"ammount": 1}}},
            'effects.vignette has no "ammount" (did you mean amount?)',
        ),
        (
            {"effects": {"vignette": {"amount": 2}}},
            "effects.vignette.amount is 2 but must be a number from 0 to 1",
        ),
        (
            {"effects": {"kaleidoscope": {"wedges": 2.5}}},
            "effects.kaleidoscope.wedges is 2.5 but must be a whole number from 2 to 16",
        ),
        (
            {"effects": {"vignette": 1}},
            "effects.vignette must be an object of its parameters, {} for the defaults",
        ),
        (
            {"effects": ["vignette"]},
            'effects must be an object, such as {"vignette": {"amount": 0.5}}',
        ),
        (
            {"style": "solidd"},
            'style is "solidd" but must be one of wireframe, solid, points',
        ),
        ([], 'A look must be a JSON object, such as {"shape": "cube"}'),
        ({"glow": 3, "size": 0}, None),
    ],
)
def test_a_mistake_is_told_in_a_sentence(document: Any, sentence: str | None) -> None:
    with pytest.raises(BadLook) as caught:
        look.load(document)

    expected = sentence or (
        "glow is 3 but must be a number from 0 to 2; size is 0 but must be a number from 0.1 to 12"
    )
    assert str(caught.value) == expected


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(BadLook, match='the key "size" is given twice'):
        look.load('{"size": 4, "glow": 1, "size": 5}')
    with pytest.raises(BadLook, match='the key "amount" is given twice'):
        look.load('{"effects": {"vignette": {"amount": 1, "amount": 0}}}')


def test_a_name_that_is_nearly_a_looks_is_suggested() -> None:
    with pytest.raises(BadLook, match=r"There is no look 'neon-not' \(did you mean neon-knot\?\)"):
        look.load("neon-not")
