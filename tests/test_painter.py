"""The painter: its planes against BT.709's own numbers, and every frame pure of all others."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import bt709
import drawings
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from oriel import effects, fields
from oriel.errors import NoGL
from oriel.gl import context, planes, plates
from oriel.gl.painter import Painter

EVERYTHING = {
    "shape": "randomPoly",
    "background": "#203050",
    "effects": {name: {} for name in effects.names()},
}
HD = 1080  # pixels: from here on blocks of pixels share lookups
CORNER = np.s_[:32, :64]


# ----------------------------------------------------------------------------- the planes


@pytest.mark.parametrize("name", ["default", "golden-hour", "constellation", "rose-window"])
@pytest.mark.parametrize("size", [(640, 360), (642, 358), (360, 640), (322, 182)])
def test_the_planes_are_the_picture_in_bt709(
    gl: moderngl.Context, size: tuple[int, int], name: str
) -> None:
    expected = bt709.planes(drawings.picture(gl, name, size))

    drawn = drawings.film(gl, name, size)[0]

    for plane, wanted in zip(drawn, expected, strict=True):
        apart = plane - wanted
        # Both are dithered: each may be half a step off, and is not on the whole.
        assert np.percentile(np.abs(apart), 99.9) < 2
        assert abs(apart.mean()) < 0.06


@pytest.mark.parametrize(
    ("name", "most"),
    [("default", 5), ("golden-hour", 3), ("bubblegum", 3), ("constellation", 13), ("vhs", 17)],
)
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
def test_the_planes_of_large_pictures_are_nearly_so(
    gl: moderngl.Context, size: tuple[int, int], name: str, most: int
) -> None:
    expected = bt709.planes(drawings.picture(gl, name, size))

    planes = drawings.film(gl, name, size)[0]

    assert min(size) >= HD
    for plane, wanted in zip(planes, expected, strict=True):
        apart = plane - wanted
        assert np.abs(apart).mean() < 0.8
        assert abs(apart.mean()) < 0.15
        assert np.percentile(np.abs(apart), 99.9) < most


@pytest.mark.parametrize(
    "color", ["#203040", "#804020", "#ffffff", "#000000", "#ff0000", "#0000ff"]
)
@pytest.mark.parametrize("size", [(320, 180), (1920, 1080)])
def test_a_flat_colour_has_the_numbers_of_bt709(
    gl: moderngl.Context, size: tuple[int, int], color: str
) -> None:
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    expected = bt709.planes(np.full((2, 2, 3), rgb, np.uint8))

    planes = drawings.film(gl, _backdrop(color), size)[0]

    for plane, wanted in zip(planes, expected, strict=True):
        assert abs(plane[CORNER].mean() - wanted.flat[0]) < 0.1
        assert np.abs(plane[CORNER] - wanted.flat[0]).max() <= 1


def test_black_and_white_keep_to_the_limited_range(gl: moderngl.Context) -> None:
    overexposed = {"style": "solid", "baseColor": "#ffffff", "glowColor": "#ffffff", "glow": 2}

    luma, blue, red = drawings.film(gl, {**overexposed, "effects": {"grain": {"amount": 1}}})[0]

    assert luma.min() >= 16
    assert luma.max() <= 235
    assert min(blue.min(), red.min()) >= 16
    assert max(blue.max(), red.max()) <= 240


@pytest.mark.parametrize(("edge", "share"), [(200, 0.75), (201, 0.25), (202, 0.75), (203, 0.25)])
def test_chroma_is_sited_on_the_left_pixel_of_each_pair(
    gl: moderngl.Context, edge: int, share: float
) -> None:
    size = (640, 360)
    document = _red_square_on_blue(left=edge, size=size)

    blue, red = drawings.film(gl, document, size)[0][1:]

    for plane in (blue, red):
        row = plane[90].astype(float)
        sample = edge // 2
        reached = (row[sample] - row[sample - 1]) / (row[sample + 2] - row[sample - 1])
        assert reached == pytest.approx(share, abs=0.04)
        assert row[sample - 1] == pytest.approx(row[sample - 4], abs=1)
        assert row[sample + 1] == pytest.approx(row[sample + 4], abs=1)


def test_the_top_row_comes_first(gl: moderngl.Context) -> None:
    cone = {"shape": "cone", "style": "solid", "rotationSpeed": 0, "glow": 0}

    luma = drawings.film(gl, cone)[0][0]
    picture = drawings.picture(gl, cone)

    lit = (luma > 20).sum(axis=1)
    assert lit[60] < lit[110]  # a cone's tip is above
    assert ((picture.max(axis=2) > 5).sum(axis=1)[[60, 110]] == lit[[60, 110]]).all()


# ----------------------------------------------------------------------------- nothing


def test_planes_in_which_nothing_was_drawn_are_no_picture(gl: moderngl.Context) -> None:
    luma = drawings.film(gl, {"background": "#000000"})[0][0]
    context.check_drawn(gl, luma)

    luma[-1, -1] = 0  # black is 16

    with pytest.raises(NoGL, match=r"draws no more \(black pictures\)"):
        context.check_drawn(gl, luma)


def test_a_context_that_is_lost_on_the_way_is_found_before_the_end() -> None:
    with context.opened(drawings.software()) as gl:
        chosen, mesh, planned = drawings.plan("default", count=3)
        film = Painter(gl, chosen, mesh, drawings.SIZE).film(planned)
        next(film)
        gl.buffer(reserve=1 << 50)  # more than there is

        with pytest.raises(NoGL, match=r"draws no more \(GL_OUT_OF_MEMORY\)"):
            list(film)


def test_a_single_black_picture_is_found_wherever_it_is(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = planes.Press.take

    def black(press: planes.Press, slot: int, into: plates.Planes) -> None:
        take(press, slot, into)
        taken.append(slot)
        if len(taken) == 3:
            into[0][:] = 0

    taken: list[int] = []
    monkeypatch.setattr(planes.Press, "take", black)

    with pytest.raises(NoGL, match=r"draws no more \(black pictures\)"):
        drawings.film(gl, "default", count=10)

    assert len(taken) == 3


# ----------------------------------------------------------------------------- smoothness


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080)])
def test_a_slow_dark_gradient_has_no_bands(gl: moderngl.Context, size: tuple[int, int]) -> None:
    document = {**_backdrop("#101010"), "backgroundEdge": "#000000"}
    ideal = _gradient(size, middle=16)

    picture = drawings.picture(gl, document, size)
    luma = drawings.film(gl, document, size)[0][0]

    # Without dither a band of one shade is 640 / 16 = 40 pixels wide and up to 0.5 off.
    away = _cells(np.ones(size[::-1]) * _away_from_the_middle(size)) == 1
    assert np.abs(_cells(picture[..., 1]) - _cells(ideal))[away].max() < 0.2
    assert np.abs(_cells(luma) - _cells(16 + 219 * ideal / 255))[away].max() < 0.2


@pytest.mark.parametrize(
    ("name", "least"),
    [("default", 0.98), ("bubblegum", 0.98), ("super-star", 0.97)],
)
def test_a_small_and_a_large_picture_are_the_same(
    gl: moderngl.Context, name: str, least: float
) -> None:
    small = drawings.picture(gl, name, (640, 360))
    large = drawings.picture(gl, name, (3840, 2160))

    assert _similarity(small, _shrunk(large, 6)) > least


def test_upright_pictures_show_the_whole_shape(gl: moderngl.Context) -> None:
    document = {"glow": 0, "style": "solid"}

    wide = drawings.picture(gl, document, (320, 180))
    square = drawings.picture(gl, document, (180, 180))
    upright = drawings.picture(gl, document, (180, 320))

    middle = square.astype(int)
    assert np.abs(wide[:, 70:250] - middle).mean() < 0.2
    assert np.abs(upright[70:250] - middle).mean() < 0.2


# ----------------------------------------------------------------------------- purity


@pytest.mark.parametrize("document", [EVERYTHING, "default", "golden-hour", "constellation"])
@pytest.mark.parametrize("size", [(320, 180), (322, 182)])
def test_a_part_has_bit_for_bit_the_planes_of_the_whole(
    gl: moderngl.Context, document: drawings.AnyLook, size: tuple[int, int]
) -> None:
    whole = drawings.film(gl, document, size, first=0, count=24)

    for first, end in [(0, 1), (7, 12), (23, 24), (5, 8)]:
        part = drawings.film(gl, document, size, first=first, count=end - first)

        _assert_same(part, whole[first:end])


@pytest.mark.parametrize("document", [EVERYTHING, "default"])
def test_a_large_part_has_bit_for_bit_the_planes_of_the_whole(
    gl: moderngl.Context, document: drawings.AnyLook
) -> None:
    whole = drawings.film(gl, document, (1920, 1080), first=0, count=4)

    part = drawings.film(gl, document, (1920, 1080), first=2, count=2)

    _assert_same(part, whole[2:])


def test_frames_may_be_drawn_in_any_order(gl: moderngl.Context) -> None:
    chosen, mesh, plan = drawings.plan(EVERYTHING, first=0, count=100)
    first = Painter(gl, chosen, mesh, drawings.SIZE).picture(plan, 7)
    painter = Painter(gl, chosen, mesh, drawings.SIZE)

    painter.picture(plan, 90)
    after = painter.picture(plan, 7)

    assert (after == first).all()


def test_films_and_pictures_of_one_painter_do_not_disturb_each_other(gl: moderngl.Context) -> None:
    chosen, mesh, plan = drawings.plan(EVERYTHING, first=0, count=6)
    painter = Painter(gl, chosen, mesh, drawings.SIZE)
    alone = [tuple(plane.copy() for plane in frame) for frame in painter.film(plan)]

    disturbed = []
    for frame in painter.film(plan):
        painter.picture(plan, 3)
        disturbed.append(tuple(plane.copy() for plane in frame))

    _assert_same(disturbed, alone)


def test_painters_that_nobody_holds_leave_no_memory_behind(gl: moderngl.Context) -> None:
    size = (1920, 1080)
    drawings.picture(gl, EVERYTHING, size)
    before = _resident()

    for _ in range(12):
        drawings.picture(gl, EVERYTHING, size)

    # Each has 20 MB of textures.
    assert _resident() - before < 80 * 2**20


def test_drawing_makes_no_gl_error(gl: moderngl.Context) -> None:
    for style in fields.FIELDS["style"].choices:
        drawings.picture(gl, {**EVERYTHING, "style": style})
        drawings.film(gl, {**EVERYTHING, "style": style}, count=3)

        assert gl.error == "GL_NO_ERROR"


def test_no_frames_make_no_film(gl: moderngl.Context) -> None:
    assert drawings.film(gl, "default", count=0) == []


@pytest.mark.parametrize(
    "name", ["time", "tick", "onset", "pulse", "reach", "color", "halo", "mvp"]
)
def test_every_number_of_a_frame_changes_the_picture(gl: moderngl.Context, name: str) -> None:
    chosen, mesh, plan = drawings.plan({**EVERYTHING, "depthFade": 0.5})
    painter = Painter(gl, chosen, mesh, drawings.SIZE)
    before = painter.picture(plan, 0)

    halved = (getattr(plan, name) * 0.5).astype(getattr(plan, name).dtype)
    after = painter.picture(replace(plan, **{name: halved}), 0)

    assert (after != before).any()


# ----------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("style", fields.FIELDS["style"].choices)
@pytest.mark.parametrize("size", [(2, 2), (4, 2), (2, 6), (16384, 2), (2, 16384), (2560, 90)])
def test_any_size_can_be_drawn(gl: moderngl.Context, size: tuple[int, int], style: str) -> None:
    document = {**EVERYTHING, "style": style, "glow": 2}

    picture = drawings.picture(gl, document, size)
    luma, blue, red = drawings.film(gl, document, size)[0]

    assert picture.shape == (size[1], size[0], 3)
    assert luma.shape == size[::-1]
    assert blue.shape == red.shape == (size[1] // 2, size[0] // 2)


# ----------------------------------------------------------------------------- arithmetic


def _backdrop(color: str) -> dict[str, Any]:
    """One colour everywhere but for a speck in the middle, and nothing that changes it."""
    flat = {"background": color, "backgroundEdge": color}
    return {"shape": "tetrahedron", "size": 0.1, "glow": 0, **flat}


def _red_square_on_blue(left: int, size: tuple[int, int]) -> dict[str, Any]:
    """A still square whose left edge is at a whole pixel; the camera's numbers are DESIGN's."""
    pixels_per_unit = size[1] / 2 / (10 * np.tan(np.radians(75 / 2)))
    return {
        **_backdrop("#0000ff"),
        "shape": "plane",
        "style": "solid",
        "size": 2 * (size[0] / 2 - left) / pixels_per_unit,
        "rotationSpeed": 0,
        "pulseIntensity": 0,
        "baseColor": "#ff0000",
        "glowColor": "#ff0000",
    }


def _away_from_the_middle(size: tuple[int, int]) -> NDArray[np.float64]:
    width, height = size
    y, x = np.mgrid[:height, :width]
    return 1.0 - (np.hypot(x - width / 2, y - height / 2) < height / 10)


def _gradient(size: tuple[int, int], middle: int) -> NDArray[np.float64]:
    """sRGB, 0..255, of light that falls with the square of the distance to 0 in the corners."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    outward = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / ((width**2 + height**2) / 4)
    return _srgb(_light(np.float64(middle)) * (1 - outward))


def _cells(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Means of 8 by 8 pixels."""
    height, width = (side // 8 * 8 for side in plane.shape)
    tiles = plane[:height, :width].reshape(height // 8, 8, width // 8, 8)
    return np.asarray(tiles.mean(axis=(1, 3)))


def _shrunk(picture: NDArray[np.uint8], by: int) -> NDArray[np.float64]:
    """A smaller picture, averaged in linear light, 0..255."""
    height, width = picture.shape[0] // by, picture.shape[1] // by
    return _srgb(_light(picture).reshape(height, by, width, by, 3).mean(axis=(1, 3)))


def _light(coded: NDArray[Any] | np.float64) -> NDArray[np.float64]:
    x = np.asarray(coded) / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def _srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _similarity(one: NDArray[Any], other: NDArray[Any]) -> float:
    """SSIM of luma in windows of 7 by 7 pixels (Wang et al. 2004)."""
    a, b = (picture @ np.array([bt709.KR, bt709.KG, bt709.KB]) for picture in (one, other))
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    variances = uniform_filter(a * a, 7) - mean_a**2 + uniform_filter(b * b, 7) - mean_b**2
    together = uniform_filter(a * b, 7) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_a * mean_b + c1) * (2 * together + c2)
    return float((similar / ((mean_a**2 + mean_b**2 + c1) * (variances + c2))).mean())


def _resident() -> int:
    """Bytes of memory that this process has now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _assert_same(some: list[Any], others: list[Any]) -> None:
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        for plane, expected in zip(one, other, strict=True):
            assert np.array_equal(plane, expected)
