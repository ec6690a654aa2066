"""A program and its limits go in; this process becomes that program, limited.

It is run as a file of its own (`python -I -S confine.py LIMITS PROGRAM…`), so that it is quick and
loads nothing. LIMITS is JSON: `cpu_seconds`, `memory_bytes`, `file_bytes`, `alone`; each may be
null. It dies with whoever started it, even by SIGKILL.
"""

import ctypes
import json
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = 64  # more than Linux has
_CLONE_NEWNET = 0x40000000
_GRACE_SECONDS = 5  # between SIGXCPU and SIGKILL


def main(limits: dict[str, int | None], program: list[str]) -> None:
    """Limit this process and become the program."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getppid()
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent == 1 or os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)
    if limits.get("alone"):
        libc.unshare(_CLONE_NEWNET)  # no network, where that is allowed; walls.py finds out
        for capability in range(_CAPABILITIES):  # root's, who alone may give them up for good
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _limit(resource.RLIMIT_CPU, limits.get("cpu_seconds"), _GRACE_SECONDS)
    _limit(resource.RLIMIT_AS, limits.get("memory_bytes"))
    _limit(resource.RLIMIT_FSIZE, limits.get("file_bytes"))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(program[0], program)


def _limit(kind: int, most: int | None, grace: int = 0) -> None:
    if most is not None:
        _, hard = resource.getrlimit(kind)
        top = most + grace if hard == resource.RLIM_INFINITY else min(most + grace, hard)
        resource.setrlimit(kind, (min(most, top), top))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
