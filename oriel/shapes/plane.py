"""A flat square, ten squares wide and high."""

from oriel.shapes._grids import plane
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `PlaneGeometry(s, s, 10, 10)`."""
    return finish(plane(size, size, 10, 10))
