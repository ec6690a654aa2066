"""A song goes in; the packets of the video's sound come out, a little at a time, in step with it.

An AAC song that starts at 0 is copied, everything else is encoded: AAC, or Opus in WebM.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, cast

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.output import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

BIT_RATES = {"aac": 192_000, "libopus": 160_000}
"""Bits a second for two channels."""


class Song(Protocol):
    """What the sound track needs of `oriel.audio.Audio`."""

    # ruff: noqa: D102 - documented there
    @property
    def path(self) -> Path: ...
    @property
    def rate(self) -> int: ...
    @property
    def codec(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def artist(self) -> str | None: ...
    def blocks(
        self, rate: int, channels: Literal[1, 2], start: float = 0.0
    ) -> Iterator[NDArray[np.float32]]: ...


def packets(
    container: OutputContainer, song: Song, start: float, seconds: Fraction, suffix: str
) -> "Iterator[Packet[AudioStream]]":
    """The sound's packets for a video of so many `seconds` that begins at `start` in the song.

    The stream is added to `container` at once; the packets are decoded and encoded as they are
    asked for, in the order of their times, and end with the video: what the song lacks is silence.
    """
    codec = "libopus" if suffix == ".webm" else "aac"
    rate = song.rate if codec == "aac" and song.rate in (44_100, 48_000) else 48_000
    stream = cast(
        AudioStream,
        container.add_stream(codec, rate=rate, bit_rate=BIT_RATES[codec], layout="stereo"),
    )
    stream.codec_context.open()
    return _encoded(stream, song, start, round(seconds * rate))


def _encoded(
    stream: AudioStream, song: Song, start: float, samples: int
) -> "Iterator[Packet[AudioStream]]":
    context = stream.codec_context
    size = context.frame_size
    for index, chunk in enumerate(_chunks(song.blocks(context.rate, 2, start), size, samples)):
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(chunk.T), "fltp", "stereo")
        frame.rate = context.rate
        frame.time_base = Fraction(1, context.rate)
        frame.pts = index * size
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _chunks(
    blocks: Iterator[NDArray[np.float32]], size: int, samples: int
) -> Iterator[NDArray[np.float32]]:
    """The blocks (n, 2) cut into pieces of `size`, `samples` in all; silence makes up the rest."""
    held = np.zeros((0, 2), np.float32)
    left = samples
    while left > 0:
        wanted = min(size, left)
        while len(held) < wanted:
            block = next(blocks, None)
            if block is None:
                block = np.zeros((wanted - len(held), 2), np.float32)
            held = np.concatenate([held, block])
        yield held[:wanted]
        held = held[wanted:]
        left -= wanted
