"""From a surface in double precision to a `Mesh` as the painters take it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Vertices closer than this, as a part of the mesh's extent, are one corner. Seams that close by
# sin(2π) lie 1e-16 apart; neighbours of the finest shape, 1e-2.
SAME = 1e-6


@dataclass(frozen=True)
class Mesh:
    """Triangles, and the lines that a wireframe of them draws; all arrays are read-only.

    Vertices are shared only where their normals agree, and follow the order of Three.js.
    """

    positions: NDArray[np.float32]
    """(n, 3), in world units."""
    normals: NDArray[np.float32]
    """(n, 3), unit length, outwards; flat shapes (ring, plane, star) face +z."""
    triangles: NDArray[np.uint32]
    """(m, 3), indices into positions, counter-clockwise seen from where the normals point."""
    edges: NDArray[np.uint32]
    """(k, 2), indices into positions: each edge of each triangle, once.

    A corner shared by edges is named by one vertex: `np.unique(edges)` are the corners, each once.
    """


class Surface(NamedTuple):
    """A mesh in the making: positions (n, 3), normals (n, 3) and triangles (m, 3)."""

    positions: Floats
    normals: Floats
    triangles: Indices


def finish(surface: Surface) -> Mesh:
    """The surface as a `Mesh`: rounded to float32, its edges found, its arrays locked."""
    mesh = Mesh(
        surface.positions.astype(np.float32),
        surface.normals.astype(np.float32),
        surface.triangles.astype(np.uint32),
        wireframe(surface.positions, surface.triangles).astype(np.uint32),
    )
    for array in vars(mesh).values():
        array.setflags(write=False)
    return mesh


def wireframe(positions: Floats, triangles: Indices) -> Indices:
    """The edges (k, 2) that Three.js draws for `wireframe: true`, in order of first appearance.

    Three.js draws all three edges of every triangle, so most of them twice; blended lines would
    be twice as bright where they meet, so each edge is kept once, vertices at one position taken
    as one. Edges of no length are dropped.
    """
    corner = corners(positions)
    first = np.unique(corner, return_index=True)[1]
    ends = corner[triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)]
    ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    once = np.sort(np.unique(ends, axis=0, return_index=True)[1])
    return first[ends[once]].astype(np.int64)


def corners(positions: Floats) -> Indices:
    """For each vertex (n, 3) the number (n,) of its corner: the same for vertices at one position.

    Corners are numbered from 0 in order of first appearance.
    """
    tolerance = SAME * np.abs(positions).max()
    cells = np.stack([_clusters(axis, tolerance) for axis in positions.T], axis=1)
    first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)[1:]
    number = np.empty_like(first)
    number[np.argsort(first)] = np.arange(len(first))
    return number[inverse.reshape(-1)].astype(np.int64)


def _clusters(values: Floats, tolerance: float) -> Indices:
    """Numbers equal for values that a chain of gaps ≤ tolerance joins.

    Rounding to a grid would part two nearly equal values on either side of a half step.
    """
    order = np.argsort(values, kind="stable")
    numbers = np.empty(len(values), dtype=np.int64)
    numbers[order] = np.cumsum(np.diff(values[order], prepend=values[order[0]]) > tolerance)
    return numbers
