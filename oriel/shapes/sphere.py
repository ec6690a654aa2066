"""A globe of meridians and parallels."""

from oriel.shapes._grids import sphere
from oriel.shapes._mesh import Mesh, finish


def build(size: float, seed: int) -> Mesh:
    """Three.js' `SphereGeometry(s / 1.5, 32, 16)`."""
    return finish(sphere(size / 1.5, 32, 16))
