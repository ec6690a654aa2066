"""An iterator in; the same, made ahead of whoever takes from it by a thread of its own, out."""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

_GLANCE_SECONDS = 0.1  # how soon the thread sees that nobody wants more


class Ahead(Generic[T]):
    """Takes up to `most` items before they are asked for; what is raised is raised where they are.

    `close` is for whoever takes no more: nothing is taken from the iterator after it.
    """

    def __init__(self, items: Iterator[T], most: int, name: str) -> None:
        self._items = items
        self._made: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(most)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            made = self._made.get()
            if isinstance(made, BaseException):
                raise made
            if made is None:
                return
            yield made[0]

    def close(self) -> None:
        """Have the thread end, and wait for it: no longer than one item takes."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._items:
                self._put((item,))
                if self._closed.is_set():
                    return
        except BaseException as error:
            self._put(error)
        else:
            self._put(None)

    def _put(self, made: tuple[T] | BaseException | None) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._made.put(made, timeout=_GLANCE_SECONDS)
                return
