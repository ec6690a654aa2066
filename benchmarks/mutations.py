"""A number in, a hostile song out: real media, wounded or lying, the same for the same number.

Some are known traps (a false count of frames, ten hours in five megabytes, 255 channels, rates
that change, headers that lie, moments that leap, pictures that swell); the others are wounds at
places of chance.
"""

import random

from benchmarks.sounds import KINDS, real
from benchmarks.traps import TRAPS


def song(number: int) -> tuple[str, bytes]:
    """What was done, and the file."""
    chance = random.Random(number)
    if number % 4 == 0:
        trap = chance.choice(TRAPS)
        return trap.__name__.strip("_"), trap(chance)
    kind = chance.choice(sorted(KINDS))
    return f"wounded {kind}", _wounded(real(kind), chance)


def _wounded(content: bytes, chance: random.Random) -> bytes:
    wounded = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        # Most of what is believed stands at the head, and some at the end.
        place = int(len(wounded) * chance.choice((chance.random() ** 4, chance.random(), 0.999)))
        data = chance.randbytes(chance.choice((1, 1, 2, 4, 8, 64)))
        deed = chance.randrange(6)
        if deed == 0:
            wounded[place : place + len(data)] = data
        elif deed == 1:
            wounded[place : place + len(data)] = b"\xff" * len(data)
        elif deed == 2:
            del wounded[place : place + 10 * len(data)]
        elif deed == 3:
            wounded[place:place] = data
        elif deed == 4:
            wounded[place:place] = wounded[place : place + 50 * len(data)]
        else:
            other = real(chance.choice(sorted(KINDS)))
            wounded[place:] = other[min(place, len(other) // 2) :]
    return bytes(wounded)
