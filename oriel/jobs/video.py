"""One piece of work goes in and is done: a render prepared, a segment drawn, a video finished."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from pathlib import Path

from oriel.jobs import findings, listening
from oriel.jobs.child import Limits
from oriel.jobs.inputs import Inputs
from oriel.jobs.workshop import Failed, Job, Stopped, Workshop
from oriel.service import clock, endings, expiry, leases, plans, segments, songs
from oriel.service.leases import Work
from oriel.service.storage import NotStored, StorageFailed

_log = logging.getLogger(__name__)

_GIB = 1 << 30
_CORES = os.cpu_count() or 1
_MEDIA = {".mp4": "video/mp4", ".mov": "video/quicktime"}

_A_PICTURE = Limits(60, cpu_seconds=60, memory_bytes=4 * _GIB, file_bytes=1 << 26)

Stage = Callable[[Workshop, Inputs, Job], Awaitable[None]]


async def prepare(shop: Workshop, inputs: Inputs, job: Job) -> None:
    """Probe the song, listen to it once for all sizes, and cut the video into segments."""
    work, settings = job.work, shop.settings
    plan = shop.plans[work.tier]
    if await shop.write(
        lambda session: endings.reused(session, work, clock.now(), settings.keep_days, plan.seconds)
    ):
        return
    async with inputs.folder(work) as place:
        song = await _song(shop, inputs, work, place)
        await listening.probe(shop, job, song)
        bands = await listening.hear(shop, inputs, job, place, song)
        frames = await asyncio.to_thread(findings.frames, bands)
    fps = Fraction(work.fps)
    count = segments.part(frames, fps, work.start, work.end)
    if not count:
        raise Failed(
            "nothing_to_render",
            f"The song ends at {float(frames / fps):.2f} s, before the part that was ordered:"
            " order an earlier one.",
            final=True,
        )
    if problem := plans.too_long(plan, float(count / fps)):
        raise Failed(
            "too_long",
            f"{plan.name} does not include this order: {problem};"
            " change it, or choose another plan.",
            final=True,
        )
    pieces = segments.cut(count, fps, settings.segment_seconds)
    await shop.write(lambda session: segments.lay(session, work, pieces))


async def draw(shop: Workshop, inputs: Inputs, job: Job) -> None:
    """Draw one segment and put it into the storage."""
    work = job.work
    key = expiry.segment_key(work.render_id, work.number, work.fence, work.codec)
    made = job.folder / Path(key).name
    look = job.folder / "look.json"
    look.write_text(json.dumps(dict(work.look)), "utf-8")
    async with inputs.folder(work) as place:
        song = await _song(shop, inputs, work, place)
        bands = await listening.hear(shop, inputs, job, place, song)
        ended = await job.oriel(
            shop, _drawing(shop, work, song, bands, look, made), [place], _limits(work, shop)
        )
    job.check(ended, made)
    await shop.storage.put(key, made, _MEDIA[made.suffix])
    await _shown_early(shop, job, made)
    await shop.write(lambda session: segments.drawn(session, work, key))


async def finish(shop: Workshop, inputs: Inputs, job: Job) -> None:
    """Join the segments, add the sound, choose a poster, and publish all of it at once."""
    work = job.work
    keys = expiry.result_keys(work.render_id, work.fence, work.codec)
    made, poster, moving = (job.folder / f"video{Path(key).suffix}" for key in keys)
    parts = await _parts(shop, job)
    if parts is None:
        return
    async with inputs.folder(work) as place:
        song = await _song(shop, inputs, work, place)
        arguments = ["join", str(made), *map(str, parts), "--song", str(song), "--json"]
        arguments += ["--start", _seconds(work.start)]
        async with listening.hearing_its_rhythm(shop, job, song):
            ended = await job.oriel(shop, arguments, [place], _whole(work))
            unfit = ended.result.get("unjoinable") if ended.code else None
            if unfit and await _drawn_again(shop, job, str(unfit)):
                return
            job.check(ended, made)
            for part in parts:
                part.unlink()
            await _pictured(shop, job, made, poster, moving)
    await shop.storage.put(keys[0], made, _MEDIA[made.suffix])
    shown = [
        await _put(shop, key, path, kind)
        for key, path, kind in ((keys[1], poster, "image/jpeg"), (keys[2], moving, "image/webp"))
    ]
    size, seconds = made.stat().st_size, float(work.count / Fraction(work.fps))
    await shop.write(
        lambda session: endings.complete(
            session,
            work,
            keys=(keys[0], shown[0], shown[1]),
            size=size,
            seconds=seconds,
            now=clock.now(),
            keep_days=shop.settings.keep_days,
        )
    )


STAGES: dict[leases.Stage, Stage] = {"preparing": prepare, "drawing": draw, "finishing": finish}
"""What is done in each stage; raises Stopped, Failed, StorageFailed and DatabaseGone."""


async def _drawn_again(shop: Workshop, job: Job, why: str, lost: Sequence[str] = ()) -> bool:
    """Whether all parts, or those that are lost, could be asked for again."""
    asked = await shop.write(lambda session: segments.again(session, job.work, lost))
    if asked:
        _log.warning("%s is drawn again: %s", job.work.render_id, why)
    return asked


async def _shown_early(shop: Workshop, job: Job, made: Path) -> None:
    """Give a render that goes on for a while its first picture, which it can be made without."""
    work, key, picture = job.work, expiry.early_key(job.work.render_id), job.folder / "early.jpg"
    async with shop.database.read() as session:
        if not await segments.unpictured(session, work):
            return
    try:
        job.check(
            await job.oriel(shop, ["poster", str(made), "--out", str(picture)], [], _A_PICTURE),
            picture,
        )
        await shop.storage.put(key, picture, "image/jpeg")
    except (Failed, StorageFailed) as error:
        _log.warning("%s has no picture yet: %s", work.render_id, error)
        return
    await shop.write(lambda session: segments.pictured(session, work, key))


async def _pictured(shop: Workshop, job: Job, made: Path, poster: Path, moving: Path) -> None:
    arguments = ["poster", str(made), "--out", str(poster), "--moving", str(moving)]
    pictures = await job.oriel(shop, arguments, [], _whole(job.work))
    if pictures.code:
        _log.warning("%s has no poster: %s", job.work.render_id, pictures.sentence)


async def _parts(shop: Workshop, job: Job) -> list[Path] | None:
    """The segments' files; None where some are lost, and are drawn again."""
    async with shop.database.read() as session:
        keys = await segments.keys(session, job.work.render_id)
    parts, lost = [], []
    for number, key in enumerate(keys):
        if job.stop.is_set():
            raise Stopped
        parts.append(job.folder / f"{number}{Path(key).suffix}")
        try:
            await shop.storage.copy_to(key, parts[-1])
        except NotStored:
            lost.append(key)
    if not lost:
        return parts
    why = f"{', '.join(lost)} is not stored any more"
    if not await _drawn_again(shop, job, why, lost):
        raise Failed(*endings.GAVE_UP, log=f"{why}, and was drawn again before", final=True)
    return None


async def _put(shop: Workshop, key: str, path: Path, kind: str) -> str | None:
    if not path.exists():
        return None
    await shop.storage.put(key, path, kind)
    return key


async def _song(shop: Workshop, inputs: Inputs, work: Work, place: Path) -> Path:
    """The song's file; where it is lost, this is told at once, unless it was sent again by now."""
    try:
        return await inputs.song(work, place)
    except NotStored as error:
        lost = await shop.write(
            lambda session: songs.lost(session, work.song_id, work.song_key, clock.now())
        )
        raise Failed(
            "song_gone", "The song is not there any more: send it again.", final=lost
        ) from error


def _drawing(
    shop: Workshop, work: Work, song: Path, bands: Path, look: Path, made: Path
) -> list[str]:
    width, height = work.size
    arguments = ["render", str(song), "--bands", str(bands), "--look", str(look), "--silent"]
    arguments += ["--size", f"{width}x{height}", "--fps", work.fps, "--codec", work.codec]
    arguments += ["--quality", work.quality, "--start", _seconds(work.start)]
    arguments += [] if work.end is None else ["--end", _seconds(work.end)]
    arguments += ["--frames", f"{work.first}:{work.first + work.count}"]
    arguments += ["--watermark"] if work.watermark else []
    arguments += [] if shop.gpu is None else ["--device", str(shop.gpu)]
    return [*arguments, "--out", str(made), "--json"]


def _limits(work: Work, shop: Workshop) -> Limits:
    """Of drawing: five seconds a frame are a slow machine at 4K; a GPU's driver maps what it likes."""
    longest = 120 + 5 * work.count
    memory, data = (32 * _GIB, None) if shop.gpu is None else (None, 32 * _GIB)
    return Limits(longest, longest * _CORES, memory, data, file_bytes=8 * _GIB)


def _whole(work: Work) -> Limits:
    """Of what is done with the whole video."""
    longest = 300 + work.count // 10
    return Limits(longest, longest * _CORES, 8 * _GIB, file_bytes=64 * _GIB)


def _seconds(moment: float) -> str:
    return f"{moment:.6f}"
