"""Surfaces made from regular solids, their faces cut and pushed out to a sphere.

Vertices and their order are those of Three.js' `PolyhedronGeometry`: no vertex is shared.
"""

from typing import NamedTuple

import numpy as np

from oriel.shapes._mesh import Floats, Indices, Surface
from oriel.shapes._normals import flat, unit

GOLDEN = (1 + 5**0.5) / 2


class Solid(NamedTuple):
    """Corners (n, 3) at any distance from the origin, and triangular faces (m, 3)."""

    corners: Floats
    faces: Indices


def polyhedron(solid: Solid, radius: float, detail: int) -> Surface:
    """The solid, each face cut into (detail + 1)² triangles, every vertex `radius` from the origin.

    Uncut solids have flat normals, cut ones those of the sphere, as Three.js has them.
    """
    positions = radius * unit(_cut(solid, detail + 1).reshape(-1, 3))
    triangles = np.arange(len(positions)).reshape(-1, 3)
    if detail == 0:
        return flat(positions, triangles)
    return Surface(positions, unit(positions), triangles)


def _cut(solid: Solid, parts: int) -> Floats:
    """Each face as parts² smaller ones: (faces, parts², 3 corners, 3)."""
    a, b, c = (solid.corners[corner][:, None] for corner in solid.faces.T)
    i, j = np.array([(i, j) for i in range(parts + 1) for j in range(parts + 1 - i)]).T[..., None]
    left, right = a + (c - a) * (i / parts), b + (c - b) * (i / parts)
    points: Floats = left + (right - left) * (j / np.maximum(parts - i, 1))
    return points[:, _pattern(parts)]


def _pattern(parts: int) -> Indices:
    """Which points make the small faces (parts², 3), points numbered along rows i, then j."""
    start = np.cumsum([0] + [parts + 1 - i for i in range(parts + 1)])
    faces = []
    for i in range(parts):
        for j in range(parts - i):
            here, above = start[i] + j, start[i + 1] + j
            faces.append((here + 1, above, here))
            if j < parts - i - 1:
                faces.append((here + 1, above + 1, above))
    return np.array(faces)


def _solid(corners: str, faces: str) -> Solid:
    """Corners and faces from a drawing: g is the golden ratio, h its inverse."""
    value = {"g": GOLDEN, "h": 1 / GOLDEN, "G": -GOLDEN, "H": -1 / GOLDEN}
    numbers = [value[word] if word in value else float(word) for word in corners.split()]
    return Solid(np.array(numbers).reshape(-1, 3), np.array(faces.split(), int).reshape(-1, 3))


TETRAHEDRON = _solid(
    "1 1 1  -1 -1 1  -1 1 -1  1 -1 -1",
    "2 1 0  0 3 2  1 3 0  2 3 1",
)
OCTAHEDRON = _solid(
    "1 0 0  -1 0 0  0 1 0  0 -1 0  0 0 1  0 0 -1",
    "0 2 4  0 4 3  0 3 5  0 5 2  1 2 5  1 5 3  1 3 4  1 4 2",
)
ICOSAHEDRON = _solid(
    "-1 g 0  1 g 0  -1 G 0  1 G 0  0 -1 g  0 1 g  0 -1 G  0 1 G  g 0 -1  g 0 1  G 0 -1  G 0 1",
    """0 11 5   0 5 1   0 1 7   0 7 10   0 10 11
       1 5 9    5 11 4  11 10 2  10 7 6  7 1 8
       3 9 4    3 4 2   3 2 6   3 6 8    3 8 9
       4 9 5    2 4 11  6 2 10  8 6 7    9 8 1""",
)
DODECAHEDRON = _solid(
    """-1 -1 -1  -1 -1 1  -1 1 -1  -1 1 1  1 -1 -1  1 -1 1  1 1 -1  1 1 1
       0 H G  0 H g  0 h G  0 h g  H G 0  H g 0  h G 0  h g 0  G 0 H  g 0 H  G 0 h  g 0 h""",
    """3 11 7   3 7 15   3 15 13    7 19 17   7 17 6   7 6 15
       17 4 8   17 8 10  17 10 6    8 0 16    8 16 2   8 2 10
       0 12 1   0 1 18   0 18 16    6 10 2    6 2 13   6 13 15
       2 16 18  2 18 3   2 3 13     18 1 9    18 9 11  18 11 3
       4 14 12  4 12 0   4 0 8      11 9 5    11 5 19  11 19 7
       19 5 14  19 14 4  19 4 17    1 12 14   1 14 5   1 5 9""",
)
