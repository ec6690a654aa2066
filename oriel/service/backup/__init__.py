"""The settings and a folder in; everything that must not be lost is in the folder, or back from it.

The rows are written as JSON and the files as they are, so that a backup of SQLite and a folder can
be restored into PostgreSQL and a bucket, and one of an older Oriel into a newer one.
"""

import os
import shutil
from mimetypes import guess_type
from pathlib import Path

from oriel import __version__
from oriel.errors import Fault
from oriel.service import clock, db, schema, storage
from oriel.service.backup import archive, rows
from oriel.service.backup.archive import BadBackup, Contents, Made, Writer
from oriel.service.settings import Settings
from oriel.service.storage import NotStored, Storage

__all__ = ["BadBackup", "Contents", "restore", "save"]

_SECRET = "secret_key"  # where nothing else was set, the key that signs links lies in the data


async def save(settings: Settings, folder: Path) -> Contents:
    """Back up a running service; in a folder that holds a backup already, only what is new is copied.

    Raises a Fault where the database or the storage cannot be had; the backup before is kept then.
    """
    folder.mkdir(0o700, parents=True, exist_ok=True)
    async with db.open_database(settings.database_url) as database:
        await schema.check(database)
        made = Made(__version__, schema.newest(), clock.now().isoformat())
        with archive.written(folder, made) as writer:
            async with database.snapshot() as session:
                async for table, values in rows.read(session):
                    writer.row(table, values)
                wanted = await rows.files(session)
            await _fetch(storage.of(settings), folder / "files", wanted, writer)
    _forget(folder / "files", writer.contents)
    if _has_own_secret(settings):
        (folder / _SECRET).touch(0o600)
        shutil.copyfile(settings.data / _SECRET, folder / _SECRET)
    return writer.contents


async def restore(settings: Settings, folder: Path) -> Contents:
    """Put a backup into an empty database, made where there is none, and its files into the storage.

    Raises BadBackup for one that is damaged, and where the database is in use already.
    """
    found = _checked(folder)
    own_secret = _has_own_secret(settings)
    try:
        await schema.upgrade(settings.database_url, to=found.made.revision)
    except schema.BadSchema as error:
        raise BadBackup(
            f"{folder} is of Oriel {found.made.version}: restore it with that version or a newer"
            f" one, into an empty database ({error})"
        ) from error
    engine = db.engine_of(settings.database_url)
    try:
        async with db.transaction(engine) as connection:
            if name := await rows.filled(connection):
                raise BadBackup(
                    f"the database has {name} already: name an empty one in ORIEL_DATABASE_URL"
                )
            await _store(storage.of(settings), folder / "files", found)
            await connection.run_sync(rows.write, archive.rows(folder))
    finally:
        await engine.dispose()
    await schema.upgrade(settings.database_url)
    async with db.open_database(settings.database_url) as database, database.begin() as session:
        await rows.begin_anew(session)
    if own_secret and (folder / _SECRET).exists():
        shutil.copyfile(folder / _SECRET, settings.data / _SECRET)
    return found


async def _fetch(
    stored: Storage, place: Path, wanted: dict[str, int | None], writer: Writer
) -> None:
    for key, size in wanted.items():
        path = place / key
        if not path.exists() or size not in (None, path.stat().st_size):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                await stored.copy_to(key, path)
            except NotStored:  # its time was over since the rows were read
                continue
        writer.file(key, path.stat().st_size)


async def _store(stored: Storage, place: Path, found: Contents) -> None:
    await stored.begin()
    for key in found.files:
        kind = guess_type(key)[0] or "application/octet-stream"
        await stored.put(key, place / key, kind)


def _checked(folder: Path) -> Contents:
    """What the backup holds, if all of it is there."""
    found = archive.contents(folder)
    for key, size in found.files.items():
        path = folder / "files" / storage.checked(key)
        if not path.is_file() or path.stat().st_size != size:
            raise BadBackup(f"{path} is missing or not whole: restore another backup")
    return found


def _forget(place: Path, contents: Contents) -> None:
    """Delete what an earlier backup into this folder had and nobody needs any more."""
    kept = {place / key for key in contents.files}
    for folder, _, names in os.walk(place):
        for name in names:
            if (path := Path(folder, name)) not in kept:
                path.unlink()


def _has_own_secret(settings: Settings) -> bool:
    path = settings.data / _SECRET
    try:
        return path.is_file() and settings.secret_keys == (path.read_text("utf-8").strip(),)
    except OSError as error:
        raise Fault(
            f"{path} cannot be read ({error.strerror}): let the service's user read it"
        ) from error
