"""A flat ring."""

from oriel.shapes._grids import ring
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `RingGeometry(s / 4, s / 2, 32)`."""
    return finish(ring(size / 4, size / 2, 32))
