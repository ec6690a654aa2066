"""Parts of one video and its song in, the whole video out: nothing of the picture is encoded again.

The parts are what `render` makes of consecutive frames, each beginning where a group of pictures
does; the sound is encoded once, for the whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from oriel import audio, encoders, partial, soundtrack, video
from oriel.errors import BadOption, BadOutput, EncoderFailed, Unjoinable

if TYPE_CHECKING:
    from av.container.input import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class Joined:
    """The whole: its file, how many frames it has, its length in seconds and its bytes."""

    path: Path
    frames: int
    seconds: float
    bytes: int


def join(out: Path, parts: Sequence[Path], song: Path | None, start: float = 0.0) -> Joined:
    """Join `parts`, in this order, with the song's sound from `start` seconds on.

    Raises BadOption where there are no parts, Unjoinable for parts that are none of one video,
    BadAudio and BadOutput; the file appears only when it is whole.
    """
    place = partial.check(out)
    if not parts:
        raise BadOption("There is nothing to join: name the parts of a video")
    sound = None if song is None else audio.load(song)
    with _opened(parts[0]) as first:
        kind = _kind(parts[0], first)
        encoders.check_suffix(place.suffix.lower(), _pictures(first).codec.canonical_name)
    counts = [_checked(part, kind) for part in parts]
    fps = kind.fps
    try:
        file = partial.Partial(place)
    except OSError as error:
        raise partial.sentence(error, place) from error
    try:
        _write(file, place, parts, counts, fps, sound, start)
        file.keep()
    except (av.FFmpegError, OSError) as error:
        raise _ours(error, file, place) from error
    finally:
        file.discard()
        file.close()
    return Joined(place, sum(counts), float(sum(counts) / fps), place.stat().st_size)


def _write(
    file: partial.Partial,
    place: Path,
    parts: Sequence[Path],
    counts: Sequence[int],
    fps: Fraction,
    sound: audio.Audio | None,
    start: float,
) -> None:
    with (
        closing(video.container(file, place.suffix.lower())) as container,
        _opened(parts[0]) as one,
    ):
        # Opaque: AV1 is read by what cannot write it, and nothing is encoded here.
        stream = container.add_stream_from_template(_pictures(one), opaque=True)
        if stream.codec_context.codec.canonical_name == "vp9":
            # Its pictures do not say it, FFmpeg does not read it, and writes what is wrong instead.
            stream.codec_context.options = dict(encoders.SITING)
            stream.codec_context.open()
        sounds: Iterable[Packet[Any]] = ()
        if sound is not None:
            container.metadata.update(video.tags(sound))
            seconds = sum(counts) / fps
            sounds = soundtrack.packets(container, sound, start, seconds, place.suffix.lower())
        pictures = _packets(parts, counts, fps, stream)
        for packet in merge(pictures, sounds, key=_moment):
            container.mux(packet)


def _packets(
    parts: Sequence[Path], counts: Sequence[int], fps: Fraction, stream: "VideoStream"
) -> "Iterator[Packet[VideoStream]]":
    """Every part's packets, each part's times behind those of the part before it."""
    before = 0
    for part, count in zip(parts, counts, strict=True):
        with _opened(part) as source:
            for packet in source.demux(_pictures(source)):
                if packet.pts is None or packet.dts is None:
                    continue
                later = round(before / fps / packet.time_base)
                packet.pts += later
                packet.dts += later
                packet.stream = stream
                yield packet
        before += count


def _moment(packet: "Packet[Any]") -> Fraction:
    stamp = packet.dts if packet.dts is not None else packet.pts or 0
    return stamp * packet.time_base


def _opened(path: Path) -> "InputContainer":
    try:
        return av.open(str(path.absolute()), container_options={"protocol_whitelist": "file"})
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Unjoinable(
            f"{path} is no part of a video: name files that oriel render has written"
        ) from error


def _pictures(source: "InputContainer") -> "VideoStream":
    return source.streams.video[0]


@dataclass(frozen=True)
class _Kind:
    """What all parts of a video have alike; `head` is what a decoder is told once for all of them."""

    fps: Fraction
    size: tuple[int, int]
    codec: str
    head: bytes


def _kind(path: Path, source: "InputContainer") -> _Kind:
    rate = _pictures(source).average_rate if source.streams.video else None
    if not rate:
        raise Unjoinable(f"{path} is no part of a video: it has no pictures; name one that has")
    pictures = _pictures(source)
    context = pictures.codec_context
    size = (pictures.width, pictures.height)
    return _Kind(Fraction(rate), size, context.name, context.extradata or b"")


def _checked(path: Path, kind: _Kind) -> int:
    """How many frames a part has, which is of the same kind as the first."""
    with _opened(path) as source:
        own = _kind(path, source)
        if (own.fps, own.size) != (kind.fps, kind.size):
            raise Unjoinable(
                f"{path} is a part of another video: its size or rate is not the same;"
                " name parts of one"
            )
        if own != kind:  # it would be decoded by the first part's settings, and look broken
            raise Unjoinable(
                f"{path} was made by another encoder, or by other settings: draw all parts alike"
            )
        return _pictures(source).frames or sum(
            packet.pts is not None for packet in source.demux(_pictures(source))
        )


def _ours(error: Exception, file: partial.Partial, place: Path) -> BadOutput | EncoderFailed:
    if file.error is not None:
        return partial.sentence(file.error, place)
    return EncoderFailed(f"{place.name} could not be joined ({error}): draw its parts anew.")
