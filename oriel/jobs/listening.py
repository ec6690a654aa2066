"""A song goes in; what it is, and what children that are limited heard in it, is written down."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oriel.jobs import findings
from oriel.jobs.child import Limits
from oriel.jobs.inputs import Inputs
from oriel.jobs.workshop import Failed, Job, Workshop
from oriel.service import expiry, songs
from oriel.service.models import Song
from oriel.service.storage import NotStored

_log = logging.getLogger(__name__)

_GIB = 1 << 30
_CORES = os.cpu_count() or 1
_BAD_CHOICE = 2  # the exit code that blames the user's file or choice
PROBING = Limits(180, cpu_seconds=180, memory_bytes=4 * _GIB, file_bytes=1 << 20)
"""What a child may use that finds out whether a file is a song."""
HEARING = Limits(600, cpu_seconds=600 * _CORES, memory_bytes=16 * _GIB, file_bytes=_GIB)
"""What one may use that listens to it."""


async def probe(shop: Workshop, job: Job, song: Path) -> None:
    """The song is what it should be; raises Failed for what it is not, with the child's sentence."""
    work = job.work
    async with shop.database.read() as session:
        row = await session.get(Song, work.song_id)
    if row is not None and row.seconds is not None:
        return
    minutes = shop.settings.song_limit_minutes
    ended = await job.oriel(
        shop, ["probe", str(song), "--longest", str(minutes * 60), "--json"], [song.parent], PROBING
    )
    if ended.code == _BAD_CHOICE and "too_long" in ended.result:
        raise Failed("too_long", _may_last(minutes), job.log, final=True)
    if ended.code == _BAD_CHOICE:
        # To its owner it has the name that it came with.
        sentence = ended.sentence.replace(song.name, (row and row.name) or "The song", 1)
        raise Failed("bad_song", sentence, job.log, final=True)
    if ended.code or "seconds" not in ended.result:
        raise Failed(
            "bad_song", "The song could not be read: save it anew, and send that.", job.log
        )
    found = ended.result
    facts = songs.Facts(found["seconds"], found["codec"], found["title"], found["artist"])
    await shop.write(lambda session: songs.probed(session, work.song_id, facts))


def _may_last(minutes: int) -> str:
    """What to do about a longer song, in whichever plan."""
    most = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"Songs may last up to {most} here, and this one lasts longer: cut it, and send a part."


async def hear(shop: Workshop, inputs: Inputs, job: Job, place: Path, song: Path) -> Path:
    """What was heard in the song, by whoever prepared the first size; anew where that was lost."""
    work = job.work
    with suppress(NotStored):
        return await inputs.bands(work, place)
    look = job.folder / "look.json"
    look.write_text(json.dumps(dict(work.look)), "utf-8")
    made = job.folder / "bands.npz"
    arguments = ["bands", str(song), "--out", str(made), "--look", str(look), "--fps", work.fps]
    await shop.compiled.lend(job.folder)
    ended = await job.oriel(shop, [*arguments, "--needed"], [place], HEARING)
    job.check(ended, made)
    await shop.storage.put(expiry.bands_key(work.submission_id), made, "application/octet-stream")
    if rhythm := await asyncio.to_thread(findings.beats, made):
        await shop.write(lambda session: songs.rhythm_heard(session, work.song_id, rhythm))
    return made


@asynccontextmanager
async def hearing_its_rhythm(shop: Workshop, job: Job, song: Path) -> AsyncIterator[None]:
    """Hear the song's beat beside the block, which a beat that cannot be heard does not fail."""
    hearing = asyncio.create_task(_rhythm(shop, job, song))
    try:
        yield
        await hearing
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def _rhythm(shop: Workshop, job: Job, song: Path) -> None:
    """The beats of a song that nobody heard them of yet, for the studio."""
    song_id = job.work.song_id
    async with shop.database.read() as session:
        if await songs.rhythm_of(session, song_id) is not None:
            return
    await shop.compiled.fill()
    try:
        # What joins the video runs beside this: of its folder nothing is to be believed meanwhile.
        with TemporaryDirectory(dir=shop.scratch) as name:
            rhythm = await _heard_alone(shop, replace(job, folder=Path(name), log=""), song)
    except (Failed, OSError, ValueError) as problem:
        _log.warning("%s: no beat was heard: %s", job.work.key, problem)
        return
    await shop.write(lambda session: songs.rhythm_heard(session, song_id, rhythm))


async def _heard_alone(shop: Workshop, job: Job, song: Path) -> dict[str, Any]:
    heard = job.folder / "rhythm.json"
    arguments = ["bands", str(song), "--out", str(heard), "--fps", "1"]
    await shop.compiled.lend(job.folder)
    job.check(await job.oriel(shop, arguments, [song.parent], HEARING), heard)
    return await asyncio.to_thread(findings.rhythm, heard)
