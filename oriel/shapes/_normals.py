"""Normals for surfaces that were bent: positions and triangles go in, unit vectors come out."""

import numpy as np

from oriel.shapes._mesh import Floats, Indices, Surface


def smooth(positions: Floats, triangles: Indices) -> Surface:
    """A surface shaded softly: at each vertex the mean of its triangles, weighted by area.

    Vertices at one position that are not shared stay apart, so a box keeps its hard edges
    (as Three.js' `BufferGeometry.computeVertexNormals`).
    """
    normals = np.zeros_like(positions)
    faces = _faces(positions, triangles)
    for corner in triangles.T:
        np.add.at(normals, corner, faces)
    return Surface(positions, unit(normals), triangles)


def flat(positions: Floats, triangles: Indices) -> Surface:
    """A surface of facets: each triangle gets three vertices of its own and one normal."""
    unshared = positions[triangles].reshape(-1, 3)
    separate = np.arange(len(unshared)).reshape(-1, 3)
    return Surface(unshared, np.repeat(unit(_faces(unshared, separate)), 3, axis=0), separate)


def unit(vectors: Floats) -> Floats:
    """Vectors (n, 3) at length 1; those without length stay so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def _faces(positions: Floats, triangles: Indices) -> Floats:
    """Each triangle's normal (m, 3), twice its area long."""
    a, b, c = (positions[corner] for corner in triangles.T)
    return np.cross(c - b, a - b)
