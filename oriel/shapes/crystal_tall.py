"""A six-sided crystal, narrower at the top."""

from oriel.shapes._grids import cylinder
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `CylinderGeometry(s / 4, s / 3, s, 6)`."""
    return finish(cylinder(size / 4, size / 3, size, 6))
