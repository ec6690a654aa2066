"""What the server says to any request: its headers, its policy, its errors."""

import base64
import hashlib
import re

import pytest
from asking import ask
from documented import assert_told

from oriel.web.api import table

PATHS = ["/", "/health", "/meshes/cube", "/demo/song.wav", "/nowhere", "/meshes/blob"]


def directives(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_browsers_strict(studio: str, path: str) -> None:
    answer = ask(studio, path)

    policy = directives(answer.headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "cross-origin-embedder-policy" not in answer.headers
    assert answer.headers["server"] == "Oriel"


def test_a_page_may_hear_and_be_filmed_and_nothing_else(studio: str) -> None:
    allowed = ask(studio, "/").headers["permissions-policy"]

    assert "microphone=(self)" in allowed
    assert "display-capture=(self)" in allowed
    assert "camera=()" in allowed
    assert "geolocation=()" in allowed


def test_the_page_s_policy_names_its_import_map_and_lets_nothing_else_in(studio: str) -> None:
    answer = ask(studio, "/")

    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    policy = directives(answer.headers["content-security-policy"])
    assert len(inline) == 1
    assert policy["script-src"] == ["'self'", f"'sha256-{digest}'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["worker-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "blob:", "data:"]
    assert not re.search(r"unsafe|\*|https?:", answer.headers["content-security-policy"])


def test_the_page_is_asked_for_again_and_sent_once(studio: str) -> None:
    first = ask(studio, "/")

    again = ask(studio, "/", {"If-None-Match": first.headers["etag"]})
    other = ask(studio, "/", {"If-None-Match": 'W/"something-else"'})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status, again.body) == (304, b"")
    assert "script-src" in again.headers["content-security-policy"]
    assert (other.status, other.body) == (200, first.body)


@pytest.mark.parametrize("path", ["/", "/assets/{name}", "/meshes/{shape}"])
def test_what_is_sent_once_is_documented_so(studio: str, path: str) -> None:
    script = re.findall(r'"/assets/([^"]+)"', ask(studio).text)[0]
    place = path.format(name=script, shape="cube")
    first = ask(studio, place)

    asked = {"If-None-Match": first.headers["etag"]}
    again = ask(studio, place, asked)

    assert (first.status, again.status) == (200, 304)
    assert_told(table.document("/"), path, {}, first.status, first.headers)
    assert_told(table.document("/"), path, asked, again.status, again.headers)


def test_the_server_says_that_it_is_well(studio: str) -> None:
    answer = ask(studio, "/health")

    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/assets/",
        "/assets/main.js",
        "/assets/main-0000000000000000.js",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/....//....//etc/passwd",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/assets/index.html",
        "/assets/%00",
        "/meshes/..%2fcube",
        "/demo/../../oriel/cli.py",
        "/static/main.js",
    ],
)
def test_what_is_not_there_is_told_as_json(studio: str, path: str) -> None:
    answer = ask(studio, path)

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json["error"]["code"] == "not_found"
    assert answer.json["error"]["message"].endswith(".")


def test_a_method_that_is_not_answered_is_told_with_those_that_are(studio: str) -> None:
    answer = ask(studio, "/health", method="POST")

    assert answer.status == 405
    assert answer.headers["allow"] == "GET,HEAD"
    assert answer.json["error"] == {
        "code": "method_not_allowed",
        "message": "/health does not answer POST.",
    }


def test_head_answers_as_get_does_without_the_body(studio: str) -> None:
    get, head = ask(studio, "/"), ask(studio, "/", method="HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["etag"] == get.headers["etag"]
