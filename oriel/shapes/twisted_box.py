"""A box whose layers are turned about the y axis, to and fro like a wave."""

import numpy as np

from oriel.shapes._grids import box
from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._normals import smooth


def build(size: float, seed: int) -> Mesh:
    """Three.js' `BoxGeometry(s, s, s, 10, 10, 10)`, turned by sin(y / 2) / 2 radians at y."""
    surface = box(size, 10)
    x, y, z = surface.positions.T
    twist = np.sin(y * 0.5) * 0.5
    cos, sin = np.cos(twist), np.sin(twist)
    turned = np.stack([x * cos - z * sin, y, z * cos + x * sin], axis=1)
    return finish(smooth(turned, surface.triangles))
