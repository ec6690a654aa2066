"""Which request ordered something, so that what is done for it later can be told to belong to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """`traceparent` is the span of the request, as W3C's Trace Context writes it, if anybody traces."""

    request_id: str = ""
    traceparent: str = ""


NOWHERE = Origin()
