"""A sphere of eighty facets."""

from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._polyhedra import ICOSAHEDRON, polyhedron


def build(size: float, seed: int) -> Mesh:
    """Three.js' `IcosahedronGeometry(s / 1.5, 1)`."""
    return finish(polyhedron(ICOSAHEDRON, size / 1.5, 1))
