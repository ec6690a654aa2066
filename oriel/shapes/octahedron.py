"""Two pyramids, base to base."""

from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._polyhedra import OCTAHEDRON, polyhedron


def build(size: float, seed: int) -> Mesh:
    """Three.js' `OctahedronGeometry(s / 1.5)`."""
    return finish(polyhedron(OCTAHEDRON, size / 1.5, 0))
