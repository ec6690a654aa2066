"""A ring with a thick tube."""

from oriel.shapes._grids import torus
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `TorusGeometry(s / 2, s / 5, 16, 100)`."""
    return finish(torus(size / 2, size / 5, 16, 100))
