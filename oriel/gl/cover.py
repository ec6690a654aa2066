"""A mesh in, its ink out: how much of the shape covers each place of the picture."""

import math
from collections.abc import Mapping
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from oriel.fields import FIELDS
from oriel.gl import programs
from oriel.gl.boxes import Box, bounds
from oriel.gl.context import is_software
from oriel.gl.targets import Target, target
from oriel.shapes import Mesh

_LINE_CORNERS = np.array([[0, -1], [1, -1], [0, 1], [1, 1]], np.float32)
_POINT_CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
_LINE_ENDS = np.array([[0, 0], [1, 0]], np.float32)
_TWO_TRIANGLES = np.array([0, 1, 2, 2, 1, 3], np.uint32)

# Lines and points are smooth by their own arithmetic; solids are drawn at twice the size.
_FINER = 2


class Cover:
    """Draws one mesh in one style into single-channel targets of its own, one a slot.

    With two slots the next picture's ink can be drawn while this one's is still looked up.
    """

    def __init__(
        self,
        context: moderngl.Context,
        mesh: Mesh,
        style: str,
        size: tuple[int, int],
        *,
        quads: bool | None = None,
    ) -> None:
        """`quads`: whether lines are drawn as quads; None: as the device draws them fastest."""
        self._context = context
        self._size = size
        self._solid = style == "solid"
        self._corners = mesh.positions
        self._half_width = 0.0
        largest = context.info["GL_MAX_TEXTURE_SIZE"]
        self.finer = self._solid and max(size) * _FINER <= largest
        scale = _FINER if self.finer else 1
        self._ink_size = size[0] * scale, size[1] * scale
        self._targets: dict[int, Target] = {}
        name = {"solid": "solid", "points": "point"}.get(style, "line")
        self._program = programs.link(context, f"{name}.vert", f"{name}.frag")
        if quads is None:
            quads = not _draws_wide_lines(context, size)
        self._wide_lines = name == "line" and not quads
        lines = _wide_lines if self._wide_lines else _lines
        build = {"solid": _solid, "points": _points}.get(style, lines)
        self._array = build(context, self._program, mesh)

    def assign(self, uniforms: Mapping[str, Any]) -> None:
        """Set the numbers of the next picture."""
        self._half_width = uniforms.get("half_width", self._half_width)
        programs.assign(self._program, uniforms)

    def box(self, mvp: NDArray[np.float32]) -> Box:
        """The part of the picture, in its pixels, outside which there is no ink."""
        return bounds(self._corners, mvp, self._size, self._half_width)

    def draw(self, slot: int = 0) -> Target:
        """Draw the mesh over this slot's cleared target: ink, 0..1, brighter where solids shine."""
        if slot not in self._targets:
            self._targets[slot] = self._target()
        into = self._targets[slot]
        into.framebuffer.use()
        into.framebuffer.clear()
        if self._solid:
            self._context.enable_only(moderngl.DEPTH_TEST)
        else:
            # Where lines meet the brighter one wins, so that joints do not stand out.
            self._context.enable_only(moderngl.BLEND)
            self._context.blend_func = moderngl.ONE, moderngl.ONE
            self._context.blend_equation = moderngl.MAX  # type: ignore[assignment]  # stub lacks the plain int
        if self._wide_lines:
            self._widen(into)
        self._array.render()
        self._context.enable_only(moderngl.NOTHING)
        return into

    def _widen(self, into: Target) -> None:
        """Have lines of this width, those too whose middle lies outside the picture."""
        width = _line_width(self._half_width)
        self._context.line_width = width
        self._program["margin"] = width
        into.framebuffer.viewport = (
            -width,
            -width,
            into.size[0] + 2 * width,
            into.size[1] + 2 * width,
        )

    def _target(self) -> Target:
        dtype = "f2" if self._solid else "f1"
        return target(self._context, self._ink_size, 1, dtype=dtype, depth=self._solid)


def _lines(
    context: moderngl.Context, program: moderngl.Program, mesh: Mesh
) -> moderngl.VertexArray:
    # Four whole vertices a line: instancing costs software renderers half as much again.
    ends = mesh.positions[mesh.edges].reshape(-1, 6)
    return _quads(context, program, ends, _LINE_CORNERS, "3f 3f 2f", ("start", "end", "corner"))


def _wide_lines(
    context: moderngl.Context, program: moderngl.Program, mesh: Mesh
) -> moderngl.VertexArray:
    ends = mesh.positions[mesh.edges].reshape(-1, 6)
    vertices = _with_corners(ends, _LINE_ENDS)
    return context.vertex_array(
        program,
        [(context.buffer(vertices), "3f 3f 2f", "start", "end", "corner")],
        mode=moderngl.LINES,
    )


def _draws_wide_lines(context: moderngl.Context, size: tuple[int, int]) -> bool:
    """Whether OpenGL's own lines are the faster way to draw the widest line a look may have.

    llvmpipe sets up each as one primitive: the 4,800 of a torus knot take 2.9 ms, not 3.6 to 4.5.
    GPUs draw quads as fast, and few of them draw lines this wide.
    """
    if not is_software(context.info["GL_RENDERER"]):
        return False
    widest = _line_width(0.5 * FIELDS["lineWidth"].high * min(size))
    if widest > context.info.get("GL_ALIASED_LINE_WIDTH_RANGE", (1.0, 1.0))[1]:
        return False
    # A forward-compatible context, as windows have, tells of wide lines and then refuses them.
    context.line_width = widest
    return context.error == "GL_NO_ERROR"


def _line_width(half_width: float) -> int:
    """OpenGL's width for a line and its rim: measured along an axis, so more across a slanting one.

    The rim is half a pixel on each side, seen along the diagonal.
    """
    return math.ceil(math.sqrt(2) * (2 * half_width + math.sqrt(2)))


def _points(
    context: moderngl.Context, program: moderngl.Program, mesh: Mesh
) -> moderngl.VertexArray:
    middles = mesh.positions[np.unique(mesh.edges)]
    return _quads(context, program, middles, _POINT_CORNERS, "3f 2f", ("start", "corner"))


def _solid(
    context: moderngl.Context, program: moderngl.Program, mesh: Mesh
) -> moderngl.VertexArray:
    vertices = np.concatenate([mesh.positions, mesh.normals], axis=1, dtype=np.float32)
    buffer = context.buffer(np.ascontiguousarray(vertices))
    indices = context.buffer(np.ascontiguousarray(mesh.triangles, np.uint32))
    return context.vertex_array(program, [(buffer, "3f 3f", "start", "normal")], indices)


def _quads(
    context: moderngl.Context,
    program: moderngl.Program,
    places: NDArray[np.float32],
    corners: NDArray[np.float32],
    layout: str,
    names: tuple[str, ...],
) -> moderngl.VertexArray:
    indices = (4 * np.arange(len(places), dtype=np.uint32)[:, None] + _TWO_TRIANGLES).ravel()
    return context.vertex_array(
        program,
        [(context.buffer(_with_corners(places, corners)), layout, *names)],
        context.buffer(np.ascontiguousarray(indices)),
    )


def _with_corners(places: NDArray[np.float32], corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each place once for each corner, followed by that corner: (places x corners, columns)."""
    return np.concatenate(
        [np.repeat(places, len(corners), axis=0), np.tile(corners, (len(places), 1))],
        axis=1,
        dtype=np.float32,
    )
