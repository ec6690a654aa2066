"""Two versions of the page whose servers share a storage, as while one takes the other's place."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import apis
import pytest
import storages
from apis import Client
from databases import Schemas

from oriel.service.storage import Lying, StorageFailed
from oriel.service.storage.file import FileStorage
from oriel.web import assets
from oriel.web.api import versions
from oriel.web.api.keys import VERSIONS
from oriel.web.api.versions import Versions
from oriel.web.app import create
from oriel.web.assets import Asset

PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def a_slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the storage take its time: after some seconds a page would be shown without."""
    monkeypatch.setattr(versions, "_PATIENCE_SECONDS", 120.0)


@dataclass(frozen=True)
class Watched(FileStorage):
    """A folder that notes each look at what lies in it."""

    looks: list[str] = field(default_factory=list)

    def listed(self, place: str) -> AsyncIterator[Lying]:
        self.looks.append(place)
        return super().listed(place)


def files(said: str) -> list[Asset]:
    """A version's files: a script that imports another, and a picture that stays as it is."""
    first = b'import "./late.js";'
    made = {"a/first.js": first, "a/late.js": said.encode(), "a/still.svg": b"<svg/>"}
    return list(assets.build(made).values())


async def keep(by: Versions, kept: Iterable[Asset]) -> None:
    async with by.keeping(kept):
        await asyncio.sleep(0.02)  # files have no finer times than the kernel's ticks


async def test_a_page_of_another_version_gets_each_of_its_files(
    schemas: Schemas, tmp_path: Path
) -> None:
    chosen = apis.settings(schemas.sqlite(), tmp_path, storage=f"file://{tmp_path / 'storage'}")
    async with apis.served(chosen, lambda settings: create(settings=settings)) as site:
        own, new = await script_of(site), files("new")

        before = await site.get(new[0].url)
        await keep(Versions(storages.folder(tmp_path / "storage")), new)
        after = [await site.get(one.url) for one in new]
        same = await site.get(own)

    assert (before.status, before.code) == (404, "not_found")
    assert before.headers["Cache-Control"] == "no-store", "it comes a moment later"
    for told, one in zip(after, new, strict=True):
        assert (told.status, told.body) == (200, one.body)
        for name in ("Cache-Control", "Vary"):
            assert told.headers[name] == same.headers[name]
        assert told.headers["Content-Type"] == one.kind
    assert after[0].headers["Content-Security-Policy"] == same.headers["Content-Security-Policy"]


async def script_of(site: Client) -> str:
    page = (await site.get("/")).body.decode()
    return next(word for word in page.split('"') if word.startswith("/assets/visualizer/main-"))


async def test_a_name_that_is_none_of_ours_is_not_looked_for(tmp_path: Path) -> None:
    storage = Watched(tmp_path, "", ())
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "another-0123456789abcdef.js").write_text("of somebody else")
    asked = Versions(storage, pause=0)

    found = [
        await asked.asset(url)
        for url in (
            "/assets/../versions/another-0123456789abcdef.js",
            "/assets/another-0123456789abcdef.js",
            "/assets/another.js",
        )
    ]

    assert found == [None] * 3
    assert len(storage.looks) == 2, "the last has no tag"


async def test_the_last_few_versions_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    storage = storages.folder(tmp_path)
    await storage.begin()
    every = [files(f"version {n}") for n in range(versions.KEPT + 1)]
    other = tmp_path / "versions" / "notes.txt"
    other.parent.mkdir()
    other.write_text("somebody else's")

    for one in (*every[:-1], every[0], every[-1]):  # the first one is started anew
        await keep(Versions(storage), one)
    kept = len(list(tmp_path.glob("versions/*.zip")))

    found = [await Versions(storage).asset(one[0].url) for one in every]
    assert [one is not None for one in found] == [True, False, *[True] * (versions.KEPT - 1)]
    assert kept == versions.KEPT, "before anybody looked"
    assert other.exists()


async def test_who_makes_names_up_costs_the_storage_no_more_than_a_look_each_pause(
    tmp_path: Path,
) -> None:
    storage = Watched(tmp_path, "", ())
    asked, began = Versions(storage, pause=0.2), time.monotonic()

    found = await asyncio.gather(*(asked.asset(f"/assets/{n}-{n:016x}.js") for n in range(50)))
    late = await asyncio.gather(*(asked.asset(f"/assets/{n}-{n:016x}.js") for n in range(50)))

    assert (set(found), set(late), len(storage.looks)) == ({None}, {None}, 2)
    assert time.monotonic() - began >= 0.2


async def test_a_storage_that_is_away_is_told_and_no_page_waits_for_it(
    schemas: Schemas, tmp_path: Path
) -> None:
    (tmp_path / "storage").write_text("no folder")
    chosen = apis.settings(schemas.sqlite(), tmp_path, storage=f"file://{tmp_path / 'storage'}")
    async with apis.served(chosen, lambda settings: create(settings=settings)) as site:
        began = time.monotonic()
        await keep(site.application[VERSIONS], files("new"))
        page = await site.get("/")
        waited = time.monotonic() - began
        told = await site.get("/assets/first-0123456789abcdef.js")

    assert page.status == 200
    assert waited < 60, "it has two minutes where it does not answer"
    assert (told.status, told.code) == (503, "unavailable")
    assert (told.headers["Retry-After"], told.headers["Cache-Control"]) == ("5", "no-store")


async def test_a_storage_that_was_away_has_a_version_s_files_once_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_AGAIN_SECONDS", 0.05)
    away, new = tmp_path / "storage", files("new")
    away.write_text("no folder")
    storage = storages.folder(away)

    kept = Versions(storage).keeping(new, lambda one: one.begin())
    async with kept, asyncio.timeout(PATIENCE_SECONDS):
        away.unlink()
        while not list(away.glob("versions/*.zip")):
            await asyncio.sleep(0.02)

    assert await Versions(storage).asset(new[0].url) is not None


async def test_everybody_who_waits_for_a_storage_that_is_away_is_told(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("no folder")
    asked = Versions(storages.folder(tmp_path / "storage"), pause=0.1)
    names = [f"/assets/{n}-{n:016x}.js" for n in range(3)]

    found = await asyncio.gather(*map(asked.asset, names), return_exceptions=True)

    assert {type(one) for one in found} == {StorageFailed}
