"""A codec, a quality and a container's suffix go in; the encoder that really works here comes out."""

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import av
import av.logging
from av.container.output import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from oriel import priorities, qualities
from oriel.errors import BadOption, EncoderFailed

SITING = {"chroma_sample_location": "left"}
_COLOUR = {
    "color_primaries": "bt709",
    "color_trc": "bt709",
    "colorspace": "bt709",
    "color_range": "tv",
    **SITING,
}

_PROBE_SIZE = (256, 256)  # pixels; NVENC refuses less than 145 × 49
_NVIDIA_LIBRARIES = ("libcuda.so.1", "libnvidia-encode.so.1")
_NO_ENCODER = "unsupported device"  # what NVENC calls a card without one, as the A100 and H100


@dataclass(frozen=True)
class Encoder:
    """One way to make a stream: FFmpeg's encoder `name` for `codec`, and where that fits."""

    name: str
    codec: str
    suffixes: tuple[str, ...]
    hardware: bool = False
    pixel_format: str = "yuv420p"
    tag: str | None = None
    fallback: str | None = None
    smallest: int = 2  # pixels of a side


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("libx264", "h264", (".mp4", ".mov", ".mkv")),
        Encoder("libx265", "hevc", (".mp4", ".mov", ".mkv"), tag="hvc1", smallest=16),
        # SVT-AV1 4.1 hangs or crashes at 1024 × 16 and 8192 × 16.
        Encoder("libsvtav1", "av1", (".mp4", ".webm", ".mkv"), smallest=64),
        Encoder("libvpx-vp9", "vp9", (".webm", ".mp4", ".mkv")),
        Encoder("prores_ks", "prores", (".mov", ".mkv"), pixel_format="yuv422p10le"),
        Encoder("h264_nvenc", "h264", (".mp4", ".mov", ".mkv"), True, fallback="libx264"),
        Encoder(
            "hevc_nvenc", "hevc", (".mp4", ".mov", ".mkv"), True, tag="hvc1", fallback="libx265"
        ),
        Encoder("av1_nvenc", "av1", (".mp4", ".webm", ".mkv"), True, fallback="libsvtav1"),
    )
}
"""What Oriel can encode with, by FFmpeg's name."""

_CODECS = {
    "h264": "libx264",
    "hevc": "libx265",
    "av1": "libsvtav1",
    "vp9": "libvpx-vp9",
    "prores": "prores_ks",
}

_AUTO = {".mp4": "h264_nvenc", ".mov": "h264_nvenc", ".mkv": "h264_nvenc", ".webm": "libvpx-vp9"}

SUFFIXES = tuple(_AUTO)
"""The containers that Oriel writes, as a file name's suffix."""


@dataclass(frozen=True)
class Choice:
    """The encoder to use, its place on the CRF scale, and a sentence if another was asked for."""

    encoder: Encoder
    crf: int
    note: str | None


@dataclass(frozen=True)
class Availability:
    """Whether an encoder works on this machine, and if not `why`, in one sentence."""

    name: str
    codec: str
    hardware: bool
    works: bool
    why: str


def names() -> list[str]:
    """Every codec and encoder that can be asked for, "auto" first."""
    return ["auto", *_CODECS, *(name for name in ENCODERS if name.endswith("_nvenc"))]


def choose(codec: str, quality: str | int, suffix: str) -> Choice:
    """The encoder for a codec (or "auto", or an encoder's name) in a file with this suffix.

    A hardware encoder that does not work gives way to software, and `note` says so. Raises
    BadOption when the codec, the quality or the suffix is unknown or they do not fit together.
    """
    number = qualities.crf(quality)
    suffix = suffix.lower()
    check_suffix(suffix)
    encoder = _find(codec, suffix)
    _check_fits(encoder, codec, suffix)
    choice = Choice(encoder, number, None)
    why = probe(encoder.name)
    if why is None:
        return choice
    second = second_best(choice, why)
    if second is None:
        raise EncoderFailed(
            f"The encoder {encoder.name} does not work here ({why}): choose another one"
            " (oriel list encoders)."
        )
    return replace(second, note=None) if codec == "auto" else second


def check_suffix(suffix: str, codec: str | None = None) -> None:
    """Raise BadOption for a suffix that no video has, or none of this codec."""
    if suffix not in SUFFIXES:
        raise BadOption(
            f"A video cannot be written as {suffix or 'a file without a suffix'}: "
            f"use {_either(SUFFIXES)}."
        )
    if codec in _CODECS:
        _check_fits(ENCODERS[_CODECS[codec]], codec, suffix)


def _check_fits(encoder: Encoder, codec: str, suffix: str) -> None:
    if suffix not in encoder.suffixes:
        raise BadOption(
            f"{codec} does not fit into a {suffix} file: use {_either(encoder.suffixes)}."
        )


def second_best(choice: Choice, why: str) -> Choice | None:
    """The software that stands in for a hardware encoder that fails, with a note saying why."""
    encoder = choice.encoder
    if encoder.fallback is None:
        return None
    note = f"{encoder.name} cannot be used ({why}), so {encoder.fallback} was."
    return Choice(ENCODERS[encoder.fallback], choice.crf, note)


def check_size(encoder: Encoder, size: tuple[int, int]) -> None:
    """Raise BadOption for a size, in pixels, that is too small for the encoder."""
    if min(size) < encoder.smallest:
        raise BadOption(
            f"{encoder.name} cannot encode {size[0]}×{size[1]} pixels: "
            f"both sides must be at least {encoder.smallest}."
        )


def _find(codec: str, suffix: str) -> Encoder:
    name = _AUTO[suffix] if codec == "auto" else _CODECS.get(codec, codec)
    if name not in ENCODERS:
        raise BadOption(f"The codec {codec!r} is unknown: use one of {', '.join(names())}.")
    return ENCODERS[name]


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def available() -> list[Availability]:
    """Every encoder of the table, each tried on one small picture."""
    tried = ((encoder, probe(encoder.name)) for encoder in ENCODERS.values())
    return [
        Availability(encoder.name, encoder.codec, encoder.hardware, why is None, why or "")
        for encoder, why in tried
    ]


@cache
def probe(name: str) -> str | None:
    """None when the encoder makes a packet of one small picture, else why it does not."""
    encoder = ENCODERS[name]
    fps = Fraction(30)
    told: list[str] = []
    try:
        with priorities.kept(), _told(encoder, told):
            context = VideoCodecContext.create(name, "w")
            assert isinstance(context, VideoCodecContext)
            _set(context, Choice(encoder, qualities.QUALITIES["draft"], None), _PROBE_SIZE, fps)
            context.thread_count = 1
            picture = VideoFrame(*_PROBE_SIZE, encoder.pixel_format)
            for plane in picture.planes:
                plane.update(bytes(plane.buffer_size))
            picture.pts = 0
            packets = [*context.encode(picture), *context.encode(None)]
    except (av.FFmpegError, ValueError, OSError) as error:
        return _why(encoder, error, told)
    return None if packets else "it took a picture and gave no packet"


@contextmanager
def _told(encoder: Encoder, told: list[str]) -> Iterator[None]:
    """Keep what FFmpeg says of hardware: its errors have no words for what that lacks."""
    if not encoder.hardware:
        yield
        return
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as lines:
            yield
    finally:
        av.logging.set_level(level)
        told += [text for _, _, text in lines]


def _why(encoder: Encoder, error: Exception, told: Sequence[str]) -> str:
    if any(_NO_ENCODER in line for line in told):
        return "this graphics card has no such encoder"
    if encoder.hardware:
        for library in _NVIDIA_LIBRARIES:
            try:
                ctypes.CDLL(library)
            except OSError:
                return f"the NVIDIA driver's {library} is missing"
    return (getattr(error, "strerror", None) or str(error)).strip().rstrip(".")


def add_stream(
    container: OutputContainer, choice: Choice, size: tuple[int, int], fps: Fraction
) -> VideoStream:
    """A video stream in `container`, its encoder opened with every setting of the choice.

    Raises FFmpegError when the encoder refuses this size or rate.
    """
    stream = container.add_stream(choice.encoder.name, rate=fps, time_base=1 / fps)
    assert isinstance(stream, VideoStream)
    _set(stream.codec_context, choice, size, fps)
    with priorities.kept():
        stream.codec_context.open()
    return stream


def _set(context: VideoCodecContext, choice: Choice, size: tuple[int, int], fps: Fraction) -> None:
    encoder = choice.encoder
    if encoder.name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # it prints its settings to stderr otherwise
    context.width, context.height = size
    context.pix_fmt = encoder.pixel_format
    context.framerate, context.time_base = fps, 1 / fps
    context.gop_size = qualities.gop(fps)
    context.thread_type = "FRAME"  # PyAV's default cuts each picture into slices
    context.options = options(encoder, choice.crf, fps)
    if encoder.tag:
        context.codec_tag = encoder.tag


def options(encoder: Encoder, crf: int, fps: Fraction) -> dict[str, str]:
    """What FFmpeg is given for an encoder at a place on H.264's CRF scale, colours included."""
    return {**_COLOUR, **qualities.settings(encoder.name, crf, fps)}
