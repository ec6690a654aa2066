"""A song goes in; the packets of its sound, encoded by a process of its own, come out.

A thread waits for Python's lock several times a packet, and a program that draws on a card hardly
ever lets go of it.  `python -m oriel.apart` is that process.
"""

import io
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import av
from av.packet import Packet, PacketSideData, packet_sidedata_type_from_literal

from oriel import audio, soundtrack
from oriel.errors import EncoderFailed

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

_HEAD = struct.Struct("<qqqII")  # pts, dts, duration; bytes of the packet, and of what is padding
_END = _HEAD.pack(0, 0, 0, 0, 0)
_PADDING: Final = "skip_samples"  # FFmpeg's name for how much of the last packet is not to be heard
_SUFFIXES = {"aac": ".mp4", "libopus": ".webm"}  # of files whose sound is encoded so
_BUFFER = 1 << 16  # bytes: two or three seconds


class Apart:
    """Gives once what `soundtrack.encoded` gives: by that itself where no process can be had.

    From `begin` on the process makes some seconds ahead, until `close`.  Taking from it raises
    EncoderFailed where it has died before its end.
    """

    def __init__(
        self, stream: "AudioStream", song: audio.Audio, start: float, seconds: Fraction
    ) -> None:
        self._asked = stream, song, start, seconds
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the process, if it can be."""
        stream, song, start, seconds = self._asked
        suffix = _SUFFIXES[stream.codec_context.name]
        with suppress(OSError):
            self._process = _started(str(song.path.absolute()), repr(start), str(seconds), suffix)

    def __iter__(self) -> "Iterator[Packet[AudioStream]]":
        came = 0
        try:
            for packet in _read(self._told(), self._asked[0]):
                yield packet
                came += 1
            return
        except EOFError as error:
            if came:
                raise EncoderFailed(
                    "The process that encodes the sound died before its end: try again."
                ) from error
        yield from soundtrack.encoded(*self._asked)

    def close(self) -> None:
        """Have the process end, and wait for it."""
        if self._process is not None:
            with self._process as process:
                process.kill()

    def _told(self) -> IO[bytes]:
        return (self._process and self._process.stdout) or io.BytesIO()


def _started(*asked: str) -> subprocess.Popen[bytes]:
    # -P: nothing that lies in the folder where the user happens to be is imported.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "oriel.apart", *asked],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=_BUFFER,
    )


def _read(told: IO[bytes], stream: "AudioStream") -> "Iterator[Packet[AudioStream]]":
    """The packets that were written; raises EOFError where they end without saying so."""
    while (head := _exactly(told, _HEAD.size)) != _END:
        pts, dts, duration, size, padding = _HEAD.unpack(head)
        packet: Packet[AudioStream] = Packet(size)  # type: ignore[assignment]  # its stream follows
        packet.update(_exactly(told, size))
        if padding:
            data = PacketSideData(packet_sidedata_type_from_literal(_PADDING), padding)  # type: ignore[call-arg]  # which its stub lacks
            data.update(_exactly(told, padding))
            packet.set_sidedata(data)
        packet.pts, packet.dts, packet.duration = pts, dts, duration
        packet.time_base = Fraction(1, stream.codec_context.rate)
        packet.is_keyframe = True
        packet.stream = stream
        yield packet


def _exactly(told: IO[bytes], size: int) -> bytes:
    found = told.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _write(packet: "Packet[AudioStream]", out: IO[bytes]) -> None:
    padding = bytes(packet.get_sidedata(_PADDING)) if packet.has_sidedata(_PADDING) else b""
    times = packet.pts or 0, packet.dts or 0, packet.duration or 0
    out.write(_HEAD.pack(*times, packet.size, len(padding)))
    out.write(bytes(packet))
    out.write(padding)


def main() -> None:
    """Write the packets of the song named first among the program's arguments to its output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began this ends it
    path, start, seconds, suffix = sys.argv[1:]
    song = audio.load(Path(path))
    with av.open(io.BytesIO(), "w", format=suffix[1:]) as container:
        stream = soundtrack.new_stream(container, song, suffix)
        for packet in soundtrack.encoded(stream, song, float(start), Fraction(seconds)):
            _write(packet, sys.stdout.buffer)
    sys.stdout.buffer.write(_END)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
