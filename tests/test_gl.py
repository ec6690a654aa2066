"""What is drawn with OpenGL: ink by the pixel, and a bloom that keeps it."""

import math

import drawings
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from oriel import fields
from oriel.errors import Fault
from oriel.gl import programs
from oriel.gl.bloom import Bloom
from oriel.gl.boxes import Box, bounds
from oriel.gl.cover import Cover
from oriel.gl.targets import Target, target
from oriel.shapes import Mesh

SIZE = (640, 360)
UNIT = 10 * math.tan(math.radians(75 / 2)) / (SIZE[1] / 2)  # of the world, a pixel at its middle


def test_shaders_that_do_not_compile_are_our_fault(gl: moderngl.Context) -> None:
    with pytest.raises(Fault, match=r"screen\.frag do not compile"):
        programs.link(gl, "screen.vert", "screen.frag", {"effects.glsl": "nonsense"})


# ----------------------------------------------------------------------------- ink


@pytest.mark.parametrize("angle", [0, 7, 45, 61, 90])
@pytest.mark.parametrize("width", [0.18, 0.7, 1.0, 2.6, 9.0])
def test_a_lines_ink_is_its_width_times_its_length(
    gl: moderngl.Context, width: float, angle: float
) -> None:
    length = 200.3  # pixels, and a round cap at each end
    expected = width * length + math.pi * (width / 2) ** 2

    ink = _ink(gl, _line(length, angle), "wireframe", width / 2)

    assert ink.sum() == pytest.approx(expected, rel=0.015)


@pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.81])
@pytest.mark.parametrize("width", [0.5, 1.0, 3.3])
def test_a_lines_ink_is_the_same_wherever_it_falls_between_pixels(
    gl: moderngl.Context, width: float, place: float
) -> None:
    ink = _ink(gl, _line(150, 0, up=place), "wireframe", width / 2)

    across = ink[:, 280:360].sum(axis=0)
    assert across == pytest.approx(np.full(80, width), rel=0.02)


@pytest.mark.parametrize(("width", "off"), [(2.0, 0.1), (5.5, 0.03), (14.0, 0.01)])
def test_a_points_ink_is_that_of_a_disc(gl: moderngl.Context, width: float, off: float) -> None:
    ink = _ink(gl, _line(100, 30), "points", width / 2)

    assert ink.sum() == pytest.approx(2 * math.pi * (width / 2) ** 2, rel=off)


def test_joints_are_no_brighter_than_lines(gl: moderngl.Context) -> None:
    half = 0.5 * UNIT  # through the middles of pixels
    ends = [[-5, half, 0], [5, half, 0], [half, -3, 0], [half, 3, 0]]
    cross = _mesh(ends, [[0, 1], [2, 3]])

    ink = _ink(gl, cross, "wireframe", 0.3)

    assert ink.max() == pytest.approx(0.6, abs=0.01)


def test_a_line_that_comes_from_behind_the_camera_is_drawn_as_far_as_it_is_seen(
    gl: moderngl.Context,
) -> None:
    """From the middle of the picture past the camera's right side."""
    ink = _ink(gl, _mesh([[0, 0, 0], [4, 0, 20]], [[0, 1]]), "wireframe", 1.5)

    assert ink[180, 321] == pytest.approx(1, abs=0.01)
    assert ink[180, 638] == pytest.approx(1, abs=0.01)
    assert ink[:, :310].sum() == 0
    assert ink[:170].sum() == 0


def test_what_lies_behind_the_camera_is_not_drawn(gl: moderngl.Context) -> None:
    behind = _mesh([[-3, 0, 12], [3, 0, 14]], [[0, 1]])

    assert _ink(gl, behind, "wireframe", 2).sum() == 0
    assert _ink(gl, behind, "points", 2).sum() == 0


@pytest.mark.parametrize("style", fields.FIELDS["style"].choices)
@pytest.mark.parametrize("size", [4, 12])
@pytest.mark.parametrize("shape", ["cube", "spikySphere", "wavyPlane", "torusKnot"])
def test_there_is_no_ink_outside_the_box(
    gl: moderngl.Context, shape: str, size: float, style: str
) -> None:
    """At these sizes shapes fit in the picture, are cut by its borders, or surround the camera."""
    document = {"shape": shape, "style": style, "size": size, "pointSize": 0.06, "lineWidth": 0.03}
    for moment in (0, 100, 307):
        chosen, mesh, plan = drawings.plan(document, first=moment)
        cover = Cover(gl, mesh, chosen["style"], drawings.SIZE)
        cover.assign({**plan.still, **plan.uniforms(0)})

        box = cover.box(plan.mvp[0])
        drawn = cover.draw()

        ink = _read(drawn)
        scale = ink.shape[0] // drawings.SIZE[1]
        assert ink.sum() > 0
        left, bottom, right, top = (scale * side for side in box)
        ink[bottom:top, left:right] = 0
        assert ink.sum() == 0


def test_a_box_and_what_is_around_it_are_the_whole_picture() -> None:
    size = (40, 30)
    for box in [Box(5, 6, 20, 30), Box(0, 0, 40, 30), Box(0, 10, 40, 20), Box(39, 0, 40, 1)]:
        times = np.zeros(size[::-1], int)

        for part in [box, *box.around(size)]:
            times[part.bottom : part.top, part.left : part.right] += 1

        assert (times == 1).all()


def test_a_box_of_cells_holds_every_pixel_of_the_box() -> None:
    box = Box(5, 7, 9, 12)

    cells = box.shrunk(4, 2, flipped_height=20)

    assert cells == Box(1, 4, 3, 7)  # columns 4..11; rows 8..13 from above, 6..11 from below


def test_the_box_is_the_whole_picture_when_the_camera_is_inside() -> None:
    corners = np.array([[0, 0, 0], [0, 0, 11]], np.float32)

    assert bounds(corners, _mvp(), SIZE, 1.0) == Box(0, 0, *SIZE)


# ----------------------------------------------------------------------------- bloom


@pytest.mark.parametrize("radius", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("size", [(640, 360), (322, 182), (1920, 1080), (180, 320)])
def test_the_bloom_keeps_the_inks_energy(
    gl: moderngl.Context, size: tuple[int, int], radius: float
) -> None:
    ink = _splashes(size)

    bloom = _bloomed(gl, ink, radius)

    # Both as shares of the picture; what is far from the borders stays on the picture.
    assert bloom.mean() == pytest.approx(ink.mean(), rel=0.03)
    assert bloom.max() < ink.max()


def test_the_bloom_has_no_threshold(gl: moderngl.Context) -> None:
    ink = _splashes(SIZE)

    once, twice, faint = (_bloomed(gl, share * ink, 0.6) for share in (0.25, 0.5, 0.001))

    assert np.allclose(twice, 2 * once, rtol=0.01, atol=1e-5)
    assert np.allclose(once, 250 * faint, rtol=0.02, atol=1e-4)


def test_the_bloom_of_a_sum_is_the_sum_of_the_blooms(gl: moderngl.Context) -> None:
    one, other = _dot(SIZE, (300, 170)), _dot(SIZE, (350, 200))

    together = _bloomed(gl, one + other, 0.6)

    apart = _bloomed(gl, one, 0.6) + _bloomed(gl, other, 0.6)
    assert np.allclose(together, apart, rtol=0.01, atol=1e-5)


def test_the_bloom_is_around_its_ink_and_reaches_further_with_its_radius(
    gl: moderngl.Context,
) -> None:
    ink = _dot(SIZE, (240, 100))
    reach = []

    for radius in (0.0, 0.5, 1.0):
        bloom = _bloomed(gl, ink, radius)

        y, x = np.mgrid[: bloom.shape[0], : bloom.shape[1]] + 0.5
        share = bloom / bloom.sum()
        middle = (x * share).sum(), (y * share).sum()
        scale = SIZE[1] / bloom.shape[0]
        assert middle == pytest.approx((240 / scale, 100 / scale), abs=4)
        reach.append(float((np.hypot(x - middle[0], y - middle[1]) * share).sum()))

    assert reach[0] < 0.5 * reach[1] < 0.5 * reach[2]


def test_the_bloom_looks_alike_at_any_size(gl: moderngl.Context) -> None:
    small = _bloomed(gl, _dot((640, 360), (320, 180), radius=10), 0.6)
    large = _bloomed(gl, _dot((2560, 1440), (1280, 720), radius=40), 0.6)

    assert small.shape == large.shape
    assert np.abs(small - large).max() < 0.06 * small.max()


# ----------------------------------------------------------------------------- arrangements


def _mvp() -> NDArray[np.float32]:
    """Nothing turned: the camera alone, for pictures of SIZE."""
    plan = drawings.plan({"rotationSpeed": 0, "pulseIntensity": 0}, SIZE)[2]
    return plan.mvp[0]


def _mesh(places: list[list[float]], edges: list[list[int]]) -> Mesh:
    positions = np.array(places, np.float32)
    return Mesh(positions, positions, np.zeros((0, 3), np.uint32), np.array(edges, np.uint32))


def _line(length: float, angle: float, up: float = 0.0) -> Mesh:
    """One edge of so many pixels of SIZE, through the middle or so many pixels above it."""
    half = length / 2 * UNIT
    x, y = half * math.cos(math.radians(angle)), half * math.sin(math.radians(angle))
    return _mesh([[-x, up * UNIT - y, 0], [x, up * UNIT + y, 0]], [[0, 1]])


def _ink(gl: moderngl.Context, mesh: Mesh, style: str, half_width: float) -> NDArray[np.float64]:
    cover = Cover(gl, mesh, style, SIZE)
    resolution = tuple(map(float, SIZE))
    cover.assign({"half_width": half_width, "resolution": resolution, "reach": 1.0})
    cover.assign({"mvp": _mvp(), "depth_fade": 0.0})
    drawn = cover.draw()
    return _read(drawn)


def _read(drawn: Target) -> NDArray[np.float64]:
    """Ink, (height, width), 0..1, rows upwards."""
    width, height = drawn.size
    if drawn.texture.dtype == "f1":
        return np.frombuffer(drawn.texture.read(alignment=1), np.uint8).reshape(height, width) / 255
    halves = np.frombuffer(drawn.texture.read(alignment=1), np.float16)
    return halves.reshape(height, width).astype(np.float64)


def _splashes(size: tuple[int, int]) -> NDArray[np.float64]:
    """Dots of different strength within the middle of a picture."""
    ink = np.zeros(size[::-1])
    unit = min(size) / 180
    for strength, x, y, radius in [(1.0, 0.45, 0.5, 4), (0.5, 0.55, 0.45, 9), (0.2, 0.5, 0.56, 2)]:
        ink += strength * _dot(size, (x * size[0], y * size[1]), radius * unit)
    return np.minimum(ink, 1.0)


def _dot(
    size: tuple[int, int], middle: tuple[float, float], radius: float = 5
) -> NDArray[np.float64]:
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    return np.clip(radius + 0.5 - np.hypot(x - middle[0], y - middle[1]), 0, 1)


def _bloomed(gl: moderngl.Context, ink: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """The bloom of some ink, in its own, smaller size."""
    size = ink.shape[1], ink.shape[0]
    drawn = target(gl, size, 1, dtype="f2")
    drawn.texture.write(ink.astype(np.float16).tobytes(), alignment=1)
    bloom = Bloom(gl, size, radius)
    bloom.draw(drawn.texture, Box(0, 0, *size))
    width, height = bloom.texture.size
    read = np.frombuffer(bloom.texture.read(alignment=1), np.float16)
    return read.reshape(height, width).astype(np.float64)
