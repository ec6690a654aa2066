"""Effects: read from their files, composed in order, and each doing in the picture what it says."""

import re
from pathlib import Path
from typing import Any

import drawings
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

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
SIZE = (320, 180)
# Thick lines off the middle's symmetries, light on dark.
SCENE = {
    "shape": "randomPoly",
    "size": 6,
    "lineWidth": 0.01,
    "pulseIntensity": 0.4,
    "rotationSpeed": 0.03,
    "baseColor": "#ffffff",
    "glowColor": "#ffffff",
    "background": "#303030",
    "backgroundEdge": "#303030",
    "glow": 0.2,
}


def _picture(
    gl: moderngl.Context,
    chosen: dict[str, Any],
    index: int = drawings.MOMENT,
    pixels: tuple[int, int] = SIZE,
    **scene: Any,
) -> NDArray[np.int64]:
    document = {**SCENE, **scene, "effects": chosen}
    return drawings.picture(gl, document, pixels, index).astype(int)


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
    picture = _picture(gl, {"sparkle": {"amount": 4}})

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


# ----------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("vignette", {"amount": 0}),
        ("grain", {"amount": 0}),
        ("scanlines", {"amount": 0}),
        ("chromatic_aberration", {"amount": 0}),
        ("rgb_shift", {"amount": 0}),
        ("zoom_pulse", {"amount": 0}),
    ],
)
def test_an_effect_turned_to_nothing_changes_nothing(
    gl: moderngl.Context, name: str, turned: dict[str, float]
) -> None:
    without, with_it = _picture(gl, {}), _picture(gl, {name: turned})

    assert np.abs(with_it - without).max() <= 1


@pytest.mark.parametrize("name", effects.names())
def test_an_effect_shows_by_default(gl: moderngl.Context, name: str) -> None:
    without, with_it = _picture(gl, {}), _picture(gl, {name: {}})

    assert np.abs(with_it - without).mean() > 0.1


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, key) for name in effects.names() for key in fields.of_effect(name)],
)
def test_every_parameter_turns_something(gl: moderngl.Context, name: str, parameter: str) -> None:
    known = fields.of_effect(name)
    field = known[parameter]
    start = {key: value for key, value in {"amount": 1, "count": 60}.items() if key in known}
    was = start.get(parameter, field.default)
    other = {"roll": 2.5, "angle": 1.5}.get(
        parameter, field.high if was == field.low else field.low
    )

    first = _picture(gl, {name: start})
    second = _picture(gl, {name: {**start, parameter: other}})

    assert np.abs(first - second).mean() > 0.1


def test_a_vignette_darkens_the_corners_and_not_the_middle(gl: moderngl.Context) -> None:
    without, with_it = _picture(gl, {}), _picture(gl, {"vignette": {"amount": 0.7}})

    assert np.abs(with_it[75:105, 145:175] - without[75:105, 145:175]).max() <= 1
    for corner in (np.s_[:10, :10], np.s_[-10:, :10], np.s_[:10, -10:], np.s_[-10:, -10:]):
        assert with_it[corner].mean() < 0.5 * without[corner].mean()


@pytest.mark.parametrize(
    ("axis", "mirrored"),
    [(0, [np.s_[:, ::-1]]), (1, [np.s_[::-1]]), (2, [np.s_[:, ::-1], np.s_[::-1]])],
)
def test_a_mirror_makes_halves_alike(gl: moderngl.Context, axis: int, mirrored: list[Any]) -> None:
    picture = _picture(gl, {"mirror": {"axis": axis}})

    for turned in mirrored:
        assert np.abs(picture - picture[turned]).max() <= 2
    plain = _picture(gl, {})
    assert np.abs(plain - plain[mirrored[0]]).mean() > 2


@pytest.mark.parametrize("wedges", [2, 4, 6])
def test_a_kaleidoscope_repeats_its_wedge_around_the_middle(
    gl: moderngl.Context, wedges: int
) -> None:
    picture = _picture(gl, {"kaleidoscope": {"wedges": wedges, "turn": 0}})[..., 1]

    circle = np.arange(720) * (np.pi / 360)
    x = (SIZE[0] / 2 - 0.5 + 50 * np.cos(circle)).round().astype(int)
    y = (SIZE[1] / 2 - 0.5 - 50 * np.sin(circle)).round().astype(int)
    around = picture[y, x].astype(float)
    again = np.roll(around, 720 // wedges)
    assert np.corrcoef(around, again)[0, 1] > 0.85


def test_chromatic_aberration_bends_red_and_blue_apart_towards_the_corners(
    gl: moderngl.Context,
) -> None:
    picture = _picture(gl, {"chromatic_aberration": {"amount": 1}}, size=12)

    apart = np.abs(picture[..., 0] - picture[..., 2])
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(x - SIZE[0] / 2, y - SIZE[1] / 2)
    assert apart[distance < 20].max() <= 12
    assert apart[distance > 60].max() > 60
    assert (
        _scale_of(picture[..., 0], picture[..., 1])
        > 1
        > _scale_of(picture[..., 2], picture[..., 1])
    )


def test_an_rgb_shift_moves_red_and_blue_by_the_onset(gl: moderngl.Context) -> None:
    calm, struck = 0, 29  # onsets of 0 and of 63/64
    still = _picture(gl, {"rgb_shift": {"amount": 1}}, calm)
    assert np.abs(still - _picture(gl, {}, calm)).max() <= 1

    moved = _picture(gl, {"rgb_shift": {"amount": 1, "angle": 0}}, struck)

    shift = round(0.06 * 63 / 64 * SIZE[1] / 2)
    red, green, blue = np.moveaxis(moved, 2, 0)
    assert np.corrcoef(red[:, :-shift].ravel(), green[:, shift:].ravel())[0, 1] > 0.85
    assert np.corrcoef(blue[:, shift:].ravel(), green[:, :-shift].ravel())[0, 1] > 0.85


def test_scanlines_are_as_many_as_asked_for(gl: moderngl.Context) -> None:
    picture = _flat(gl, {"scanlines": {"amount": 1, "count": 60}}, pixels=(640, 360))

    rows = picture[..., 1].mean(axis=1)
    strongest = int(np.abs(np.fft.rfft(rows - rows.mean())).argmax())
    assert strongest == 60
    assert rows.min() < 0.2 * rows.max()


def test_scanlines_finer_than_the_pixels_are_their_mean_and_do_not_beat(
    gl: moderngl.Context,
) -> None:
    rows = _flat(gl, {"scanlines": {"amount": 1, "count": 540}})[..., 1].mean(axis=1)

    assert np.ptp(rows) < 2
    assert rows.mean() == pytest.approx(_flat(gl, {})[..., 1].mean() / 2, rel=0.05)


def test_grain_changes_each_twelfth_of_a_second_and_not_in_between(gl: moderngl.Context) -> None:
    chosen = {"grain": {"amount": 1}}
    first, same, next_one = (_flat(gl, chosen, index) for index in (300, 301, 303))

    assert (first == same).all()
    assert np.abs(first - next_one).mean() > 3
    plain = _flat(gl, {})
    assert first.mean() == pytest.approx(plain.mean(), abs=0.3)
    assert 5 < (first - plain).std() < 40


def test_grain_follows_the_looks_seed(gl: moderngl.Context) -> None:
    one, other = (_flat(gl, {"grain": {"amount": 1}}, seed=seed) for seed in (1, 2**31 - 1))

    assert np.abs(one - other).mean() > 3


def test_grain_does_not_repeat_in_space(gl: moderngl.Context) -> None:
    grain = _flat(gl, {"grain": {"amount": 1, "size": 6}})[..., 1] - 128.0

    spectrum = np.abs(np.fft.rfft2(grain - grain.mean())) ** 2
    assert spectrum.max() < 60 * spectrum.mean()


def test_a_zoom_pulse_leaps_on_the_beat_and_rests_before_it(gl: moderngl.Context) -> None:
    before, beat = 300, 306  # beats are at 9.7 and 10.2 s; 300 is 0.3 s after one
    chosen = {"zoom_pulse": {"amount": 1}}

    resting, leaping = _picture(gl, chosen, before), _picture(gl, chosen, beat)

    assert _scale_of(resting, _picture(gl, {}, before)) == pytest.approx(1.02, abs=0.03)
    assert _scale_of(leaping, _picture(gl, {}, beat)) == pytest.approx(1.3, abs=0.04)


def test_effects_work_the_same_at_any_size(gl: moderngl.Context) -> None:
    chosen = {name: {} for name in effects.names() if name not in ("grain", "scanlines")}
    document = {**SCENE, "effects": chosen}

    small = drawings.picture(gl, document, (320, 180)).astype(float)
    large = drawings.picture(gl, document, (1280, 720)).astype(float)

    shrunk = large.reshape(180, 4, 320, 4, 3).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.99


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


def _flat(
    gl: moderngl.Context, chosen: dict[str, Any], index: int = drawings.MOMENT, **scene: Any
) -> NDArray[np.int64]:
    """The middle of grey, with a speck of a shape that is cut out."""
    grey = {"background": "#808080", "backgroundEdge": "#808080", "shape": "tetrahedron"}
    picture = _picture(gl, chosen, index, **{**grey, "size": 0.1, "glow": 0, **scene})
    return picture[:, :150]


def _scale_of(picture: NDArray[np.int64], reference: NDArray[np.int64]) -> float:
    """How much larger the first is, about the middle: the best match among zooms of the second."""
    one, other = (p if p.ndim == 2 else p[..., 1] for p in (picture, reference))
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    best, found = -1.0, 0.0
    for scale in np.arange(0.9, 1.4, 0.01):
        from_x = ((x - SIZE[0] / 2) / scale + SIZE[0] / 2).astype(int).clip(0, SIZE[0] - 1)
        from_y = ((y - SIZE[1] / 2) / scale + SIZE[1] / 2).astype(int).clip(0, SIZE[1] - 1)
        likeness = np.corrcoef(one.ravel(), other[from_y, from_x].ravel())[0, 1]
        if likeness > best:
            best, found = likeness, float(scale)
    return found


def _write_effect(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """A copy of the shaders with one effect more, which is used until the test ends."""
    for name in [*glsl.files(), *(f"effects/{each}" for each in glsl.files("effects"))]:
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(glsl.read(name), "utf-8")
    (folder / "effects" / "sparkle.glsl").write_text(source, "utf-8")
    monkeypatch.setattr(glsl, "_root", lambda: folder)
    effects.effect.cache_clear()
