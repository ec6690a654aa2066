"""Ten hours of sound are made a video; the peak of memory and the lengths that its file tells come out.

No hour of pictures is worth looking at here: one a second, of 64×36. What counts is the sound, which
is heard and encoded whole, and a file that is longer than 32 bits of an MP4's clock can tell.
"""

import struct
import tempfile
from pathlib import Path
from typing import Any

import av
import media

from benchmarks import program
from benchmarks.table import Goal, Row

SECONDS = 36_000
_SIZE = "64x36"
_FPS = 1
_MINUTE = "0:60"  # frames; what is held of a song is held before the first


def rows(seconds: int = SECONDS, *, beat: bool = True) -> tuple[list[Row], dict[str, Any]]:
    """The table's rows, with `beat` of a song whose beat is looked for too; all that was measured."""
    small = ["--size", _SIZE, "--fps", str(_FPS)]
    more: list[Row] = []
    raw: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="oriel-") as name:
        song, out = media.noise(Path(name) / "noise.wav", seconds), Path(name) / "out.mp4"
        run = program.render(song, out, *small)
        told = lengths(out)
        if beat:
            other = program.render(song, out, *small, "--frames", _MINUTE, *program.BEAT)
            note = "a minute of it drawn"
            more = [Row("the same with its beat", other.peak_mb, " MB", note=note)]
            raw = {"beat": vars(other)}
    rows = [
        Row(
            f"peak memory, {seconds / 3600:g} hours of sound, {_SIZE.replace('x', '×')}",
            run.peak_mb,
            " MB",
            note=f"all of it drawn, {_FPS} frame/s, no beat looked for; {run.seconds:.0f} s",
        ),
        *more,
        Row(
            f"lengths of a video of {seconds / 3600:g} hours, how far from that at worst",
            max(abs(length - seconds) for length in told.values()),
            " s",
            Goal("≤", 0.001),
            ", ".join(f"{what} {length:.3f} s" for what, length in told.items()),
            promise=True,
        ),
    ]
    return rows, {"run": vars(run), "lengths": told} | raw


def lengths(path: Path) -> dict[str, float]:
    """Seconds that an MP4 lasts: as the file says, as each of its streams does, and by its pictures.

    The last picture is looked for at the end, where a player seeks it.
    """
    told = {"file": _said_by_header(path)}
    with av.open(str(path)) as container:
        assert container.duration is not None
        for stream in container.streams:
            assert stream.duration is not None
            assert stream.time_base is not None
            told[stream.type] = float(stream.duration * stream.time_base)
        container.seek(container.duration)
        last = max(frame.time or 0.0 for frame in container.decode(video=0))
        rate = container.streams.video[0].average_rate
        assert rate is not None
        return told | {"pictures": last + float(1 / rate)}


def _said_by_header(path: Path) -> float:
    """The movie header's length (ISO/IEC 14496-12, 8.2.2), which FFmpeg passes over.

    After the version and two dates come ticks a second and ticks; version 1 has 64 bits of them.
    """
    with path.open("rb") as file:
        head = file.read(4_096)  # the index is at the front
    header = head[head.index(b"mvhd") + 4 :]
    *_, rate, ticks = struct.unpack_from(">4xQQIQ" if header[0] else ">4xIIII", header)
    return float(ticks / rate)
