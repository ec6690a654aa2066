"""Four triangles."""

from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._polyhedra import TETRAHEDRON, polyhedron


def build(size: float, seed: int) -> Mesh:
    """Three.js' `TetrahedronGeometry(s / 1.5)`."""
    return finish(polyhedron(TETRAHEDRON, size / 1.5, 0))
