"""The C library's heap as it is in; one that keeps what frames free for the frames to come out."""

import ctypes
from contextlib import suppress

# mallopt's numbers (malloc.h of the GNU C library).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

# Bytes. The second is the largest that glibc takes.
_KEPT, _LARGEST = 64 << 20, 32 << 20


def keep() -> None:
    """Have memory that is freed stay with the process, up to 64 MB, in blocks of up to 32 MB.

    Drawing and encoding take and free some megabytes a frame. By default, as the heap happens to
    lie, the system gets them back each time and has to clear 500 pages for the next frame: 2 of
    the 35 ms that a frame of 1080p takes a processor. Does nothing where there is no such setting.
    """
    with suppress(OSError, AttributeError):  # not Linux; not glibc
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST)
