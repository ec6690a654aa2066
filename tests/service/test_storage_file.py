"""What only the folder does: links of its own, and bytes that outlive a crash."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import storages
from loops import Loop

from oriel.service.errors import BadLink
from oriel.service.storage import NotStored, StorageFailed
from oriel.service.storage.file import PREFIX, FileStorage


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


def parts_of(url: str) -> tuple[str, dict[str, str]]:
    """The key and the query of a link."""
    parts = urlsplit(url)
    return parts.path.removeprefix(PREFIX), dict(parse_qsl(parts.query))


@pytest.fixture
def folder(tmp_path: Path, loop: Loop) -> FileStorage:
    made = storages.folder(tmp_path / "storage")
    loop.run(made.begin())
    return made


@pytest.mark.parametrize("mount_point", [False, True])
async def test_a_disk_that_is_not_mounted_is_away_and_has_lost_nothing(
    folder: FileStorage, tmp_path: Path, mount_point: bool
) -> None:
    await folder.put("songs/a.flac", pieces(b"a"), "audio/flac")
    elsewhere = folder.root.rename(tmp_path / "elsewhere")
    if mount_point:
        folder.root.mkdir()

    into, why = tmp_path / "a.flac", "that its disk is mounted"
    await storages.says_that_it_is_away(folder, "songs/a.flac", into, why)
    with pytest.raises(StorageFailed, match=why) as caught:
        await folder.put("songs/b.flac", pieces(b"b"), "audio/flac")
    assert not isinstance(caught.value, NotStored)
    if mount_point:
        folder.root.rmdir()  # nothing lies there
    elsewhere.rename(folder.root)

    assert await folder.exists("songs/a.flac")


async def test_a_place_that_cannot_be_looked_into_is_told_and_one_never_made_is_empty(
    tmp_path: Path,
) -> None:
    folder = storages.folder(tmp_path / "storage")
    assert [lying async for lying in folder.listed("songs/")] == []

    folder.root.write_bytes(b"a file where the folder was")

    with pytest.raises(StorageFailed, match="songs/ cannot be listed"):
        [lying async for lying in folder.listed("songs/")]


async def test_a_link_leads_to_its_file_and_no_other(folder: FileStorage) -> None:
    await folder.put("videos/a.mp4", pieces(b"a"), "video/mp4")
    await folder.put("videos/b.mp4", pieces(b"b"), "video/mp4")

    key, query = parts_of(await folder.link("videos/a.mp4", 60, "mine.mp4"))

    assert folder.linked(key, query).read_bytes() == b"a"
    with pytest.raises(BadLink, match="not one of ours"):
        folder.linked("videos/b.mp4", query)


async def test_a_link_ends_when_it_says(folder: FileStorage) -> None:
    await folder.put("a.mp4", pieces(b"a"), "video/mp4")

    key, query = parts_of(await folder.link("a.mp4", -1, "a.mp4"))

    with pytest.raises(BadLink, match="too old"):
        folder.linked(key, query)


@pytest.mark.parametrize(
    "change",
    [
        {"until": "99999999999"},
        {"filename": "virus.exe"},
        {"signature": ""},
        {"signature": "ä" * 43},
        {"until": "soon"},
    ],
)
async def test_nothing_of_a_link_can_be_changed(
    folder: FileStorage, change: dict[str, str]
) -> None:
    key, query = parts_of(await folder.link("a.mp4", 60, "a.mp4"))

    with pytest.raises(BadLink, match="not one of ours"):
        folder.linked(key, {**query, **change})
    with pytest.raises(BadLink):
        folder.linked(key, {})


async def test_links_outlive_a_new_signing_key(tmp_path: Path) -> None:
    before = FileStorage(tmp_path, "", [b"old"])
    after = FileStorage(tmp_path, "", [b"new", b"old"])
    later = FileStorage(tmp_path, "", [b"new"])

    key, query = parts_of(await before.link("a.mp4", 60, "a.mp4"))

    assert after.linked(key, query) == tmp_path / "a.mp4"
    with pytest.raises(BadLink):
        later.linked(key, query)


async def test_a_link_on_the_disk_leads_nowhere(folder: FileStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    (folder.root / "out").symlink_to(tmp_path)

    with pytest.raises(StorageFailed, match="leads out"):
        await folder.open("out/secret")


async def test_a_disk_that_is_full_stores_nothing(folder: FileStorage) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, before[1]))

    try:
        with pytest.raises(StorageFailed, match=r"a\.mp4 cannot be stored"):
            await folder.put("a.mp4", pieces(*[b"x" * (1 << 20)] * 5), "video/mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert not await folder.exists("a.mp4")
    assert list(folder.root.glob(".incoming/*")) == []


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (lambda place: place.write_text("no folder"), "stored: Not a directory"),
        (lambda place: place.mkdir(), "stored, .* holds nothing: see that its disk is mounted"),
        (lambda place: None, "stored, .* holds nothing: see that its disk is mounted"),
    ],
    ids=["a file lies there", "a mount point lies there", "nothing lies there"],
)
async def test_a_folder_that_goes_while_a_file_comes_is_the_storage_s_failure(
    folder: FileStorage, left: Callable[[Path], object], why: str
) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"some"
        folder.root.rename(folder.root.with_name("elsewhere"))
        left(folder.root)
        yield b"more"

    with pytest.raises(StorageFailed, match=rf"videos/a\.mp4 cannot be {why}") as caught:
        await folder.put("videos/a.mp4", content(), "video/mp4")

    assert not isinstance(caught.value, NotStored)
    assert not list(folder.root.glob("*"))


async def test_a_folder_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    storage = storages.folder(tmp_path / "file")

    with pytest.raises(StorageFailed, match="file cannot be made ready: Not a directory"):
        await storage.begin()
    with pytest.raises(StorageFailed, match="cannot be stored"):
        await storage.put("a.mp4", pieces(b"a"), "video/mp4")


_KILLED = """
import asyncio, sys
from pathlib import Path
from oriel.service.storage.file import FileStorage

async def endless():
    while True:
        yield b"x" * 100_000
        print("sent", flush=True)

asyncio.run(FileStorage(Path(sys.argv[1]), "", [b"s"]).put("a.mp4", endless(), "video/mp4"))
"""


async def test_a_killed_process_leaves_no_half_file(folder: FileStorage) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(folder.root)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)

    assert not await folder.exists("a.mp4")
    (left,) = folder.root.glob(".incoming/*")
    assert await folder.tidy() == 0  # it could be under way
    os.utime(left, (0, time.time() - 90_000))
    assert await folder.tidy() == 1


async def test_a_file_that_goes_while_it_is_read_is_missing(folder: FileStorage) -> None:
    await folder.put("a.mp4", pieces(b"a"), "video/mp4")

    opened = await folder.open("a.mp4")
    await folder.delete("a.mp4")

    with pytest.raises(NotStored):
        await anext(opened)


async def test_the_server_refuses_what_is_not_signed(stored: storages.Stored) -> None:
    if stored.kind != "file":
        return  # emulators check no signatures
    await stored.storage.put("a.html", pieces(b"<script>alert(1)</script>"), "text/html")
    url = await stored.storage.link("a.html", 60, 'a"b\n.html')

    query = urlencode({"until": "99999999999", "filename": "a", "signature": "x"})
    forged = f"{url.partition('?')[0]}?{query}"

    good = await asyncio.to_thread(urllib.request.urlopen, url, timeout=60)
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        await asyncio.to_thread(urllib.request.urlopen, forged, timeout=60)

    with good, refused.value:
        assert good.headers["Content-Disposition"].startswith('attachment; filename="a_b_.html"')
        policy = good.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(policy)
