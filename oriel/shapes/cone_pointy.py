"""A slender cone."""

from oriel.shapes._grids import cylinder
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `ConeGeometry(s / 4, s, 32)`."""
    return finish(cylinder(0, size / 4, size, 32))
