"""Ports of this machine that are nobody's, for servers that must be told theirs."""

import itertools
import os
import socket

# Below those that systems give to who names none, or that of somebody else could come between.
_FIRST, _LAST = 10_000, 32_000
_OF_A_PROCESS = 200
_numbers = itertools.count()


def free() -> int:
    """A port that nobody has, and that is told to nobody else here.

    Each process of the tests goes through its own.
    """
    blocks = (_LAST - _FIRST) // _OF_A_PROCESS
    begin = _FIRST + os.getpid() % blocks * _OF_A_PROCESS
    for _ in range(_OF_A_PROCESS):
        port = begin + next(_numbers) % _OF_A_PROCESS
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError(f"all ports from {begin} on are taken")
