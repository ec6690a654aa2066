"""The numbers of a picture: pure functions of look, bands and index, held against other formulas."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import drawings
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from oriel import frames, look
from oriel.bands import Bands
from oriel.frames import Frames

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60),
]
SIZE = (640, 360)
VARYING = [name for name in vars(drawings.plan("default")[2]) if name != "still"]


def _plan(document: Any = "default", bands: Bands | None = None, **options: Any) -> Frames:
    options = {"size": SIZE, "radius": 2.0, **options}
    return frames.plan(look.load(document), bands or drawings.bands(), **options)


# ----------------------------------------------------------------------------- parts


@settings(max_examples=60)
@given(
    first=st.integers(0, 599),
    count=st.integers(1, 40),
    fps=st.sampled_from(RATES),
    speed=st.floats(-5, 5),
    intensity=st.floats(0, 5),
)
def test_a_frames_numbers_do_not_depend_on_the_part_asked_for(
    first: int, count: int, fps: Fraction, speed: float, intensity: float
) -> None:
    document = {"rotationSpeed": speed, "pulseIntensity": intensity}
    bands = drawings.bands(fps=fps)
    whole = _plan(document, bands)

    part = _plan(document, bands, first=first, count=min(count, 600 - first))

    for name in VARYING:
        expected = getattr(whole, name)[first : first + len(part)]
        assert np.array_equal(getattr(part, name), expected), name
        assert getattr(part, name).dtype == expected.dtype
    assert part.still == whole.still


def test_the_whole_song_is_planned_when_no_part_is_asked_for() -> None:
    assert len(_plan()) == 600
    assert len(_plan(first=590)) == 10


def test_beyond_the_songs_end_its_last_frame_is_heard_and_time_goes_on() -> None:
    plan = _plan(first=599, count=3)

    assert (plan.bass == plan.bass[0]).all()
    assert plan.time.tolist() == pytest.approx([599 / 30, 600 / 30, 601 / 30])


def test_uniforms_are_pythons_numbers_and_arrays() -> None:
    uniforms = _plan().uniforms(7)

    assert set(uniforms) == set(VARYING)
    assert isinstance(uniforms["tick"], int)
    assert isinstance(uniforms["bass"], float)
    assert uniforms["mvp"].shape == (4, 4)
    assert uniforms["color"].shape == uniforms["halo"].shape == (3,)
    assert all(np.asarray(value).dtype != object for value in uniforms.values())


# ----------------------------------------------------------------------------- the visual model


@given(st.floats(0, 5), st.integers(0, 599))
def test_the_scale_is_one_and_the_bass_times_the_intensity(intensity: float, index: int) -> None:
    bands = drawings.bands()

    scale = _plan({"pulseIntensity": intensity}, bands).scale[index]

    assert scale == pytest.approx(1 + float(bands.bass[index]) * intensity, rel=1e-6)


def test_reach_is_the_scaled_radius() -> None:
    plan = _plan(radius=3.5)

    assert plan.reach == pytest.approx(3.5 * plan.scale)


def test_the_colour_goes_in_light_from_the_base_to_the_glow_with_the_treble() -> None:
    document = {"baseColor": "#ff8000", "glowColor": "#0080ff", "glow": 0}
    bands = _heard(treble=np.array([0, 0.5, 1], np.float32))

    color = _plan(document, bands).color

    base, glow = frames.linear("#ff8000"), frames.linear("#0080ff")
    assert color == pytest.approx(np.stack([base, (base + glow) / 2, glow]))


def test_more_glow_overexposes_the_shape_and_moves_white_along() -> None:
    plain, glowing = _plan({"glow": 0}), _plan({"glow": 1.5})

    assert plain.still["white"] == 1
    assert glowing.still["white"] == 2.5
    assert glowing.color == pytest.approx(2.5 * plain.color)
    assert (plain.halo == 0).all()
    assert (glowing.halo > 0).any()


@settings(max_examples=60)
@given(st.floats(-5, 5), st.floats(0, 5), st.integers(0, 599))
def test_a_point_is_turned_and_scaled_as_three_js_turns_it(
    speed: float, intensity: float, index: int
) -> None:
    """Euler order XYZ: rotation about x after that about y, of quaternions (Three.js's own way)."""
    plan = _plan({"rotationSpeed": speed, "pulseIntensity": intensity})
    x = index / 30 * speed
    about_x = _quaternion([1, 0, 0], x)
    about_y = _quaternion([0, 1, 0], 1.5 * x)
    point = np.array([0.3, -1.2, 2.0])

    moved = np.append(point, 1) @ plan.model[index]

    expected = plan.scale[index] * _rotated(_rotated(point, about_y), about_x)
    assert moved[:3] == pytest.approx(expected, abs=1e-5)
    assert moved[3] == 1


@settings(max_examples=60)
@given(
    st.lists(st.floats(-4, 4), min_size=3, max_size=3),
    st.sampled_from([(640, 360), (1080, 1080), (1080, 1920), (2560, 1080), (2, 16384)]),
)
def test_the_camera_is_the_originals(point: list[float], size: tuple[int, int]) -> None:
    """75 degrees from bottom to top, or from side to side of upright pictures, 10 units away."""
    plan = _plan({"rotationSpeed": 0, "pulseIntensity": 0}, size=size)

    x, y, _, w = np.array([*point, 1]) @ plan.mvp[0]

    shorter = min(size)
    distance = 10 - point[2]
    half_picture = distance * math.tan(math.radians(75) / 2)  # half the shorter side, in units
    assert w == pytest.approx(distance, rel=1e-5)
    assert x / w == pytest.approx(point[0] / half_picture * shorter / size[0], abs=1e-5)
    assert y / w == pytest.approx(point[1] / half_picture * shorter / size[1], abs=1e-5)


def test_depth_runs_from_near_to_far() -> None:
    mvp = _plan({"rotationSpeed": 0, "pulseIntensity": 0}).mvp[0]

    near, far = (np.array([0, 0, 10 - distance, 1]) @ mvp for distance in (0.1, 1000))

    assert near[2] / near[3] == pytest.approx(-1, abs=1e-4)
    assert far[2] / far[3] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("style", "key"), [("wireframe", "lineWidth"), ("points", "pointSize")])
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (3840, 2160)])
def test_widths_grow_with_the_picture(size: tuple[int, int], style: str, key: str) -> None:
    still = _plan({"style": style, key: 0.01}, size=size).still

    assert still["half_width"] == pytest.approx(0.005 * min(size))


def test_effects_parameters_are_uniforms() -> None:
    still = _plan({"effects": {"vignette": {"amount": 0.25}, "mirror": {}}}).still

    assert still["vignette_amount"] == 0.25
    assert still["mirror_axis"] == 0
    assert isinstance(still["mirror_axis"], int)
    assert "grain_amount" not in still


# ----------------------------------------------------------------------------- linear light


@pytest.mark.parametrize(
    ("color", "light"),
    [
        ("#000000", 0.0),
        ("#ffffff", 1.0),
        ("#0a0a0a", 10 / 255 / 12.92),
        ("#808080", 0.2158605),  # Poynton's and everybody's number for half of sRGB
        ("#bcbcbc", 0.5028865),
    ],
)
def test_linear_light_is_that_of_srgb(color: str, light: float) -> None:
    assert frames.linear(color) == pytest.approx([light] * 3, abs=1e-6)


@given(st.integers(0, 0xFFFFFF))
def test_linear_light_can_be_coded_back(color: int) -> None:
    light = frames.linear(f"#{color:06x}").astype(np.float64)

    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    assert np.round(coded).astype(int).tolist() == list(color.to_bytes(3, "big"))


# ----------------------------------------------------------------------------- ticks


@settings(max_examples=200)
@given(st.integers(0, 10**7), st.sampled_from(RATES) | st.fractions(1, 240, max_denominator=1001))
def test_ticks_are_exact(index: int, fps: Fraction) -> None:
    tick = frames.ticks(np.array([index]), fps)[0]

    assert tick == math.floor(Fraction(index) / fps * 12)


def test_ticks_last_twelfths_of_a_second() -> None:
    ticks = frames.ticks(np.arange(240), Fraction(24))

    assert (np.bincount(ticks) == 2).all()


# ----------------------------------------------------------------------------- pulses


def test_a_pulse_leaps_on_the_beat_and_falls_until_the_next() -> None:
    beats = np.array([1.0, 1.5], np.float32)

    pulses = frames.pulses(np.array([0.0, 0.99, 1.0, 1.11, 1.49, 1.5, 9.0]), beats)

    assert pulses[:2].tolist() == [0, 0]
    assert pulses[[2, 5]].tolist() == [1, 1]
    assert pulses[3] == pytest.approx(math.exp(-1), rel=1e-4)
    assert pulses[4] < 0.02
    assert pulses[6] < 1e-6


@settings(max_examples=100)
@given(st.sampled_from(RATES), st.floats(0, 10 * 3600))
def test_a_beat_on_a_frame_belongs_to_it_even_after_hours(fps: Fraction, seconds: float) -> None:
    index = round(seconds * fps)
    moment = float(index / fps)
    beats = np.array([moment], np.float32)

    before, on, after = frames.pulses(np.array([index - 1, index, index + 1]) / float(fps), beats)

    assert before == 0
    assert on == pytest.approx(1, abs=0.03)
    assert 0 < after < on


def test_without_beats_nothing_pulses() -> None:
    assert (frames.pulses(np.arange(5.0), np.zeros(0, np.float32)) == 0).all()


# ----------------------------------------------------------------------------- arrangements


def _heard(**arrays: NDArray[np.float32]) -> Bands:
    """Bands of as many frames as these arrays have."""
    count = len(next(iter(arrays.values())))
    return replace(drawings.bands(count), **arrays)


def _quaternion(axis: list[float], angle: float) -> NDArray[np.float64]:
    return np.array([math.cos(angle / 2), *(math.sin(angle / 2) * np.array(axis, float))])


def _rotated(point: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """q p q*, written out with cross products (Hamilton)."""
    w, v = turn[0], turn[1:]
    twice = 2 * np.cross(v, point)
    return np.asarray(point + w * twice + np.cross(v, twice))
