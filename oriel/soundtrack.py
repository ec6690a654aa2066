"""A song goes in; the packets of the video's sound come out, a little at a time, in step with it.

An AAC song that is heard from its beginning, and lacks nothing, is copied; everything else is
encoded, to AAC, or to Opus in WebM.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from oriel.audio import Audio

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.container.output import OutputContainer
    from av.packet import Packet

Encode = Callable[[AudioStream, Audio, float, Fraction], "Iterable[Packet[AudioStream]]"]

BIT_RATES = {"aac": 192_000, "libopus": 160_000}
"""Bits a second for two channels, by FFmpeg's encoder."""

# MP4 and MOV: they give exact times and say how much priming to drop. Matroska's times are
# milliseconds, and bare AAC (ADTS) has neither times nor, where it is damaged, whole packets.
_COPIED_FROM = "mov"
_COPIED_TO = (".mp4", ".mov")
_LONGEST_PRIMING_SECONDS = 0.2
_ROUNDED_SECONDS = 0.002  # times may be whole milliseconds


def packets(
    container: "OutputContainer",
    song: Audio,
    start: float,
    seconds: Fraction,
    suffix: str,
    encode: "Encode | None" = None,
) -> "Iterable[Packet[AudioStream]]":
    """The sound's packets for a video of so many `seconds` that begins at `start` in the song.

    The stream is added to `container` at once; the packets are decoded and encoded as they are
    asked for, in the order of their times, and end with the video: what the song lacks is silence.
    `encode` is who encodes what is not copied: `encoded`, or another that gives the same.
    """
    if start == 0 and suffix in _COPIED_TO and _is_copyable(song, float(seconds)):
        source = _opened(song)
        stream = container.add_stream_from_template(_track(source))
        return _copied(source, stream, seconds)
    return (encode or encoded)(new_stream(container, song, suffix), song, start, seconds)


def new_stream(container: "OutputContainer", song: Audio, suffix: str) -> AudioStream:
    """A stream for the song's sound, to be encoded as suits a file that ends so."""
    codec = "libopus" if suffix == ".webm" else "aac"
    rate = song.rate if codec == "aac" and song.rate in (44_100, 48_000) else 48_000
    stream = container.add_stream(codec, rate=rate, bit_rate=BIT_RATES[codec], layout="stereo")
    cast(AudioStream, stream).codec_context.open()  # tells its frame size
    return cast(AudioStream, stream)


def encoded(
    stream: AudioStream, song: Audio, start: float, seconds: Fraction
) -> "Iterator[Packet[AudioStream]]":
    """The packets of a new stream."""
    context = stream.codec_context
    rate, size = context.rate, context.frame_size
    blocks = song.blocks(rate, 2, start)
    for index, chunk in enumerate(_chunks(blocks, size, round(seconds * rate))):
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(chunk.T), "fltp", "stereo")
        frame.rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = index * size
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _chunks(
    blocks: Iterator[NDArray[np.float32]], size: int, samples: int
) -> Iterator[NDArray[np.float32]]:
    """The blocks (n, 2) cut into pieces of `size`, `samples` in all; silence makes up the rest."""
    held = np.zeros((0, 2), np.float32)
    for begin in range(0, samples, size):
        wanted = min(size, samples - begin)
        while len(held) < wanted:
            block = next(blocks, np.zeros((wanted, 2), np.float32))
            held = np.concatenate([held, block])
        yield held[:wanted]
        held = held[wanted:]


def _is_copyable(song: Audio, seconds: float) -> bool:
    """Whether it is AAC whose packets sound, for so many seconds, just as `Audio.blocks` has them.

    They are all decoded: a damaged one would stop many a player, and many play what follows a gap
    too early, whatever the times say. An hour takes three seconds of a processor.
    """
    if song.codec != "aac":
        return False
    try:
        with _opened(song) as source:
            return _lacks_nothing(source, seconds)
    except (av.FFmpegError, OSError, ValueError):
        return False


def _opened(song: Audio) -> "InputContainer":
    options = {"format_whitelist": _COPIED_FROM, "protocol_whitelist": "file"}
    return av.open(str(song.path.absolute()), container_options=options)


def _lacks_nothing(source: "InputContainer", seconds: float) -> bool:
    """Whether the sound begins at 0, and each frame of it where the one before it ended."""
    ended = 0.0
    for packet in source.demux(_track(source)):
        begins = packet.pts * packet.time_base if packet.pts is not None else ended
        if ended >= seconds or begins < -_LONGEST_PRIMING_SECONDS:
            break
        for frame in packet.decode():
            if frame.time is None or abs(frame.time - ended) > _ROUNDED_SECONDS:
                return False
            ended += frame.samples / frame.sample_rate
    return ended > 0


def _track(source: "InputContainer") -> AudioStream:
    return cast(AudioStream, source.streams.best("audio"))


def _copied(
    source: "InputContainer", stream: AudioStream, seconds: Fraction
) -> "Iterator[Packet[AudioStream]]":
    with source:
        for packet in source.demux(_track(source)):
            if packet.pts is None:  # the last, which is empty
                return
            left = round(seconds / packet.time_base) - packet.pts
            if left <= 0:
                return
            lasts = packet.duration or left
            packet.duration = min(lasts, left)
            packet.stream = stream
            yield packet
            if lasts >= left:
                return
