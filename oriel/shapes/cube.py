"""A cube."""

from oriel.shapes._grids import box
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `BoxGeometry(s, s, s)`."""
    return finish(box(size, 1))
