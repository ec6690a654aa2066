"""A program of Oriel's in a process whose clock is wrong: python skewed.py SECONDS python -m oriel …

Only the clock that tells the date is wrong; the one that measures how long things take is not.
"""

import runpy
import sys
import time
from datetime import datetime, timedelta, tzinfo


def main(seconds: float) -> None:
    """Make the clock wrong, and go on as the program that is named."""
    true = time.time
    time.time = lambda: true() + seconds
    from oriel.service import clock, models

    class Skewed(datetime):
        """What modules that ask for the time are given in place of `datetime`."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=seconds)

    clock.datetime = models.datetime = Skewed  # type: ignore[attr-defined,misc]
    sys.argv = sys.argv[sys.argv.index("oriel") :]
    runpy.run_module("oriel", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(float(sys.argv[1]))
