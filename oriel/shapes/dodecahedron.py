"""Twelve pentagons, three triangles each."""

from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._polyhedra import DODECAHEDRON, polyhedron


def build(size: float, seed: int) -> Mesh:
    """Three.js' `DodecahedronGeometry(s / 1.5)`."""
    return finish(polyhedron(DODECAHEDRON, size / 1.5, 0))
