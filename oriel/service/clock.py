"""Nothing in, the time now out; what is passed in where a test needs another."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def going_on_from(moment: datetime) -> Clock:
    """A clock that shows this moment now, and goes on whatever the machine's own clock says."""
    began = time.monotonic()
    return lambda: moment + timedelta(seconds=time.monotonic() - began)
