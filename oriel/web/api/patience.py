"""The reading of a body in; the same with an end out, for whoever sends it too slowly, or leaves."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from oriel.web.api.codes import TooSlow

T = TypeVar("T")

PIECE_SECONDS = 30.0  # for a small body, or for the next piece of a large one
WHOLE_SECONDS = 3600.0  # for a large one; a day later a song without a row counts as nobody's


async def soon(work: Awaitable[T]) -> T:
    """What comes of reading a small body, or a piece of one; raises TooSlow."""
    try:
        return await _within(PIECE_SECONDS, work)
    except ConnectionError as error:  # nobody hears the answer, but it is no fault of ours
        raise TooSlow("The connection ended before the body did: send it again.") from error


async def in_all(work: Awaitable[T]) -> T:
    """What comes of reading a large body whole; raises TooSlow."""
    return await _within(WHOLE_SECONDS, work)


async def _within(seconds: float, work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise TooSlow("The body came too slowly: send it again, over a better line.") from error
