"""Backups: whole or refused, of new things only, and into empty places only."""

import gzip
import stat
from pathlib import Path

import ordering
import pytest
from sqlalchemy import func, select

from oriel.service import backup, db, storage
from oriel.service.backup import BadBackup, archive
from oriel.service.models import Base, Figure, Song
from oriel.service.payments.check import CHECKED
from oriel.service.settings import Settings


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Settings:
    """A service with a database of either kind, and files in a folder."""
    return Settings.read({"ORIEL_DATA": str(tmp_path / "data"), "ORIEL_DATABASE_URL": database_url})


def elsewhere(tmp_path: Path, name: str = "new") -> Settings:
    return Settings.read({"ORIEL_DATA": str(tmp_path / name)})


async def a_song(database: db.Database, settings: Settings, content: bytes) -> Song:
    """A song of a new user, whose file is stored."""
    song = await ordering.a_song(database, await ordering.somebody(database))
    path = settings.data / "song"
    path.write_bytes(content.ljust(1000))  # as many bytes as its row says
    stored = storage.of(settings)
    await stored.begin()
    await stored.put(song.key, path, "audio/wav")
    return song


async def counts(settings: Settings) -> dict[str, int]:
    async with db.open_database(settings.database_url) as database, database.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


async def test_every_row_and_file_comes_back(
    running: Settings, database: db.Database, tmp_path: Path
) -> None:
    song = await a_song(database, running, b"la la la")
    render = await ordering.prepared(database)
    async with database.begin() as session:
        session.add(Figure(day="2026-11-22", name=CHECKED))

    saved = await backup.save(running, tmp_path / "backup")
    new = elsewhere(tmp_path)
    found = await backup.restore(new, tmp_path / "backup")

    assert found == saved
    before, after = await counts(running), await counts(new)
    anew = {"segments": 0, "figures": 0}
    assert after == before | anew, "what was under way begins anew, and the books are compared"
    await storage.of(new).copy_to(song.key, tmp_path / "again")
    assert (tmp_path / "again").read_bytes().startswith(b"la la la")
    async with db.open_database(new.database_url) as restored:
        again = await ordering.seen(restored, render)
    assert (again.status, again.created_at, again.look) == (
        "queued",
        render.created_at,
        render.look,
    )
    assert elsewhere(tmp_path).secret_keys == running.secret_keys, "links go on working"


async def test_a_second_backup_copies_what_is_new_and_drops_what_is_gone(
    running: Settings, database: db.Database, tmp_path: Path
) -> None:
    kept, gone = [await a_song(database, running, words) for words in (b"one", b"two")]
    await backup.save(running, tmp_path / "backup")
    file = tmp_path / "backup" / "files" / kept.key
    before = file.stat()
    async with database.begin() as session:
        (await session.merge(gone)).deleted_at = ordering.NOON
    new = await a_song(database, running, b"three")

    contents = await backup.save(running, tmp_path / "backup")

    assert contents.files.keys() == {kept.key, new.key}
    assert file.stat() == before
    assert not (tmp_path / "backup" / "files" / gone.key).exists()


async def test_a_file_that_is_gone_by_now_is_no_reason_to_fail(
    running: Settings, database: db.Database, tmp_path: Path
) -> None:
    song = await a_song(database, running, b"la")
    await storage.of(running).delete(song.key)

    contents = await backup.save(running, tmp_path / "backup")

    assert contents.files == {}
    assert contents.rows["songs"] == 1


async def test_others_may_not_read_a_backup(running: Settings, tmp_path: Path) -> None:
    await backup.save(running, tmp_path / "backup")

    for name in ("", archive.NAME, "secret_key"):
        assert stat.S_IMODE((tmp_path / "backup" / name).stat().st_mode) & 0o077 == 0, name


async def test_a_database_that_is_in_use_is_left_alone(
    running: Settings, database: db.Database, tmp_path: Path
) -> None:
    await ordering.somebody(database)
    await backup.save(running, tmp_path / "backup")

    with pytest.raises(BadBackup, match="the database has users already"):
        await backup.restore(running, tmp_path / "backup")


@pytest.mark.parametrize("damage", ["cut off", "no end", "flipped", "file lost", "none"])
async def test_a_damaged_backup_changes_nothing(
    damage: str, tmp_path: Path, schemas: object
) -> None:
    made, folder = elsewhere(tmp_path, "old"), tmp_path / "backup"
    if damage != "none":
        async with db.open_database(schemas.sqlite()) as database:  # type: ignore[attr-defined]
            running = made.model_copy(update={"database_url": _url(database)})
            song = await a_song(database, running, b"la")
            await backup.save(running, folder)
        harm(damage, folder / archive.NAME, folder / "files" / song.key)
    new = elsewhere(tmp_path)

    with pytest.raises(BadBackup, match=str(folder)):
        await backup.restore(new, folder)

    assert not (new.data / "oriel.db").exists()


def harm(damage: str, lines: Path, file: Path) -> None:
    whole = lines.read_bytes()
    match damage:
        case "cut off":
            lines.write_bytes(whole[: len(whole) // 2])
        case "no end":
            text = gzip.decompress(whole).splitlines(keepends=True)
            lines.write_bytes(gzip.compress(b"".join(text[:-1])))
        case "flipped":
            lines.write_bytes(whole[:50] + bytes([whole[50] ^ 255]) + whole[51:])
        case "file lost":
            file.unlink()


async def test_a_backup_of_a_newer_oriel_says_so(running: Settings, tmp_path: Path) -> None:
    made = archive.Made("9.9", "9999", "2030-01-01T00:00:00+00:00")
    (tmp_path / "backup").mkdir()
    with archive.written(tmp_path / "backup", made):
        pass

    with pytest.raises(BadBackup, match=r"is of Oriel 9\.9"):
        await backup.restore(elsewhere(tmp_path), tmp_path / "backup")


def _url(database: db.Database) -> str:
    return f"sqlite:///{database.engine.url.database}"
