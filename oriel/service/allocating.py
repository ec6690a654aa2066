"""Have memory that was freed be used again, where songs of megabytes pass through by the piece."""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 1 << 26  # free ones at the end of the heap
_APART_BYTES = 1 << 25  # from which on something gets pages of its own; the most that glibc takes


def keep_freed() -> None:
    """Give the system less back, and less often; with another C library than glibc, nothing changes.

    glibc gives what is large back as soon as it is freed, and the system fills each page with zeros
    when the next piece of a song wants it: a tenth of what taking songs in costs.
    https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
    """
    with suppress(AttributeError):  # musl has no mallopt
        change = ctypes.CDLL(None).mallopt
        change(_TRIM_THRESHOLD, _KEPT_BYTES)
        change(_MMAP_THRESHOLD, _APART_BYTES)
