"""Surfaces whose corners are moved in or out by chance, and stay closed."""

from oriel.shapes._chance import chance
from oriel.shapes._mesh import Surface, corners
from oriel.shapes._normals import flat


def scattered(surface: Surface, seed: int, least: float, most: float) -> Surface:
    """Each corner's distance from the origin times a number in least ≤ x < most, as facets.

    The original visualiser rolled the dice for each vertex; Three.js does not share those of a
    polyhedron, so neighbours parted and the mesh burst into loose triangles. Here the dice
    belong to the position (the number of the corner in order of first appearance): triangles
    that met still meet.
    """
    corner = corners(surface.positions)
    factors = least + (most - least) * chance(seed, int(corner.max()) + 1)
    return flat(surface.positions * factors[corner][:, None], surface.triangles)
