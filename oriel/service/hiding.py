"""This process in; one that others of its user cannot read out.

Its environment and its memory hold secrets, and a song's decoder may run as the same user.
"""

import ctypes

_PR_SET_DUMPABLE = 4


def hide() -> None:
    """Give what /proc tells of this process to root, and forbid others to trace it (prctl(2)).

    Children have given up root's privileges, and a program that we start is readable again.
    """
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
