"""A tube tied to a trefoil."""

from oriel.shapes._grids import torus_knot
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `TorusKnotGeometry(s / 2.5, s / 8, 100, 16)`."""
    return finish(torus_knot(size / 2.5, size / 8, 100, 16))
