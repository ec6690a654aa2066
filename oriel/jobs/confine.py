"""A program and its limits go in; this process becomes that program, limited.

It is run as a file of its own (`python -I -S confine.py LIMITS PROGRAM…`), so that it is quick and
loads nothing. LIMITS is JSON: `cpu_seconds`, `memory_bytes`, `data_bytes`, `file_bytes`, `alone`,
`patient`; each may be null. It dies with whoever started it, even by SIGKILL.

What is to be `alone` gets no network of its own where that is allowed, and everywhere no socket: a
filter of system calls (seccomp) needs no privilege. walls.py finds out what holds.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = 64  # more than Linux has
_CLONE_NEWNET = 0x40000000
_GRACE_SECONDS = 5  # between SIGXCPU and SIGKILL
_PATIENT = 5  # nice: a quarter of a core that a web process beside it wants for itself
_GROUP = "/proc/self/autogroup"  # Linux gives each session, as ours is one, an equal share

# By machine, its word for audits (linux/audit.h), and the numbers of the calls that are refused:
# socket; io_uring_setup, which opens sockets too; ptrace, process_vm_readv, process_vm_writev and
# pidfd_getfd, which reach into others; bpf, userfaultfd, perf_event_open, add_key, request_key and
# keyctl, which no decoder needs and many holes were found in.
_REFUSED = {
    "x86_64": (0xC000003E, (41, 425, 101, 310, 311, 438, 321, 323, 298, 248, 249, 250)),
    "aarch64": (0xC00000B7, (198, 425, 117, 270, 271, 438, 280, 282, 241, 217, 218, 219)),
}
_SECCOMP_MODE_FILTER = 2
_LOAD, _IS, _IS_AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06  # of BPF (linux/bpf_common.h)
_NUMBER, _MACHINE = 0, 4  # where a call has them (struct seccomp_data)
_ALLOW, _KILL, _NO_ACCESS = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EACCES
_X32 = 0x40000000  # from here on the same calls have other numbers


def main(limits: dict[str, int | None], program: list[str]) -> None:
    """Limit this process and become the program."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getppid()
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent == 1 or os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)
    if limits.get("alone"):
        libc.unshare(_CLONE_NEWNET)  # no network, where that is allowed
        for capability in range(_CAPABILITIES):  # root's, who alone may give them up for good
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if limits.get("alone"):
        _refuse_calls(libc)
    _limit(resource.RLIMIT_CPU, limits.get("cpu_seconds"), _GRACE_SECONDS)
    _limit(resource.RLIMIT_AS, limits.get("memory_bytes"))
    _limit(resource.RLIMIT_DATA, limits.get("data_bytes"))
    _limit(resource.RLIMIT_FSIZE, limits.get("file_bytes"))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.get("patient"):
        _give_way()
    os.execv(program[0], program)


def _refuse_calls(libc: ctypes.CDLL) -> None:
    """Have the kernel refuse calls to this process and all that it starts, for good."""
    if os.uname().machine not in _REFUSED:
        return
    machine, refused = _REFUSED[os.uname().machine]
    most = len(refused) + 1  # steps from the first question to the refusal, past the permission
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_IS, 1, 0, machine),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_IS_AT_LEAST, most, 0, _X32),
        *((_IS, most - at, 0, number) for at, number in enumerate(refused, 1)),
        (_ANSWER, 0, 0, _ALLOW),
        (_ANSWER, 0, 0, _NO_ACCESS),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    told = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(program)))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(told), 0, 0)


def _give_way() -> None:
    """Who asks for a page is not to wait for a picture."""
    os.nice(_PATIENT)
    with suppress(OSError):  # there are none, or it may not
        os.write(os.open(_GROUP, os.O_WRONLY | os.O_CLOEXEC), str(_PATIENT).encode())


def _limit(kind: int, most: int | None, grace: int = 0) -> None:
    if most is not None:
        _, hard = resource.getrlimit(kind)
        top = most + grace if hard == resource.RLIM_INFINITY else min(most + grace, hard)
        resource.setrlimit(kind, (min(most, top), top))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
