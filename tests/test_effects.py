"""Effects are read from their files, and composed in order."""

import re
from pathlib import Path

import drawings
import moderngl
import pytest

from oriel import effects, fields, glsl, look

AT_LEAST = {
    "vignette",
    "chromatic_aberration",
    "grain",
    "kaleidoscope",
    "mirror",
    "rgb_shift",
    "zoom_pulse",
    "scanlines",
}


# ----------------------------------------------------------------------------- files


def test_the_promised_effects_are_there() -> None:
    assert set(effects.names()) >= AT_LEAST
    assert effects.names() == sorted(effects.names())


@pytest.mark.parametrize("name", effects.names())
def test_an_effect_describes_itself(name: str) -> None:
    effect = effects.effect(name)

    assert re.fullmatch(r"[A-Z][\w ]+: .+\.", effect.meaning)
    assert effect.stage in effects.STAGES
    for parameter in effect.parameters:
        assert parameter.low <= parameter.default <= parameter.high
        assert parameter.low < parameter.high
        assert parameter.meaning
        assert f"uniform {parameter.kind} {name}_{parameter.name};" in effect.source
        assert fields.of_effect(name)[parameter.name].accepts(parameter.default)


def test_an_effect_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="sparkle"):
        effects.effect("sparkle")


def test_effects_of_a_stage_never_share_a_place_in_the_order() -> None:
    places = [(e.stage, e.order) for e in map(effects.effect, effects.names())]

    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    "line",
    [
        "uniform float sparkle_amount;",
        "uniform float sparkle_amount; // 0..1 | no default",
        "uniform vec2 sparkle_amount; // 0..1 = 0.5 | not a number",
    ],
)
def test_a_parameter_without_its_range_is_refused(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_effect(tmp_path, monkeypatch, f"// Sparkle: shines.\n// stage: light 50\n{line}\n")

    with pytest.raises(ValueError, match=r"sparkle\.glsl: each uniform needs its line to read"):
        effects.effect("sparkle")


@pytest.mark.parametrize("stage", ["", "// stage: nowhere 5", "// stage: light"])
def test_an_effect_without_a_stage_is_refused(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_effect(tmp_path, monkeypatch, f"// Sparkle: shines.\n{stage}\n")

    with pytest.raises(ValueError, match=r"sparkle\.glsl needs a line '// stage: STAGE ORDER'"):
        effects.effect("sparkle")


def test_an_effect_is_added_by_adding_its_file(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_effect(
        tmp_path,
        monkeypatch,
        "// Sparkle: a flood of red.\n// stage: light 50\n"
        "uniform float sparkle_amount; // 0..4 = 3 | how much\n"
        "vec3 sparkle(vec3 light, vec2 p) { return light + vec3(sparkle_amount, 0.0, 0.0); }\n",
    )

    loaded = look.load({"effects": {"sparkle": {}}})
    picture = drawings.picture(gl, {"effects": {"sparkle": {"amount": 4}}})

    assert loaded.effects["sparkle"] == {"amount": 3.0}
    assert "sparkle" in look.schema()["properties"]["effects"]["properties"]
    assert picture[..., 0].min() >= 254
    assert picture[..., 1].min() < 100


def test_what_an_effect_includes_is_there_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_effect(
        tmp_path, monkeypatch, '// Sparkle: shines.\n// stage: light 50\n#include "sparks.glsl"\n'
    )

    library = effects.library()

    assert library.startswith('#include "sparks.glsl"\n')
    assert library.count("#include") == 1


# ----------------------------------------------------------------------------- composition


def test_composing_nothing_passes_everything_through() -> None:
    composed = _switched(effects.compose({}))

    for name in ("see", "see_apart", "develop_light", "develop_display"):
        assert re.search(rf"vec[23] {name}\(.+\) {{\n    return [px];\n}}", composed)
    assert "#define" not in composed


def test_effects_are_called_by_their_order_however_they_are_given() -> None:
    names = effects.names()

    composed = _switched(effects.compose(dict.fromkeys(names)))

    assert composed == _switched(effects.compose(dict.fromkeys(reversed(names))))
    for stage in effects.STAGES:
        of_stage = [e for e in map(effects.effect, names) if e.stage == stage]
        calls = [composed.rindex(f"{e.name}(") for e in sorted(of_stage, key=lambda e: e.order)]
        assert calls == sorted(calls)


@pytest.mark.parametrize("name", effects.names())
def test_lookups_are_switched_on_only_for_effects_that_need_them(name: str) -> None:
    composed = _switched(effects.compose({name: {}}))

    stage = effects.effect(name).stage
    assert ("#define SPLIT" in composed) == (stage == "split")
    assert ("#define BENT" in composed) == (stage in ("split", "coordinates"))


@pytest.mark.parametrize("name", effects.names())
def test_what_is_not_chosen_costs_nothing(name: str) -> None:
    composed = _switched(effects.compose({name: {}}))

    declared = set(re.findall(r"^uniform \w+ (\w+);", composed, re.MULTILINE))
    assert declared == {f"{name}_{parameter}" for parameter in fields.of_effect(name)}


def test_choosing_is_all_that_is_put_before_the_library() -> None:
    chosen = {"vignette": {}, "grain": {}}

    composed = effects.compose(chosen)

    assert composed == "#define USE_grain\n#define USE_vignette\n" + effects.library()


def test_an_effect_that_is_not_there_cannot_be_composed() -> None:
    with pytest.raises(KeyError, match="glitter"):
        effects.compose({"glitter": {}})


def test_the_beat_is_looked_for_only_where_an_effect_moves_with_it() -> None:
    moved = [name for name in effects.names() if effects.need_beat({name: {}})]

    assert moved == ["zoom_pulse"]
    assert not effects.need_beat({})
    assert effects.need_beat(dict.fromkeys(effects.names()))
    assert effects.asks_for_the_beat("return p * pulse; // leaps")
    assert not effects.asks_for_the_beat("// no pulse here\nreturn p; // nor a pulse there")


# ----------------------------------------------------------------------------- arrangements


def _switched(source: str) -> str:
    """What a compiler sees of GLSL whose conditions ask only for names and have no else."""
    defined = set(re.findall(r"^#define (USE_\w+)$", source, re.MULTILINE))
    seen, kept = [], True
    for line in source.splitlines():
        if line.startswith("#if"):
            kept = not defined.isdisjoint(re.findall(r"USE_\w+", line))
        elif line == "#endif":
            kept = True
        elif kept and not line.startswith("#define USE_"):
            seen.append(line)
    return "\n".join(seen)


def _write_effect(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """A copy of the shaders with one effect more, which is used until the test ends."""
    for name in [*glsl.files(), *(f"effects/{each}" for each in glsl.files("effects"))]:
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(glsl.read(name), "utf-8")
    (folder / "effects" / "sparkle.glsl").write_text(source, "utf-8")
    monkeypatch.setattr(glsl, "_root", lambda: folder)
    effects.effect.cache_clear()
