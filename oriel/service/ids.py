"""Nothing in, a new identifier out: 26 letters and digits that sort by the time they were made.

They are ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds, then 80 of chance.
"""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26


def new() -> str:
    """An identifier that nobody can guess."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
