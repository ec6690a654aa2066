"""A sphere with a rough skin, another for each seed."""

from oriel.shapes._mesh import Mesh, finish
from oriel.shapes._polyhedra import ICOSAHEDRON, polyhedron
from oriel.shapes._scattered import scattered


def build(size: float, seed: int) -> Mesh:
    """Three.js' `IcosahedronGeometry(s / 2, 5)`, each corner at 0.8 to 1.2 of its distance."""
    return finish(scattered(polyhedron(ICOSAHEDRON, size / 2, 5), seed, 0.8, 1.2))
