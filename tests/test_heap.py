"""The heap: what a frame frees is there for the next one."""

import subprocess
import sys

# Asked for and freed again, twenty times, in small pieces: what a few frames need.
_FRAMES = """
import resource
import numpy as np
from oriel import heap

{first}
faults = []
for _ in range(20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [np.ones(2**20, np.uint8) for _ in range(24)]
    del held
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(max(faults[10:]))
"""


def test_frames_use_the_memory_of_those_before_them() -> None:
    kept, by_default = _pages_cleared("heap.keep()"), _pages_cleared("")

    assert kept < 50
    assert by_default > 1000, "there is nothing to keep: heap.py is not needed here"


def _pages_cleared(first: str) -> int:
    """The most pages that the system had to clear for a frame, once the first ten were made."""
    command = [sys.executable, "-c", _FRAMES.format(first=first)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
