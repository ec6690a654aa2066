"""Looks: whatever JSON there is becomes a checked look, or one sentence that says what to mend."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


# ----------------------------------------------------------------------------- any JSON

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-10, 200)
    | st.floats(allow_nan=False)
    | st.floats(-1, 13)
    | st.text(max_size=8)
    | st.sampled_from(["cube", "solid", "classic", "#8309D5", "#8309d", "#8309d5\n", "1"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def _allowed(one: fields.Field) -> st.SearchStrategy[Any]:
    if one.kind == "choice":
        return st.sampled_from(one.choices)
    if one.kind == "color":
        return st.from_regex(r"\A#[0-9a-fA-F]{6}\Z")
    if one.kind == "integer":
        return st.integers(int(one.low), int(one.high))
    return st.floats(one.low, one.high) | st.sampled_from([one.low, one.high])


def _near(one: fields.Field) -> st.SearchStrategy[Any]:
    """What is allowed, what nearly is, and anything else."""
    if one.kind in ("number", "integer"):
        span = one.high - one.low
        return _allowed(one) | st.floats(one.low - span, one.high + span) | JSON
    return _allowed(one) | JSON


def _effects(values: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            name: st.fixed_dictionaries(
                {}, optional={key: values(one) for key, one in fields.of_effect(name).items()}
            )
            for name in effects.names()
        },
    )


GOOD = st.fixed_dictionaries(
    {},
    optional={**{key: _allowed(one) for key, one in FIELDS.items()}, "effects": _effects(_allowed)},
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        **{key: _near(one) for key, one in FIELDS.items()},
        "effects": _effects(_near) | JSON,
    },
)


@settings(max_examples=300)
@given(JSON | NEARLY)
def test_any_json_is_a_look_or_a_sentence(document: Any) -> None:
    text = json.dumps(document)

    try:
        loaded = look.load(text) if text.startswith("{") else look.load(document)
    except BadLook as error:
        _assert_sentence(str(error))
    else:
        assert set(loaded.to_json()) == {*FIELDS, "effects"}
        assert all(FIELDS[key].accepts(loaded[key]) for key in FIELDS)


@settings(max_examples=400)
@given(NEARLY)
def test_the_schema_accepts_exactly_what_loads(document: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(document) == _loads(document)


@settings(max_examples=200)
@given(GOOD)
def test_what_is_allowed_loads_and_survives_a_round_trip(document: dict[str, Any]) -> None:
    loaded = look.load(document)

    assert look.load(loaded.to_json()) == loaded
    assert look.load(json.dumps(loaded.to_json())) == loaded
    VALIDATOR.validate(loaded.to_json())
    for key in set(document) - {"effects"}:
        given_value = document[key]
        expected = given_value.lower() if FIELDS[key].kind == "color" else given_value
        assert loaded[key] == expected


@settings(max_examples=200)
@given(GOOD, st.sampled_from(sorted(FIELDS)), JSON)
def test_one_wrong_value_is_named_with_its_key_and_what_is_allowed(
    document: dict[str, Any], key: str, wrong: Any
) -> None:
    if FIELDS[key].accepts(wrong):
        return

    with pytest.raises(BadLook) as caught:
        look.load({**document, key: wrong})

    sentence = str(caught.value)
    assert sentence.startswith(f"{key} is ")
    assert json.dumps(wrong)[:40] in sentence
    assert sentence.endswith(f"must be {FIELDS[key].allowed}")


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-16")))
def test_any_bytes_in_a_file_are_a_look_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "look.json"
    path.write_bytes(content)

    try:
        look.load(path)
    except BadLook as error:
        _assert_sentence(str(error))


# ----------------------------------------------------------------------------- defaults


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


# ----------------------------------------------------------------------------- built-in looks


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


# ----------------------------------------------------------------------------- numbers


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


# ----------------------------------------------------------------------------- words


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


# ----------------------------------------------------------------------------- files


def test_a_look_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"shape": "torus"}')

    assert look.load(path) == look.load(str(path)) == look.load({"shape": "torus"})


def test_text_that_is_not_json_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{\n  "shape": cube\n}')

    with pytest.raises(
        BadLook, match=r"mine.json is not JSON \(Expecting value at line 2, column 12\)"
    ):
        look.load(path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe{}", b"\x00", b"\xef\xbb\xbf{}", b"{}{}", b"[]", b"null"]
)
def test_what_is_no_look_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(content)

    with pytest.raises(BadLook) as caught:
        look.load(path)

    _assert_sentence(str(caught.value))


def test_deep_nesting_is_refused_at_any_depth() -> None:
    for depth in (10, 100, 500, *range(900, 1010), 5000, 100_000):
        for opening, closing in ("[]", ('{"size":', "}")):
            text = '{"size":' + depth * opening + "1" + depth * closing + "}"

            with pytest.raises(BadLook) as caught:
                look.load(text)

            _assert_sentence(str(caught.value))


def test_a_look_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    with pytest.raises(BadLook, match="is too large for a look: at most 1 MB"):
        look.load(path)


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(BadLook, match="'/dev/zero' cannot be read: a look is a file, not a"):
        look.load("/dev/zero")


def test_a_pipe_that_nobody_writes_into_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    program = "import sys\nfrom oriel import look\nlook.load(sys.argv[1])\n"

    done = subprocess.run(
        [sys.executable, "-c", program, str(pipe)], capture_output=True, text=True, timeout=20
    )

    assert "pipe.json' cannot be read: a look is a file, not a folder, a device" in done.stderr


def test_a_megabyte_of_mistakes_is_refused_quickly() -> None:
    text = json.dumps({f"glo{i}": 0 for i in range(70_000)})
    began = time.monotonic()

    with pytest.raises(BadLook) as caught:
        look.load(text)

    assert time.monotonic() - began < 2
    _assert_sentence(str(caught.value))


@pytest.mark.parametrize(
    "place", [".", "/", "nowhere.json", "nowhere/at/all.json", "a\0b", 5000 * "a", ""]
)
def test_a_place_without_a_look_is_told(place: str) -> None:
    with pytest.raises(BadLook) as caught:
        look.load(place)

    _assert_sentence(str(caught.value), most=6000)


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(
        BadLook, match="The look '/proc/self/mem' cannot be read: input/output error"
    ):
        look.load("/proc/self/mem")


@pytest.mark.parametrize("thing", [None, 5, 0.5, b"{}", ["cube"], object()])
def test_what_cannot_be_a_look_at_all_is_told(thing: Any) -> None:
    with pytest.raises(BadLook, match="A look must be"):
        look.load(thing)


# ----------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("glow=0.8", ["glow"], 0.8),
        ("shape=torusKnot", ["shape"], "torusKnot"),
        ('shape="torusKnot"', ["shape"], "torusKnot"),
        ("baseColor=#FF0000", ["baseColor"], "#ff0000"),
        (" seed = 3 ", ["seed"], 3),
        ("effects.vignette.amount=0.25", ["effects", "vignette", "amount"], 0.25),
        ("effects.mirror={}", ["effects", "mirror", "axis"], 0),
        ('effects={"grain": {"size": 3}}', ["effects", "grain", "size"], 3),
    ],
)
def test_a_setting_changes_one_thing(setting: str, path: list[str], value: Any) -> None:
    before = look.load("default")

    changed = look.with_settings(before, [setting])

    found: Any = changed.to_json()
    for key in path:
        found = found[key]
    assert found == value
    untouched = set(FIELDS) - {path[0]}
    assert all(changed[key] == before[key] for key in untouched)
    assert before == look.load("default")


def test_later_settings_win_and_looks_keep_what_is_not_set() -> None:
    vhs = look.load("vhs")

    changed = look.with_settings(vhs, ["glow=1", "glow=0.5", "effects.grain.amount=0"])

    assert changed["glow"] == 0.5
    assert changed.effects["grain"]["amount"] == 0
    assert changed.effects["grain"]["size"] == vhs.effects["grain"]["size"]
    assert changed.effects["scanlines"] == vhs.effects["scanlines"]


def test_no_settings_change_nothing() -> None:
    for name in look.names():
        assert look.with_settings(look.load(name), []) == look.load(name)


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "=",
        "=5",
        "glow",
        "glow=",
        "glow=NaN",
        "glow=1e999",
        "glow=[]",
        "glwo=1",
        ".=1",
        "..=1",
        "effects=1",
        "effects.=1",
        "effects.vignette=1",
        "effects.vignette.=1",
        "effects.vignette.amount.x=1",
        "shape.x=1",
        "a.b.c=1",
        "seed=" + 5000 * "9",
        "glow=" + 2000 * "[",
    ],
)
def test_a_setting_that_makes_no_sense_is_told(setting: str) -> None:
    with pytest.raises(BadLook) as caught:
        look.with_settings(look.load("default"), [setting])

    _assert_sentence(str(caught.value))


@settings(max_examples=200)
@given(st.text(max_size=30) | st.builds("{}={}".format, st.sampled_from(sorted(FIELDS)), st.text()))
def test_any_setting_is_applied_or_told(setting: str) -> None:
    try:
        look.with_settings(look.load("default"), [setting])
    except BadLook as error:
        _assert_sentence(str(error), most=6000)


# ----------------------------------------------------------------------------- arrangements


def _loads(document: Any) -> bool:
    try:
        look.load(document)
    except BadLook:
        return False
    return True


def _assert_sentence(words: str, most: int = 1200) -> None:
    assert words
    assert "\n" not in words
    assert "Traceback" not in words
    assert "object at 0x" not in words
    assert len(words) <= most
    assert not math.isnan(len(words))
