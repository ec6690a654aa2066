"""Each effect does in the picture what it says."""

from typing import Any

import drawings
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import effects, fields

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
