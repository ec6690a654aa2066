"""Who keeps something open goes in; who keeps too much of it open is refused, before it is opened.

Counted in this process, whose memory and connections they are; each process counts its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from oriel.service.errors import TooMany

_AGAIN_SECONDS = 15


class Held:
    """How much each holds open, such as "user:01J…" or an address."""

    def __init__(self) -> None:
        self._by: Counter[str] = Counter()

    @contextmanager
    def one(self, most: Mapping[str, int]) -> Iterator[None]:
        """Hold one more for all who are named, each of whom may hold so many; raises TooMany."""
        if any(self._by[who] >= limit for who, limit in most.items()):
            raise TooMany(
                "Too many event streams are open here already; close some, or ask for /status.",
                _AGAIN_SECONDS,
            )
        self._by.update(most.keys())
        try:
            yield
        finally:
            self._by.subtract(most.keys())
            self._by = +self._by  # nobody is remembered who holds nothing
