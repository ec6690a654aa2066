"""A square of water: waves along x and along y."""

import numpy as np

from oriel.shapes._grids import plane
from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._normals import smooth


def build(size: float, seed: int) -> Mesh:
    """Three.js' `PlaneGeometry(1.5 s, 1.5 s, 50, 50)` with z = sin(2x) / 2 + 0.3 cos(2y)."""
    surface = plane(1.5 * size, 1.5 * size, 50, 50)
    x, y, _ = surface.positions.T
    waves = np.stack([x, y, 0.5 * np.sin(2 * x) + 0.3 * np.cos(2 * y)], axis=1)
    return finish(smooth(waves, surface.triangles))
