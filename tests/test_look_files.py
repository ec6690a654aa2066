"""Looks in files: read, or refused in a sentence whatever the file holds, and soon."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sentences import assert_sentence

from oriel import look
from oriel.errors import BadLook


def test_a_look_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"shape": "torus"}')

    assert look.load(path) == look.load(str(path)) == look.load({"shape": "torus"})


def test_text_that_is_not_json_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{\n  "shape": cube\n}')

    with pytest.raises(
        BadLook, match=r"mine.json is not JSON \(Expecting value at line 2, column 12\)"
    ):
        look.load(path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe{}", b"\x00", b"\xef\xbb\xbf", b"{}{}", b"[]", b"null"]
)
def test_what_is_no_look_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(content)

    with pytest.raises(BadLook) as caught:
        look.load(path)

    assert_sentence(str(caught.value))


def test_deep_nesting_is_refused_at_any_depth() -> None:
    for depth in (10, 100, 500, *range(900, 1010), 5000, 100_000):
        for opening, closing in ("[]", ('{"size":', "}")):
            text = '{"size":' + depth * opening + "1" + depth * closing + "}"

            with pytest.raises(BadLook) as caught:
                look.load(text)

            assert_sentence(str(caught.value))


def test_a_look_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)

    with pytest.raises(BadLook, match="is too large for a look: at most 1 MB"):
        look.load(path)


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(BadLook, match="'/dev/zero' cannot be read: a look is a file, not a"):
        look.load("/dev/zero")


def test_a_pipe_that_nobody_writes_into_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    program = "import sys\nfrom oriel import look\nlook.load(sys.argv[1])\n"

    done = subprocess.run(
        [sys.executable, "-c", program, str(pipe)], capture_output=True, text=True, timeout=20
    )

    assert "pipe.json' cannot be read: a look is a file, not a folder, a device" in done.stderr


def test_a_megabyte_of_mistakes_is_refused_quickly() -> None:
    text = json.dumps({f"glo{i}": 0 for i in range(70_000)})
    began = time.thread_time()

    with pytest.raises(BadLook) as caught:
        look.load(text)

    assert time.thread_time() - began < 2
    assert_sentence(str(caught.value))


@pytest.mark.parametrize(
    "place", [".", "/", "nowhere.json", "nowhere/at/all.json", "a\0b", 5000 * "a", ""]
)
def test_a_place_without_a_look_is_told(place: str) -> None:
    with pytest.raises(BadLook) as caught:
        look.load(place)

    assert_sentence(str(caught.value), most=6000)


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(
        BadLook, match="The look '/proc/self/mem' cannot be read: input/output error"
    ):
        look.load("/proc/self/mem")


@pytest.mark.parametrize("thing", [None, 5, 0.5, b"{}", ["cube"], object()])
def test_what_cannot_be_a_look_at_all_is_told(thing: Any) -> None:
    with pytest.raises(BadLook, match="A look must be"):
        look.load(thing)
