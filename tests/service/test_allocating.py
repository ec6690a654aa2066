"""Memory that was freed is used again, in a process of its own."""

import subprocess
import sys

FAULTS = """
import resource
from oriel.service import allocating
{begin}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def pass_through():
    for _ in range(20):
        songs = [b"x" * (1 << 20) for _ in range(40)]
        del songs
pass_through()
before = faults()
pass_through()
print(faults() - before)
"""


def faults(begin: str) -> int:
    """Pages that the system had to find while 800 megabytes passed through, forty at a time."""
    command = [sys.executable, "-c", FAULTS.format(begin=begin)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_pieces_of_songs_that_pass_through_use_the_same_memory_again() -> None:
    plain, kept = faults(""), faults("allocating.keep_freed()")

    assert kept < plain / 10
