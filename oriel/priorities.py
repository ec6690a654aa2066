"""Threads in; the same, as the system's scheduler had them before a library thought better of it.

SVT-AV1 makes its threads, and the one that opens it, real-time ones (SCHED_FIFO, 99) when root runs
it.  Such a process, and all that it starts, keeps a whole machine from everything else.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")  # Linux; elsewhere nothing of this happens


@contextmanager
def kept() -> Iterator[None]:
    """What is done inside leaves each thread's scheduling, and that of new ones, as it was."""
    if not _TASKS.is_dir():
        yield
        return
    before = _policies()
    try:
        yield
    finally:
        own = before.get(threading.get_native_id(), (os.SCHED_OTHER, 0))
        for thread, now in _policies().items():
            policy, priority = before.get(thread, own)
            if now[0] in (os.SCHED_FIFO, os.SCHED_RR) and now != (policy, priority):
                with suppress(OSError):  # it has ended
                    os.sched_setscheduler(thread, policy, os.sched_param(priority))


def _policies() -> dict[int, tuple[int, int]]:
    """Each thread's policy and priority."""
    found = {}
    for entry in _TASKS.iterdir():
        thread = int(entry.name)
        with suppress(OSError):  # it has ended
            found[thread] = os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority
    return found
