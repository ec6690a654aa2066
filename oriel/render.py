"""A song goes in; a video that moves with it comes out: the five steps, one after the other."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oriel import audio, bands, effects, frames, heap, options, shapes, sizes, video
from oriel import look as looks
from oriel.errors import BadOption, BadOutput
from oriel.gl import context
from oriel.gl.painter import Painter
from oriel.gl.plates import Planes
from oriel.look import Look
from oriel.watermark import Watermark

AnyLook = str | Path | Mapping[str, Any] | Look
AnyPath = str | PathLike[str]

# A single picture may be of any moment, to the millisecond.
_MOMENTS_PER_SECOND = 1000


@dataclass(frozen=True)
class Progress:
    """How far a render is: `frame` of `of` are written, at `fps` frames a second so far."""

    frame: int
    of: int
    fps: float


@dataclass(frozen=True)
class Result:
    """A finished video: what it is, and how it was made.

    `seconds` is the video's length, `elapsed` what the whole took, `fps` the frames written each
    second of it; `notes` are sentences about what is not as it was asked for.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    seconds: float
    elapsed: float
    fps: float
    encoder: str
    renderer: str
    bytes: int
    notes: tuple[str, ...]


def render(
    song: AnyPath,
    out: AnyPath,
    *,
    look: AnyLook = "default",
    size: str | tuple[int, int] = "720p",
    fps: str | int | float | Fraction = 30,
    start: float = 0.0,
    end: float | None = None,
    frames: tuple[int, int] | None = None,
    codec: str = "auto",
    quality: str | int = "standard",
    heard: bands.Bands | None = None,
    silent: bool = False,
    watermark: bool = False,
    device: int | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Result:
    """Render a song, or its part from `start` to `end` seconds, to a video file.

    `look` is a name, a JSON file, a mapping or a Look; `frames` picks frames A up to B of what
    would be rendered; `heard` is what `hear` gave for this song, look and rate, so that it need not
    be heard again; a `silent` video has no sound; `device` is an EGL device. Raises UserError for
    what cannot be done as asked, Fault for what failed here; the file appears only when it is whole.
    """
    began = time.monotonic()
    chosen, rate = looks.load(look), options.frame_rate(fps)
    pixels, rounded = sizes.even(sizes.size(size))
    sound = audio.load(Path(song))
    # What the writer would refuse is refused before a long song has been heard.
    video.check(Path(out), codec, quality, pixels)
    _check_not_the_song(sound.path, Path(out))

    heap.keep()
    with context.opened(device) as gl:
        context.check_size(gl, pixels)
        drawn_by = context.device_of(gl)
        heard = hear(sound, chosen, rate) if heard is None else _of_this_rate(heard, rate)
        first, count = part(len(heard.bass), rate, start, end, frames)
        mesh, plan = prepare(chosen, heard, pixels, first, count)
        with video.Writer(
            Path(out),
            pixels,
            rate,
            count,
            codec=codec,
            quality=quality,
            audio=None if silent else sound,
            start=float(first / rate),
            apart=not drawn_by.software,  # beside a card, this thread's calls of OpenGL are all
        ) as writer:
            began_drawing = time.monotonic()
            mark = Watermark(pixels).print if watermark else _as_it_is
            film = Painter(gl, chosen, mesh, pixels).film(plan, writer.blank)
            for index, planes in enumerate(film, start=1):
                writer.write(*mark(planes))
                on_progress(Progress(index, count, index / (time.monotonic() - began_drawing)))

    elapsed = time.monotonic() - began
    return Result(
        path=Path(out),
        frames=count,
        size=pixels,
        seconds=float(count / rate),
        elapsed=elapsed,
        fps=count / elapsed,
        encoder=writer.encoder,
        renderer=drawn_by.renderer,
        bytes=Path(out).stat().st_size,
        notes=tuple(note for note in (rounded, writer.note, _slow(drawn_by)) if note),
    )


def picture(
    song: AnyPath,
    at: float,
    *,
    look: AnyLook = "default",
    size: str | tuple[int, int] = "720p",
    fps: str | int | float | Fraction = 30,
    device: int | None = None,
) -> NDArray[np.uint8]:
    """The picture at `at` seconds of the song: (height, width, 3) sRGB.

    With classic hearing, which asks at each frame, `at` is the nearest frame at `fps`.
    """
    chosen, rate = looks.load(look), options.frame_rate(fps)
    if not 0 <= at < float("inf"):
        raise BadOption(
            f"There is no picture at {at:g} s: a song begins at 0; give seconds from there"
        )
    if chosen["hearing"] == "precise":
        rate = rate_through(at)
    pixels = sizes.size(size)
    sound = audio.load(Path(song))

    with context.opened(device) as gl:
        context.check_size(gl, pixels)
        heard = hear(sound, chosen, rate)
        index = round(Fraction(at) * rate)
        if index > len(heard.bass):
            raise BadOption(
                f"There is no picture at {at:g} s: the song is {heard.seconds:.2f} s long;"
                " choose a moment in it"
            )
        mesh, plan = prepare(chosen, heard, pixels, index, 1)
        return Painter(gl, chosen, mesh, pixels).picture(plan, 0)


def part(
    available: int,
    fps: Fraction,
    start: float,
    end: float | None,
    frames: tuple[int, int] | None,
) -> tuple[int, int]:
    """The first frame of the song to render and how many, of so many `available`.

    Times are seconds and go to the nearest frame; `frames` counts from `start`. Raises BadOption
    when nothing is left.
    """
    seconds = float(available / fps)
    first = _frame_at(start, fps, seconds)
    last = available if end is None else min(available, _frame_at(end, fps, seconds))
    asked = f"{start:g} s to {seconds if end is None else end:g} s"
    if frames is not None:
        asked = f"frames {frames[0]}:{frames[1]} of {asked}"
        first, last = first + frames[0], min(last, first + frames[1])
    if first >= last or (frames and frames[0] < 0):
        raise BadOption(
            f"There is nothing to render in {asked}: the song is {seconds:.2f} s long; let it begin"
            " within the song, and before its end"
        )
    return first, last - first


def _of_this_rate(heard: bands.Bands, rate: Fraction) -> bands.Bands:
    if heard.fps != rate:
        raise BadOption(
            f"The bands were heard at {heard.fps} frames/s, the video has {rate}:"
            " hear them at its rate"
        )
    return heard


def _as_it_is(planes: Planes) -> Planes:
    return planes


def _check_not_the_song(song: Path, out: Path) -> None:
    if out.exists() and out.samefile(song):
        raise BadOutput(f"{out} is the song itself: give the video another name")


def rate_through(at: float) -> Fraction:
    """A frame rate, about 30, with a frame at exactly this moment in seconds (to the millisecond).

    Precise hearing gives the same at any rate, and an hour at a thousand would take a gigabyte.
    """
    moment = Fraction(round(at * _MOMENTS_PER_SECOND), _MOMENTS_PER_SECOND)
    frames = max(1, round(30 * moment))
    return min(frames / moment, Fraction(options.FASTEST)) if moment else Fraction(30)


def _frame_at(moment: float, fps: Fraction, seconds: float) -> int:
    if not 0 <= moment < float("inf"):
        raise BadOption(
            f"{moment:g} s is not in the song, which is {seconds:.2f} s long: choose a moment in it"
        )
    return round(Fraction(moment) * fps)


def hear(sound: audio.Audio, look: Look, fps: Fraction) -> bands.Bands:
    """What this look wants to know of a song, at each frame."""
    return bands.listen(
        sound,
        fps,
        hearing=look["hearing"],
        bass_frequency=look["bassFrequency"],
        treble_frequency=look["trebleFrequency"],
        rhythm=effects.need_beat(look.effects),
    )


def prepare(
    look: Look, heard: bands.Bands, size: tuple[int, int], first: int, count: int
) -> tuple[shapes.Mesh, frames.Frames]:
    """A look's mesh, and the numbers of `count` pictures of `size` pixels from frame `first`."""
    mesh = shapes.mesh(look["shape"], look["size"], look["seed"])
    radius = float(np.linalg.norm(mesh.positions, axis=1).max())
    return mesh, frames.plan(look, heard, size=size, radius=radius, first=first, count=count)


def _slow(device: context.Device) -> str | None:
    if not device.software:
        return None
    return f"Drawn in software ({device.renderer}): a GPU would be faster (oriel doctor)"
