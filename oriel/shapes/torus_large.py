"""A wide ring with a thin tube."""

from oriel.shapes._grids import torus
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `TorusGeometry(s / 1.5, s / 10, 16, 100)`."""
    return finish(torus(size / 1.5, size / 10, 16, 100))
