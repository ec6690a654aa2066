"""A cylinder as wide as high."""

from oriel.shapes._grids import cylinder
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `CylinderGeometry(s / 2, s / 2, s, 32)`."""
    return finish(cylinder(size / 2, size / 2, size, 32))
