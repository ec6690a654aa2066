"""The words out that let the program behind them have so many processes and threads in its sandbox.

Linux counts the tasks of a user in each user namespace by itself since 5.14: a limit that is set
within a sandbox holds for that sandbox alone. Before, it would count the worker and all that it
started. Root's tasks are not limited: a worker is to run as somebody else.
"""

import os
import re
from pathlib import Path

_PRLIMIT = "/usr/bin/prlimit"
_COUNTED_APART = (5, 14)
_AT_LEAST = 256
_FOR_EACH_CORE = 16  # a render has 7, most of them the encoder's


def most() -> int:
    """What a child may have here: several times what it needs."""
    return _AT_LEAST + _FOR_EACH_CORE * (os.cpu_count() or 1)


def limited(tasks: int, release: str | None = None) -> list[str]:
    """The words, none where this kernel (or one of another `release`) would count more."""
    found = re.match(r"(\d+)\.(\d+)", release or os.uname().release)
    version = tuple(map(int, found.groups())) if found else (0, 0)
    if version < _COUNTED_APART or not Path(_PRLIMIT).exists():
        return []
    return [_PRLIMIT, f"--nproc={tasks}:{tasks}", "--"]
