"""Starts of the service, which begin a storage that is new, and none whose disk is not mounted."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import apis
import pytest
import storages
from databases import Schemas
from ordering import a_song, somebody

from oriel.service import db
from oriel.service.models import Song
from oriel.service.settings import Settings
from oriel.service.storage import StorageFailed
from oriel.service.storage.file import FileStorage
from oriel.web import assets
from oriel.web.api import start, versions
from oriel.web.api.versions import Versions


@pytest.fixture(autouse=True)
def a_slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the storage take its time: after some seconds a page would be shown without."""
    monkeypatch.setattr(versions, "_PATIENCE_SECONDS", 120.0)


@pytest.fixture
def chosen(schemas: Schemas, tmp_path: Path) -> Settings:
    """Settings of a service that is new."""
    return apis.settings(schemas.sqlite(), tmp_path, storage=f"file://{tmp_path / 'storage'}")


@pytest.fixture
def folder(tmp_path: Path) -> FileStorage:
    """Its storage."""
    return storages.folder(tmp_path / "storage")


async def started(settings: Settings, folder: FileStorage, said: str) -> None:
    """What a start of a version does with the storage, tried once."""
    made = assets.build({"a/first.js": said.encode()}).values()
    async with Versions(folder).keeping(made, partial(start.begin, settings.database_url)):
        pass


async def sent(settings: Settings, folder: FileStorage) -> Song:
    """A song that the database knows, and that lies in the storage."""
    async with db.open_database(settings.database_url) as database:
        song = await a_song(database, await somebody(database))
    await folder.put(song.key, _piece(), "audio/flac")
    return song


async def _piece() -> AsyncIterator[bytes]:
    yield b"la la la"


async def test_a_new_storage_is_begun_by_however_many_start_at_once(
    chosen: Settings, folder: FileStorage
) -> None:
    await asyncio.gather(*(started(chosen, folder, f"version {n}") for n in range(4)))

    song = await sent(chosen, folder)

    assert await folder.exists(song.key)
    assert len(list(folder.root.glob("versions/*.zip"))) == 4


@pytest.mark.parametrize("mount_point", [False, True])
async def test_a_disk_that_is_not_mounted_is_begun_by_no_start_once_there_are_songs(
    chosen: Settings, folder: FileStorage, tmp_path: Path, mount_point: bool
) -> None:
    """Or what lies on it would be taken for lost, and what is sent be out of sight once it is back."""
    await started(chosen, folder, "old")
    song = await sent(chosen, folder)
    elsewhere = folder.root.rename(tmp_path / "elsewhere")
    if mount_point:
        folder.root.mkdir()

    await started(chosen, folder, "new")

    with pytest.raises(StorageFailed, match="see that its disk is mounted"):
        await folder.size(song.key)
    if mount_point:
        folder.root.rmdir()  # nothing lies there
    elsewhere.rename(folder.root)
    await started(chosen, folder, "new")
    assert await folder.exists(song.key)
    assert len(list(folder.root.glob("versions/*.zip"))) == 2


async def test_songs_that_were_copied_without_what_is_hidden_are_a_storage_that_goes_on(
    chosen: Settings, folder: FileStorage
) -> None:
    await started(chosen, folder, "old")
    await sent(chosen, folder)
    shutil.rmtree(folder.root / ".incoming")

    await started(chosen, folder, "new")

    assert len(list(folder.root.glob("versions/*.zip"))) == 2
