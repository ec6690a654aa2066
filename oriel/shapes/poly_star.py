"""A flat star with five points."""

import numpy as np

from oriel.shapes._mesh import Mesh, Surface, finish

# What earcut makes of the star in Three.js, at any size: five points and a pentagon in three.
TRIANGLES = "0 9 8  8 7 6  6 5 4  4 3 2  2 1 0  0 8 6  6 4 2  2 0 6"


def build(size: float, seed: int) -> Mesh:
    """Three.js' `ShapeGeometry` of ten corners, s / 2 and s / 4 from the origin by turns.

    Its corners run clockwise from the last one, as `ShapeGeometry` turns them round.
    """
    i = np.arange(9, -1, -1)
    radius, angle = np.where(i % 2 == 0, size / 2, size / 4), i / 10 * 2 * np.pi
    positions = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=1)
    normals = np.tile([0.0, 0.0, 1.0], (10, 1))
    return finish(Surface(positions, normals, np.array(TRIANGLES.split(), int).reshape(-1, 3)))
