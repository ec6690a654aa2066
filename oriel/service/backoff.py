"""How often something failed in, how long to wait before it is tried again out."""

import random
from datetime import timedelta

_FIRST = 15.0  # seconds
_MOST = 3600.0


def wait(attempts: int, asked: float | None = None) -> timedelta:
    """After so many failures: 15 s, 30 s, 1 min … 1 h, a quarter more or less; or what was asked.

    Chance keeps those who failed together from coming back together.
    """
    grown = min(_MOST, _FIRST * 2.0 ** min(attempts - 1, 20)) * random.uniform(0.75, 1.25)
    return timedelta(seconds=grown if asked is None else min(max(asked, 1.0), _MOST))
