"""Every kind of request for a file, and what the OpenAPI document says of the answer to it."""

from collections.abc import Mapping
from typing import Any

LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


def kinds(told: Mapping[str, str]) -> dict[str, tuple[dict[str, str], int]]:
    """Requests for a file that was answered with these headers, and the status that each brings.

    Names of headers are in lower case.
    """
    tag, since = told["etag"], told["last-modified"]
    return {
        "whole": ({}, 200),
        "a part": ({"Range": "bytes=0-0"}, 206),
        "its end": ({"Range": "bytes=-2"}, 206),
        "a part of what is still so": ({"Range": "bytes=1-", "If-Range": since}, 206),
        "a part of what was so": ({"Range": "bytes=1-", "If-Range": LONG_AGO}, 200),
        "a part beyond its end": ({"Range": "bytes=9999999999-"}, 416),
        "two parts": ({"Range": "bytes=0-0,2-3"}, 416),
        "no part": ({"Range": "bytes=nonsense"}, 416),
        "unless it is known": ({"If-None-Match": tag}, 304),
        "unless something else is known": ({"If-None-Match": '"other"'}, 200),
        "if it is newer": ({"If-Modified-Since": since}, 304),
        "if it is newer than very old": ({"If-Modified-Since": LONG_AGO}, 200),
        "if it is this one": ({"If-Match": tag}, 200),
        "if it is another": ({"If-Match": '"other"'}, 412),
        "if it is old": ({"If-Unmodified-Since": LONG_AGO}, 412),
    }


def assert_told(
    document: Mapping[str, Any],
    path: str,
    asked: Mapping[str, str],
    status: int,
    headers: Mapping[str, str],
) -> None:
    """That the document tells of this request's headers, and of this answer and its headers.

    Names of the answer's headers are in lower case.
    """
    operation = document["paths"][path]["get"]
    heeded = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
    answer = operation["responses"].get(str(status))
    assert answer is not None, f"{path} answered {asked} with {status}, of which nothing is told"
    assert set(asked) <= heeded
    shown = {name for name in _OF_FILES if name.lower() in headers}
    assert shown == set(answer.get("headers", {})), (path, asked, status)


_OF_FILES = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Last-Modified",
    "Link",
)
