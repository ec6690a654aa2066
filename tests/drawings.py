"""Looks go in; their pictures and planes, moved by numbers that no song is needed for, come out."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel import effects, fields, frames, look, shapes
from oriel.bands import Bands
from oriel.gl import context
from oriel.gl.painter import Painter
from oriel.gl.plates import Planes
from oriel.look import Look

AnyLook = str | Mapping[str, Any] | Look
Size = tuple[int, int]

SIZE = (320, 180)
FPS = Fraction(30)
MOMENT = 307  # the frame of every golden picture: everything moves, nothing is extreme


def bands(count: int = 600, fps: Fraction = FPS) -> Bands:
    """What would be heard: whole numbers of 64ths, so that every machine has the same; 120 bpm."""
    index = np.arange(count)
    seconds = count / float(fps)
    spectrum = np.stack([index * step % 64 for step in (7, 5, 3, 2, 9, 11)], axis=1)
    return Bands(
        fps=fps,
        seconds=seconds,
        bass=(index * 7 % 64 / 64).astype(np.float32),
        treble=(index * 3 % 64 / 64).astype(np.float32),
        spectrum=(spectrum / 64).astype(np.float32),
        level=(index * 2 % 64 / 64).astype(np.float32),
        onset=(index * 11 % 64 / 64).astype(np.float32),
        beat=np.zeros(count, np.float32),
        bar=np.zeros(count, np.float32),
        tempo=120.0,
        beats=np.arange(0.2, seconds, 0.5, dtype=np.float32),
    )


def software() -> int | None:
    """The EGL device that is llvmpipe, or None where the best there is must do."""
    found = [device.index for device in context.devices() if device.software]
    return found[0] if found else None


def plan(
    wanted: AnyLook, size: Size = SIZE, first: int = MOMENT, count: int = 1
) -> tuple[Look, shapes.Mesh, frames.Frames]:
    """A look's mesh and the numbers of its frames."""
    chosen = look.load(wanted)
    mesh = shapes.mesh(chosen["shape"], chosen["size"], chosen["seed"])
    radius = float(np.linalg.norm(mesh.positions, axis=1).max())
    planned = frames.plan(chosen, bands(), size=size, radius=radius, first=first, count=count)
    return chosen, mesh, planned


def picture(
    gl: moderngl.Context, wanted: AnyLook, size: Size = SIZE, index: int = MOMENT
) -> NDArray[np.uint8]:
    """One picture, (height, width, 3) sRGB."""
    chosen, mesh, planned = plan(wanted, size, index)
    return Painter(gl, chosen, mesh, size).picture(planned, 0)


def film(
    gl: moderngl.Context, wanted: AnyLook, size: Size = SIZE, first: int = MOMENT, count: int = 1
) -> list[Planes]:
    """The planes of some frames."""
    chosen, mesh, planned = plan(wanted, size, first, count)
    taken = Painter(gl, chosen, mesh, size).film(planned)
    return [(y.copy(), u.copy(), v.copy()) for y, u, v in taken]


# Slower and calmer than by default, so that every shape is seen whole and from an angle.
_CALM = {"rotationSpeed": 0.05, "pulseIntensity": 0.5}
_STAGE = {
    **_CALM,
    "shape": "icosahedron",
    "lineWidth": 0.008,
    "background": "#203050",
    "backgroundEdge": "#501818",
}


def golden() -> dict[str, AnyLook]:
    """What there is a golden picture of, by name."""
    shape = {f"shape-{n}": {**_CALM, "shape": n, "glow": 0} for n in shapes.names()}
    style = {
        f"style-{n}": {**_CALM, "shape": "torusKnot", "depthFade": 0.5, "style": n}
        for n in fields.FIELDS["style"].choices
    }
    effect = {f"effect-{n}": {**_STAGE, "effects": {n: {}}} for n in effects.names()}
    every = {"effects-all": {**_STAGE, "effects": {n: {} for n in effects.names()}}}
    built_in = {f"look-{n}": n for n in look.names()}
    return {**shape, **style, **effect, **every, **built_in}
