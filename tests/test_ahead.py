"""What is made ahead comes in order, no further ahead than agreed, and fails where it would have."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from oriel.ahead import Ahead


def test_everything_comes_in_its_order_and_then_the_end() -> None:
    with closing(Ahead(iter(range(1000)), 3, "ahead")) as ahead:
        assert list(ahead) == list(range(1000))


def test_it_is_made_in_another_thread_while_nobody_asks_and_no_further_than_agreed() -> None:
    made: list[str] = []
    enough = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(threading.current_thread().name)
            if number == 4:
                enough.set()  # four wait to be taken, and one to be put with them
            yield number

    with closing(Ahead(items(), 4, "ahead")):
        assert enough.wait(10)
        time.sleep(0.2)

        assert made == ["ahead"] * 5


def test_what_is_raised_is_raised_after_what_came_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    with closing(Ahead(items(), 8, "ahead")) as ahead:
        taken = iter(ahead)
        assert [next(taken), next(taken)] == [1, 2]

        with pytest.raises(OSError, match="the disk is gone"):
            next(taken)


def test_closing_ends_the_thread_though_most_was_never_taken() -> None:
    def items() -> Iterator[int]:
        while True:
            yield 1

    ahead = Ahead(items(), 2, "ahead that is closed")
    assert next(iter(ahead)) == 1

    ahead.close()

    assert "ahead that is closed" not in {thread.name for thread in threading.enumerate()}
