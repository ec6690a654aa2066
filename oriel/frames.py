"""A look and its bands in, every number that a picture needs out: one row a frame, = the uniforms."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyrr import matrix44

from oriel.bands import Bands
from oriel.drive import driven
from oriel.look import Look

# The original visualiser's camera.
FIELD_OF_VIEW_DEGREES = 75.0
CAMERA_Z = 10.0
NEAR, FAR = 0.1, 1000.0

# A beat's pulse falls to 1/e in this time: gone before the next beat, even at 180 a minute.
_PULSE_SECONDS = 0.11
_TICKS_PER_SECOND = 12

# How much light the bloom gives at glow = 1: thin lines cover little of what their bloom covers.
_GLOW_GAIN = 3.6

# How far beats, being float32, may be from the truth: 2 ms after ten hours.
_ROUNDED = 2.0**-23

Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class Frames:
    """Every picture's numbers, float32 unless said; each field is a uniform of the same name.

    `mvp` and `model` are (frames, 4, 4) with a column a row, as OpenGL reads them; `color` and
    `halo` are (frames, 3) linear light; the others (frames,). `still` holds what does not change.
    """

    time: Float32  # seconds into the song
    tick: NDArray[np.int32]  # twelfths of a second
    bass: Float32
    treble: Float32
    level: Float32
    onset: Float32
    pulse: Float32
    scale: Float32
    reach: Float32
    color: Float32
    halo: Float32
    model: Float32
    mvp: Float32
    still: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.time)

    def uniforms(self, index: int) -> dict[str, Any]:
        """The numbers of one frame by uniform name: Python numbers, and arrays for the rest."""
        return {
            name: value.item() if value.ndim == 0 else value
            for name, value in ((name, getattr(self, name)[index]) for name in _VARYING)
        }


_VARYING = tuple(one.name for one in fields(Frames) if one.name != "still")


def plan(
    look: Look,
    bands: Bands,
    *,
    size: tuple[int, int],
    radius: float,
    first: int = 0,
    count: int | None = None,
) -> Frames:
    """The numbers of `count` frames from song frame `first`, for a picture of `size` pixels.

    `radius` is the mesh's largest distance from its middle. Frames beyond the song's end repeat
    its last.
    """
    wanted = np.arange(first, first + (len(bands.bass) - first if count is None else count))
    heard = np.minimum(wanted, len(bands.bass) - 1)
    time = wanted / float(bands.fps)
    bass, treble = (band[heard] for band in driven(bands, look))
    scale = 1.0 + bass * np.float32(look["pulseIntensity"])
    model = _turned(time * look["rotationSpeed"], scale)
    white = _white(look)
    color = white * _between(linear(look["baseColor"]), linear(look["glowColor"]), treble)

    return Frames(
        time=time.astype(np.float32),
        tick=ticks(wanted, bands.fps),
        bass=bass,
        treble=treble,
        level=bands.level[heard],
        onset=bands.onset[heard],
        pulse=pulses(time, bands.beats),
        scale=scale.astype(np.float32),
        reach=(scale * radius).astype(np.float32),
        color=color,
        halo=np.broadcast_to(
            np.float32(_GLOW_GAIN * look["glow"]) * linear(look["glowColor"]), color.shape
        ),
        model=model,
        mvp=model @ _camera(size),
        still=_still(look, size),
    )


def linear(color: str) -> Float32:
    """Linear light, (3,) 0..1, of a "#rrggbb" colour (IEC 61966-2-1)."""
    coded = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float64) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def ticks(indices: NDArray[np.int64], fps: Fraction) -> NDArray[np.int32]:
    """Which twelfth of a second each frame lies in, exactly: no rounding at the borders."""
    return (indices * _TICKS_PER_SECOND * fps.denominator // fps.numerator).astype(np.int32)


def pulses(time: NDArray[np.float64], beats: Float32) -> Float32:
    """1 on each beat, falling exponentially after it; 0 before the first. Times in seconds."""
    if not len(beats):
        return np.zeros(len(time), np.float32)
    # A beat that falls on a frame belongs to it, whatever the last digit of either says.
    last = np.searchsorted(beats, time * (1 + _ROUNDED) + 1e-4) - 1
    since = np.maximum(time - beats[np.maximum(last, 0)], 0.0)
    return np.where(last < 0, 0.0, np.exp(-since / _PULSE_SECONDS)).astype(np.float32)


def _turned(angle: NDArray[np.float64], scale: Float32) -> Float32:
    """Model matrices: scaled, turned about y by 1.5 x angle, then about x (Three.js's order XYZ)."""
    cx, sx = np.cos(angle), np.sin(angle)
    cy, sy = np.cos(1.5 * angle), np.sin(1.5 * angle)
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    columns = [
        [cy, sx * sy, -cx * sy, zero],
        [zero, cx, sx, zero],
        [sy, -sx * cy, cx * cy, zero],
    ]
    scaled = [[value * scale for value in column] for column in columns]
    return np.array([*scaled, [zero, zero, zero, one]], np.float32).transpose(2, 0, 1)


def _camera(size: tuple[int, int]) -> Float32:
    """View and projection; upright pictures keep the field of view along their shorter side."""
    aspect = size[0] / size[1]
    half = np.tan(np.radians(FIELD_OF_VIEW_DEGREES / 2)) / min(aspect, 1.0)
    view = matrix44.create_from_translation([0.0, 0.0, -CAMERA_Z])
    projection = matrix44.create_perspective_projection(
        np.degrees(2 * np.arctan(half)), aspect, NEAR, FAR
    )
    camera: Float32 = matrix44.multiply(view, projection).astype(np.float32)
    return camera


def _between(start: Float32, end: Float32, share: Float32) -> Float32:
    return start + (end - start) * share[:, None]


def _white(look: Look) -> np.float32:
    """Light that becomes white: the more glow, the further shapes are overexposed, so that white
    lines stay white and bright colours run towards it."""
    return np.float32(1.0 + look["glow"])


def _still(look: Look, size: tuple[int, int]) -> dict[str, Any]:
    shorter = min(size)
    turned = {f"{e}_{key}": v for e, kept in look.effects.items() for key, v in kept.items()}
    width = look["pointSize"] if look["style"] == "points" else look["lineWidth"]
    return {
        "resolution": (float(size[0]), float(size[1])),
        "seed": look["seed"],
        "half_width": 0.5 * width * shorter,
        "depth_fade": look["depthFade"],
        "background": tuple(linear(look["background"]).tolist()),
        "background_edge": tuple(linear(look["backgroundEdge"]).tolist()),
        "white": float(_white(look)),
        **turned,
    }
