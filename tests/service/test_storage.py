"""What every storage does alike: the folder, and the bucket on two emulators."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from storages import Stored

from oriel.service.storage import BadKey, Lying, NotStored, Storage

MOVIE = bytes(range(256)) * 40_000  # 10 MB: three parts of a resumable upload


async def pieces(content: bytes, at_once: int = 300_007) -> AsyncIterator[bytes]:
    for start in range(0, len(content), at_once):
        yield content[start : start + at_once]


async def whole(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in await storage.open(key, start, end)])


def fetched(url: str, ranged: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in small letters, and content of a GET."""
    request = urllib.request.Request(url, headers={"Range": ranged} if ranged else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}, error.read()


async def test_what_is_put_is_there(stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(MOVIE)

    size = await stored.storage.put("videos/a/v.mp4", tmp_path / "v.mp4", "video/mp4")

    assert size == len(MOVIE)
    assert await stored.storage.exists("videos/a/v.mp4")
    assert await stored.storage.size("videos/a/v.mp4") == len(MOVIE)
    assert await whole(stored.storage, "videos/a/v.mp4") == MOVIE


async def test_a_stream_is_put_piece_by_piece(stored: Stored) -> None:
    size = await stored.storage.put("songs/a.flac", pieces(MOVIE), "audio/flac")

    assert size == len(MOVIE)
    assert await whole(stored.storage, "songs/a.flac") == MOVIE


@pytest.mark.parametrize("length", [0, 1, 4 << 20, (4 << 20) + 1, 8 << 20])
async def test_streams_of_every_length_arrive_whole(stored: Stored, length: int) -> None:
    content = MOVIE[:length]

    await stored.storage.put("songs/length.bin", pieces(content, 1 << 20), "audio/flac")

    assert await whole(stored.storage, "songs/length.bin") == content


async def test_a_second_put_replaces_the_first(stored: Stored) -> None:
    await stored.storage.put("a", pieces(b"the first and longer one"), "text/plain")

    await stored.storage.put("a", pieces(b"the second"), "text/plain")

    assert await whole(stored.storage, "a") == b"the second"


@pytest.mark.parametrize(
    ("start", "end"), [(0, 10), (5_000_000, 5_000_001), (4_194_303, 8_388_609), (9_999_990, None)]
)
async def test_a_part_is_read_alone(stored: Stored, start: int, end: int | None) -> None:
    await stored.storage.put("part.bin", pieces(MOVIE), "video/mp4")

    assert await whole(stored.storage, "part.bin", start, end) == MOVIE[start:end]


async def test_a_part_beyond_the_end_is_empty(stored: Stored) -> None:
    await stored.storage.put("small.bin", pieces(b"small"), "video/mp4")

    assert await whole(stored.storage, "small.bin", 3, 99) == b"ll"
    assert await whole(stored.storage, "small.bin", 99) == b""


async def test_an_upload_that_breaks_off_leaves_nothing(stored: Stored) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield MOVIE[: 9 << 20]
        raise ConnectionResetError("the sender went away")

    with pytest.raises(ConnectionResetError):
        await stored.storage.put("songs/broken.flac", broken(), "audio/flac")

    assert not await stored.storage.exists("songs/broken.flac")


async def test_an_upload_that_breaks_off_leaves_what_was_there(stored: Stored) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield MOVIE[: 5 << 20]
        raise ConnectionResetError("the sender went away")

    await stored.storage.put("kept.bin", pieces(b"the older one"), "video/mp4")
    with pytest.raises(ConnectionResetError):
        await stored.storage.put("kept.bin", broken(), "video/mp4")

    assert await whole(stored.storage, "kept.bin") == b"the older one"


async def test_what_was_never_put_is_missing(stored: Stored, tmp_path: Path) -> None:
    await stored.storage.put("another.mp4", pieces(b"another"), "video/mp4")

    assert not await stored.storage.exists("never/put.mp4")
    with pytest.raises(NotStored):
        await stored.storage.size("never/put.mp4")
    with pytest.raises(NotStored):
        await stored.storage.open("never/put.mp4")
    with pytest.raises(NotStored):
        await stored.storage.copy_to("never/put.mp4", tmp_path / "copy.mp4")
    assert list(tmp_path.glob("*copy*")) == []


async def test_deleting_twice_is_deleting(stored: Stored) -> None:
    await stored.storage.put("gone.bin", pieces(b"soon gone"), "video/mp4")

    await stored.storage.delete("gone.bin")
    await stored.storage.delete("gone.bin")

    assert not await stored.storage.exists("gone.bin")


async def test_a_copy_is_the_same(stored: Stored, tmp_path: Path) -> None:
    await stored.storage.put("copied.bin", pieces(MOVIE), "video/mp4")

    await stored.storage.copy_to("copied.bin", tmp_path / "copy.bin")

    assert (tmp_path / "copy.bin").read_bytes() == MOVIE


async def test_a_link_is_fetched_without_asking_who(stored: Stored) -> None:
    await stored.storage.put("videos/b/v.mp4", pieces(MOVIE), "video/mp4")

    url = await stored.storage.link("videos/b/v.mp4", 60, "Für Elise.mp4")
    status, headers, content = await asyncio.to_thread(fetched, url)

    assert (status, headers["content-type"], content) == (200, "video/mp4", MOVIE)


async def test_a_link_is_served_in_ranges(stored: Stored) -> None:
    await stored.storage.put("videos/c/v.mp4", pieces(MOVIE), "video/mp4")

    url = await stored.storage.link("videos/c/v.mp4", 60, "v.mp4")
    status, headers, content = await asyncio.to_thread(fetched, url, "bytes=1000-1999")

    assert (status, content) == (206, MOVIE[1000:2000])
    assert headers["content-range"] == f"bytes 1000-1999/{len(MOVIE)}"


OUTSIDE = ["", "/etc/passwd", "../out", "a/../../out", "a//b", "a/", ".hidden", "a/.hidden"]
UNFIT = ["a\\b", "a\0b", "a b", "ä", "x" * 301, "a\n"]


@pytest.mark.parametrize("key", [*OUTSIDE, *UNFIT])
async def test_keys_that_could_leave_their_place_are_refused(stored: Stored, key: str) -> None:
    with pytest.raises(BadKey):
        await stored.storage.put(key, pieces(b"x"), "text/plain")
    with pytest.raises(BadKey):
        await stored.storage.open(key)
    with pytest.raises(BadKey):
        await stored.storage.delete(key)
    with pytest.raises(BadKey):
        await stored.storage.link(key, 60, "x")


async def test_many_at_once_do_not_disturb_each_other(stored: Stored) -> None:
    contents = {f"many/{number}.bin": bytes([number]) * 300_000 for number in range(16)}

    await asyncio.gather(
        *(stored.storage.put(key, pieces(data), "video/mp4") for key, data in contents.items())
    )
    found = await asyncio.gather(*(whole(stored.storage, key) for key in contents))

    assert dict(zip(contents, found, strict=True)) == contents


async def test_what_lies_in_a_place_is_listed_with_its_age(stored: Stored) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    for key in ("listed/a/one.bin", "listed/b/two.bin", "elsewhere/three.bin"):
        await stored.storage.put(key, pieces(b"lies there"), "video/mp4")

    async def listed_meanwhile() -> AsyncIterator[bytes]:
        yield MOVIE[: 5 << 20]
        found.extend([lying async for lying in stored.storage.listed("listed/")])
        yield MOVIE[5 << 20 :]

    found: list[Lying] = []
    await stored.storage.put("listed/c/coming.bin", listed_meanwhile(), "video/mp4")
    none = [lying async for lying in stored.storage.listed("nothing/")]

    assert sorted(lying.key for lying in found) == ["listed/a/one.bin", "listed/b/two.bin"]
    assert all(before < lying.since < datetime.now(UTC) + timedelta(seconds=5) for lying in found)
    assert none == []
