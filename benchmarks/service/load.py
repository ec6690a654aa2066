"""Requests in; how soon each was answered, out: many connections of one small process.

The next request of a connection follows at once on the answer, as fast as the server answers; or,
with a `pace`, when it is due, and how long it took counts from then: what waits because an earlier
answer is late was late too. It runs beside the server, so it does no more for an answer than to find
its end.

    python -m benchmarks.service.load < load.json
"""

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from ipaddress import IPv4Address
from typing import Any

_PATIENCE_SECONDS = 60.0  # for the last answers
_FIRST_HOME = IPv4Address("10.0.0.1")  # of the people who ask
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """What is asked for: `requests` are a kind, a path and an access token each, in turns.

    As by a proxy, who says of each token that another address sends it: one alone may not ask so much.

    What is answered in the first `warm` seconds counts for nothing. `pace` is how many requests a
    second all connections offer together.
    """

    host: str
    port: int
    connections: int
    seconds: float
    requests: list[tuple[str, str, str]]
    warm: float = 1.0
    pace: float | None = None


@dataclass(frozen=True)
class Kind:
    """How requests of a kind were answered: times in milliseconds."""

    count: int
    a_second: float
    p50: float
    p95: float
    p99: float
    longest: float


@dataclass
class _Tally:
    until: float
    counts_from: float
    took: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def count(self, kind: str, status: int, sent: float, now: float) -> None:
        self.statuses[status] += 1
        if now >= self.counts_from:
            self.took.setdefault(kind, []).append((now - sent) * 1000)


class _Asker(asyncio.Protocol):
    """One connection."""

    def __init__(
        self, requests: list[tuple[str, bytes]], tally: _Tally, due: float, every: float
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended = self._loop.create_future()
        self._requests, self._tally = requests, tally
        self._next, self._held = 0, b""
        self._due, self._every = due, every  # the latter is 0 where one follows on the other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask_when_due()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(_HEAD_END)
        if not found or len(body) < _length(head):
            return
        now = time.perf_counter()
        kind, _ = self._requests[self._next - 1]
        self._tally.count(kind, int(head[9:12]), self._due, now)
        self._held = b""
        self._due = self._due + self._every if self._every else now
        if self._goes_on():
            self._ask_when_due()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._goes_on():
            self._tally.statuses[0] += 1  # cut off
        if not self.ended.done():
            self.ended.set_result(None)

    def _goes_on(self) -> bool:
        return max(time.perf_counter(), self._due) < self._tally.until

    def _ask_when_due(self) -> None:
        wait = self._due - time.perf_counter()
        if wait > 0:
            self._loop.call_later(wait, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        if self._next == len(self._requests):
            self._next = 0
        self._next += 1
        self._transport.write(self._requests[self._next - 1][1])


async def measured(load: Load) -> dict[str, Any]:
    """The answers to a load that a child process puts on the server: `kinds` and `statuses`."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.service.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(load.warm + load.seconds + _PATIENCE_SECONDS):
            out, _ = await child.communicate(json.dumps(asdict(load)).encode())
    finally:
        if child.returncode is None:
            child.kill()
    told = json.loads(out)
    return {
        "kinds": {name: Kind(**kind) for name, kind in told["kinds"].items()},
        "statuses": {int(status): count for status, count in told["statuses"].items()},
    }


async def _put_on(load: Load) -> dict[str, Any]:
    began = time.perf_counter()
    tally = _Tally(began + load.warm + load.seconds, began + load.warm)
    tokens = list(dict.fromkeys(token for _, _, token in load.requests))
    homes = {token: str(_FIRST_HOME + number) for number, token in enumerate(tokens)}
    written = [
        (kind, _written(load, path, token, homes[token])) for kind, path, token in load.requests
    ]
    loop = asyncio.get_running_loop()
    askers = []
    count = min(load.connections, len(written))
    every = count / load.pace if load.pace else 0.0
    for number in range(count):
        share, due = written[number::count], time.perf_counter() + every * number / count
        made = partial(_Asker, share, tally, due, every)
        _, asker = await loop.create_connection(made, load.host, load.port)
        askers.append(asker)
    await asyncio.gather(*(asker.ended for asker in askers))
    kinds = {kind: asdict(_kind(took, load.seconds)) for kind, took in tally.took.items()}
    return {"kinds": kinds, "statuses": tally.statuses}


def percentile(took: list[float], share: float) -> float:
    """What this share of the values does not pass: of 100 values and 0.99, the 99th."""
    ordered = sorted(took)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _kind(took: list[float], seconds: float) -> Kind:
    p50, p95, p99 = (round(percentile(took, share), 2) for share in (0.5, 0.95, 0.99))
    return Kind(len(took), round(len(took) / seconds, 1), p50, p95, p99, round(max(took), 2))


def _written(load: Load, path: str, token: str, home: str) -> bytes:
    lines = (
        *(f"GET {path} HTTP/1.1", f"Host: {load.host}"),
        *(f"Authorization: Bearer {token}", f"X-Forwarded-For: {home}"),
    )
    return "\r\n".join([*lines, "", ""]).encode()


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at < 0:
        return 0
    return int(lowered[at + len(_LENGTH) :].split(b"\r", 1)[0])


if __name__ == "__main__":
    gc.disable()
    asked = json.load(sys.stdin)
    print(json.dumps(asyncio.run(_put_on(Load(**asked)))))
