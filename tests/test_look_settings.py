"""Single settings of a look, as the command takes them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentences import assert_sentence

from oriel import look
from oriel.errors import BadLook
from oriel.fields import FIELDS


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

    assert_sentence(str(caught.value))


@settings(max_examples=200)
@given(st.text(max_size=30) | st.builds("{}={}".format, st.sampled_from(sorted(FIELDS)), st.text()))
def test_any_setting_is_applied_or_told(setting: str) -> None:
    try:
        look.with_settings(look.load("default"), [setting])
    except BadLook as error:
        assert_sentence(str(error), most=6000)
