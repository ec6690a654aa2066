"""Threads in; the same, with the priorities that Oriel wants, not those that a library thought of.

SVT-AV1 makes its threads, and the one that opens it, real-time ones (SCHED_FIFO, 99) when root runs
it.  Such a process, and all that it starts, keeps a whole machine from everything else.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")  # Linux; elsewhere nothing of this happens
_PATIENT = 10  # nicer than the rest: a tenth of a core that another thread wants for itself


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


@contextmanager
def patient() -> Iterator[None]:
    """Threads that are made inside give way to the process's others, whenever those can run.

    An encoder that is some frames behind can wait, where each of the short passes of a software
    renderer holds up the next: at equal priorities a fifth of two cores lay idle, now a tenth.
    """
    if not _TASKS.is_dir():
        yield
        return
    before = _policies()
    yield
    patient = os.getpriority(os.PRIO_PROCESS, 0) + _PATIENT
    for thread in _policies().keys() - before:
        with suppress(OSError):  # it has ended
            os.setpriority(os.PRIO_PROCESS, thread, patient)


def _policies() -> dict[int, tuple[int, int]]:
    """Each thread's policy and priority."""
    found = {}
    for entry in _TASKS.iterdir():
        thread = int(entry.name)
        with suppress(OSError):  # it has ended
            found[thread] = os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority
    return found
