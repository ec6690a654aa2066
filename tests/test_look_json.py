"""Whatever JSON there is becomes a checked look, or one sentence, as the schema says too."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import assert_sentence

from oriel import effects, fields, look
from oriel.errors import BadLook
from oriel.fields import FIELDS

VALIDATOR = jsonschema.Draft202012Validator(look.schema())


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
        assert_sentence(str(error))
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
        assert_sentence(str(error))


def _loads(document: Any) -> bool:
    try:
        look.load(document)
    except BadLook:
        return False
    return True
