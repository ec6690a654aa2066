"""Nothing in, a new identifier out: 26 letters and digits that sort by the time they were made.

They are ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds, then 80 of chance.
"""

import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26


def new() -> str:
    """An identifier that nobody can guess."""
    return _written(time.time_ns() // 1_000_000 << 80 | secrets.randbits(80))


def first(moment: datetime) -> str:
    """The lowest identifier of a moment: what was made before has a lower one."""
    return _written(int(moment.timestamp() * 1000) << 80)


def moment(name: str) -> datetime:
    """When an identifier was made, to the millisecond."""
    number = 0
    for letter in name:
        number = number << 5 | _ALPHABET.index(letter)
    return datetime.fromtimestamp((number >> 80) / 1000, UTC)


def _written(number: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
