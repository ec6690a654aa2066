"""Chance that is the same everywhere: integers go in, numbers in 0..1 come out.

The hash is PCG-RXS-M-XS-32 as in Jarzynski and Olano, "Hash Functions for GPU Rendering",
Journal of Computer Graphics Techniques 9(3), 2020, two of them nested for two keys. It is integer
arithmetic modulo 2³² alone; in GLSL (`uint` all through)

    uint pcg(uint v) {
        uint state = v * 747796405u + 2891336453u;
        uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
        return (word >> 22u) ^ word;
    }
    float chance(uint seed, uint index) { return float(pcg(index + pcg(seed)) >> 8u) / 16777216.0; }

and in JavaScript the same with `Math.imul`, `>>>` and a final `>>> 0`.
"""

import numpy as np
from numpy.typing import NDArray

from oriel.shapes._mesh import Floats


def chance(seed: int, count: int) -> Floats:
    """`count` numbers in 0 ≤ x < 1, multiples of 2⁻²⁴; number i depends on (seed, i) alone."""
    index = np.arange(count, dtype=np.uint32)
    hashed = _pcg(index + _pcg(np.array([seed], dtype=np.uint32)))
    return (hashed >> np.uint32(8)).astype(np.float64) / 2.0**24


def _pcg(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    state = value * np.uint32(747796405) + np.uint32(2891336453)
    word: NDArray[np.uint32] = (state >> ((state >> np.uint32(28)) + np.uint32(4))) ^ state
    word = word * np.uint32(277803737)
    return (word >> np.uint32(22)) ^ word
