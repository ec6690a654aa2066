"""Pictures to write and ways to read back what was written, for the tests of the video."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray

from oriel.audio import Audio
from oriel.video import Writer

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def planes(size: tuple[int, int], index: int) -> Planes:
    """A dark gradient with a bright bar that moves right by 8 pixels a frame."""
    width, height = size
    y = np.broadcast_to(np.linspace(20, 90, width).astype(np.uint8), (height, width)).copy()
    left = 8 * index % max(1, width - 8)
    y[height // 4 : height // 2, left : left + 8] = 220
    u = np.full((height // 2, width // 2), 140, np.uint8)
    v = np.full((height // 2, width // 2), 110, np.uint8)
    return y, u, v


def write(
    out: Path,
    frames: int = 12,
    size: tuple[int, int] = (160, 96),
    fps: Fraction = Fraction(30),
    audio: Audio | None = None,
    **options: Any,
) -> Writer:
    """A video of moving bars; the writer that made it is returned for its name and note."""
    with Writer(out, size, fps, frames, audio=audio, **options) as writer:
        fill(writer, frames, size)
    return writer


def fill(writer: Writer, frames: int, size: tuple[int, int]) -> None:
    """Write so many frames of moving bars."""
    for index in range(frames):
        writer.write(*planes(size, index))


def times(path: Path) -> list[Fraction]:
    """When each decoded frame is shown, in seconds."""
    with av.open(str(path)) as container:
        return [
            frame.pts * frame.time_base
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


def keyframes(path: Path) -> list[int]:
    """The indices, in the order of showing, of the frames that stand alone."""
    with av.open(str(path)) as container:
        return [i for i, frame in enumerate(container.decode(video=0)) if frame.key_frame]


def luma(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Each decoded frame's Y plane, (height, width)."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            yield lines[: plane.height, : plane.width]


def sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """The decoded sound (channels, n), with silence before it if it begins late, and its rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    rate = frames[0].sample_rate
    late = round(frames[0].pts * frames[0].time_base * rate)
    parts = [frame.to_ndarray() for frame in frames]
    samples = np.concatenate(parts, axis=1).astype(np.float32)
    assert late >= 0
    return np.pad(samples, ((0, 0), (late, 0))), rate


def packets(path: Path) -> list[bytes]:
    """The sound's packets as they lie in the file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def join(parts: list[Path], out: Path, seconds: Fraction) -> None:
    """Put videos, each so many seconds long, one after the other without encoding them again."""
    with av.open(str(parts[0])) as first, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(first.streams.video[0], opaque=True)
        for index, part in enumerate(parts):
            with av.open(str(part)) as source:
                for packet in source.demux(video=0):
                    if packet.pts is None or packet.dts is None:
                        continue
                    later = round(index * seconds / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = stream
                    container.mux(packet)


def headers(path: Path) -> dict[str, int]:
    """What the video's own headers say, by the names of the codec's specification."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        av.logging.set_level(av.logging.INFO)
        with av.logging.Capture() as lines:
            reader = BitStreamFilterContext("trace_headers", in_stream=stream)
            reader.filter(next(container.demux(stream)))
        av.logging.set_level(None)
    fields: dict[str, int] = {}
    for _, _, line in lines:
        words = line.split()
        if len(words) >= 5 and words[-2] == "=":
            fields.setdefault(words[1], int(words[-1]))
    return fields


def debris(folder: Path) -> list[str]:
    """Every file in a folder, hidden ones included."""
    return sorted(path.name for path in folder.iterdir())
