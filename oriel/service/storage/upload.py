"""Parts of a file in, one object of a bucket out, over a network that may break at any byte.

https://cloud.google.com/storage/docs/performing-resumable-uploads. After a failure the bucket is
asked how much it has, and the rest is sent; so a cut costs no more than what was under way.
"""

import base64
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google_crc32c import Checksum
from requests import RequestException, Response, Session

from oriel.service.storage import StorageFailed

_TIMEOUT = 30.0  # seconds without a byte
_LATER = {408, 429, 500, 502, 503, 504}  # worth another try


class Upload:
    """An upload under way at the address that was given out for it.

    `patience`: for how many seconds a part is tried again.
    """

    def __init__(self, session: Session, url: str, patience: float) -> None:
        self._session = session
        self._url = url
        self._patience = patience
        self._there = 0  # bytes that the bucket has
        self._checksum: Any = Checksum()  # type: ignore[no-untyped-call]

    def send(self, part: bytes, last: bool) -> None:
        """The next part: of a multiple of 256 KiB, but for the last, which makes the object appear.

        Raises StorageFailed where the bucket refuses it, or cannot be had for too long.
        """
        start = self._there
        end = start + len(part)
        total = str(end) if last else "*"
        self._checksum.update(part)
        for _ in self._tries():
            answer = self._put(part[self._there - start :], total) or self._put(b"", total)
            if answer is None:
                continue
            if answer.status_code in (200, 201):
                self._compare(answer, end)
                self._there = end
                return
            self._there = _persisted(answer)
            if self._there == end and not last:
                return
        raise StorageFailed("the bucket cannot be reached, or takes nothing: see to the way there")

    def abandon(self) -> None:
        """Take it back; where even that fails, the bucket forgets it within a week."""
        try:
            self._session.delete(self._url, timeout=_TIMEOUT)
        except RequestException:
            return

    def _put(self, data: bytes, total: str) -> Response | None:
        """The bucket's answer, or None where it may have another tomorrow.

        Without data it is asked how much it has.
        """
        ranged = f"bytes {self._there}-{self._there + len(data) - 1}/{total}"
        headers = {"Content-Range": ranged if data else f"bytes */{total}"}
        try:
            answer = self._session.put(self._url, data=data, headers=headers, timeout=_TIMEOUT)
        except RequestException:
            return None
        if answer.status_code in _LATER:
            return None
        if answer.status_code not in (200, 201, 308):
            raise StorageFailed(
                f"the bucket refuses it ({answer.status_code} {answer.text[:200]}):"
                " see to its rights"
            )
        return answer

    def _tries(self) -> Iterator[None]:
        until = time.monotonic() + self._patience
        wait = 0.1
        there = self._there
        yield
        while time.monotonic() < until:
            if self._there == there:  # nothing arrived since
                time.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(wait * 2, 8.0)
            there = self._there
            yield

    def _compare(self, answer: Response, size: int) -> None:
        ours = base64.b64encode(self._checksum.digest()).decode()
        with _understood(answer):
            made = answer.json()
            same = int(made.get("size", size)) == size and made.get("crc32c", ours) == ours
        if not same:
            raise StorageFailed("what the bucket has is not what was sent")


def _persisted(answer: Response) -> int:
    """How many bytes the bucket has: "bytes=0-524287", or no such header for none."""
    told = answer.headers.get("Range", "")
    with _understood(answer):
        return int(told.rpartition("-")[2]) + 1 if told else 0


@contextmanager
def _understood(answer: Response) -> Iterator[None]:
    """Something between us and the bucket may answer in its place, and in other words."""
    try:
        yield
    except (ValueError, TypeError, AttributeError) as error:
        said = f"{answer.status_code} {answer.text[:200]}"
        raise StorageFailed(
            f"the bucket's answer is none ({said}): see what lies between it and here"
        ) from error
